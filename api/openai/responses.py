"""A reply in the Responses format, whole or as the events of a stream.

The id of a response is that of its answer, so that `previous_response_id` finds the answer again.
"""

from collections.abc import Iterator
from typing import Any

from api.openai.errors import RequestRefused
from api.openai.messages import Message, Prompt, prompt_of
from api.openai.refusals import check_absent, check_format, check_model, check_tools
from api.openai.replies import Reply, Replying, prompt_tokens
from api.openai.responses_schemas import (
    RESULTS,
    ConversationReference,
    Event,
    FileCitation,
    FileSearchCall,
    ItemStatus,
    OutputItem,
    OutputMessage,
    OutputText,
    ResponseModel,
    ResponseRequest,
    ResponseUsage,
    SearchResult,
)
from api.openai.visible import Annotation
from rag.streaming import AnswerEvent, CompleteEvent, StatusEvent
from rag.tokens import count_tokens
from rag.types import Answer, Hit

_RESPONSE = "resp_"
_ANSWER = "ans_"


def check_response(request: ResponseRequest) -> None:
    """Lets requests through that Quoth can answer as they are.

    The tool `file_search` is let through: it is what Quoth does anyway.

    Raises:
        RequestRefused: It asks for another model, other tools, JSON, a prompt kept elsewhere, or an
            answer in the background.
    """
    check_model(request.model)
    others = [tool for tool in request.tools or () if not _is_file_search(tool)]
    choice = None if _is_file_search(request.tool_choice) else request.tool_choice
    check_tools(others, choice, ("tools", "tool_choice"))
    check_format(request.text.format if request.text else None, "text.format")
    check_absent(
        {
            "background": (request.background, "Quoth answers at once, not in the background."),
            "prompt": (request.prompt, "Quoth keeps no prompts."),
        }
    )
    if request.previous_response_id and request.conversation:
        raise RequestRefused(
            "Give 'previous_response_id' or 'conversation', not both.",
            code="mutually_exclusive_parameters",
            param="previous_response_id",
        )


def response_prompt(request: ResponseRequest) -> Prompt:
    """The question and what the request itself brings of its history.

    Raises:
        RequestRefused: As in `prompt_of`, or a message names no author.
    """
    if isinstance(request.input, str):
        return prompt_of([Message(role="user", content=request.input)], "input")
    messages = []
    for index, item in enumerate(request.input):
        if item.type == "message":
            if item.role is None:
                raise RequestRefused(
                    "A message needs a role.", code="invalid_value", param=f"input[{index}].role"
                )
            messages.append(Message(role=item.role, content=item.content))
        elif item.type == "item_reference":
            raise RequestRefused(
                "Quoth keeps answers, no single items: send the message itself.",
                code="unsupported_content",
                param=f"input[{index}].type",
            )
    return prompt_of(messages, "input")


def answer_id_of(response_id: str) -> str:
    """The id of the answer that a response has brought."""
    return _ANSWER + response_id.removeprefix(_RESPONSE)


def response_id_of(answer_id: str) -> str:
    """The id of the response that brings an answer."""
    return _RESPONSE + answer_id.removeprefix(_ANSWER)


def response(reply: Reply, prompt: Prompt, request: ResponseRequest) -> ResponseModel:
    """The whole response."""
    used, said = prompt_tokens(prompt), count_tokens(reply.shown.text)
    usage = ResponseUsage(input_tokens=used, output_tokens=said, total_tokens=used + said)
    annotations = [_annotation(each) for each in reply.shown.annotations]
    output: list[OutputItem] = [
        _message(reply, "completed", [OutputText(text=reply.shown.text, annotations=annotations)])
    ]
    if call := _search_call(reply, request):
        output.insert(0, call)
    return _begun(reply, request).model_copy(
        update={
            "status": "completed",
            "output": output,
            "usage": usage,
            "citations": list(reply.citations),
            "quoth": reply.state,
        }
    )


def events(reply: Reply, prompt: Prompt, request: ResponseRequest) -> Iterator[Event]:
    """The stream's events in OpenAI's order, numbered from 0."""
    for number, event in enumerate(_events(reply, response(reply, prompt, request), request)):
        yield {**event, "sequence_number": number}


def written_events(
    answered: Iterator[AnswerEvent], replying: Replying, prompt: Prompt, request: ResponseRequest
) -> Iterator[Event]:
    """As `events`, of an answer that a model writes, each as soon as it can be.

    Args:
        answered: The engine's events; the first is `answering`.
        replying: Makes the reply.
        prompt: The request's words.
        request: What was asked for.
    """
    told = _written(answered, replying, prompt, request)
    for number, event in enumerate(told):
        yield {**event, "sequence_number": number}


def _written(
    answered: Iterator[AnswerEvent], replying: Replying, prompt: Prompt, request: ResponseRequest
) -> Iterator[Event]:
    first = next(answered)
    reply, showing = replying.begun(first), replying.showing(first)
    begun = _begun(reply, request).model_dump()
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    call = _search_call_of(reply.key, prompt.question, first, request)
    if call is not None:
        yield from _search_events(call, 0)
    index = 0 if call is None else 1
    place = {"item_id": f"msg_{reply.key}", "output_index": index, "content_index": 0}
    yield from _message_opening(reply, place, index)
    annotated = 0
    for event in answered:
        for piece in showing.take(event):
            yield _piece_event(piece, place, annotated)
            annotated += isinstance(piece, Annotation)
        if isinstance(event, CompleteEvent):
            reply = replying.whole(event.answer)
    whole = response(reply, prompt, request)
    yield from _message_closing(whole.output[-1], place, index)
    yield {"type": "response.completed", "response": whole.model_dump()}


def _events(reply: Reply, whole: ResponseModel, request: ResponseRequest) -> Iterator[Event]:
    begun = _begun(reply, request).model_dump()
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(whole.output):
        if isinstance(item, FileSearchCall):
            yield from _search_events(item, index)
        else:
            yield from _message_events(reply, item, index)
    yield {"type": "response.completed", "response": whole.model_dump()}


def _search_events(call: FileSearchCall, index: int) -> Iterator[Event]:
    place = {"item_id": call.id, "output_index": index}
    begun = call.model_copy(update={"status": "in_progress", "results": None})
    yield _item_event("added", begun, index)
    for stage in ("in_progress", "searching", "completed"):
        yield {"type": f"response.file_search_call.{stage}", **place}
    yield _item_event("done", call, index)


def _message_events(reply: Reply, message: OutputMessage, index: int) -> Iterator[Event]:
    place = {"item_id": message.id, "output_index": index, "content_index": 0}
    yield from _message_opening(reply, place, index)
    annotated = 0
    for piece in reply.shown.pieces:
        yield _piece_event(piece, place, annotated)
        annotated += isinstance(piece, Annotation)
    yield from _message_closing(message, place, index)


def _message_opening(reply: Reply, place: dict[str, Any], index: int) -> Iterator[Event]:
    nothing = OutputText(text="", annotations=[]).model_dump()
    yield _item_event("added", _message(reply, "in_progress", []), index)
    yield {"type": "response.content_part.added", **place, "part": nothing}


def _piece_event(piece: str | Annotation, place: dict[str, Any], annotated: int) -> Event:
    if isinstance(piece, str):
        return {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
    return {
        "type": "response.output_text.annotation.added",
        **place,
        "annotation_index": annotated,
        "annotation": _annotation(piece).model_dump(),
    }


def _message_closing(message: OutputItem, place: dict[str, Any], index: int) -> Iterator[Event]:
    assert isinstance(message, OutputMessage)
    (part,) = message.content
    yield {"type": "response.output_text.done", **place, "text": part.text, "logprobs": []}
    yield {"type": "response.content_part.done", **place, "part": part.model_dump()}
    yield _item_event("done", message, index)


def _item_event(stage: str, item: OutputItem, index: int) -> Event:
    return {
        "type": f"response.output_item.{stage}",
        "output_index": index,
        "item": item.model_dump(),
    }


def _begun(reply: Reply, request: ResponseRequest) -> ResponseModel:
    given = request.conversation
    conversation = ConversationReference(id=given) if isinstance(given, str) else given
    return ResponseModel(
        id=f"{_RESPONSE}{reply.key}",
        created_at=reply.created,
        status="in_progress",
        output=[],
        previous_response_id=request.previous_response_id,
        conversation=conversation,
        store=reply.answer is not None and reply.answer.conversation_id is not None,
        metadata=request.metadata or {},
    )


def _message(reply: Reply, status: ItemStatus, content: list[OutputText]) -> OutputMessage:
    return OutputMessage(id=f"msg_{reply.key}", status=status, content=content)


def _search_call(reply: Reply, request: ResponseRequest) -> FileSearchCall | None:
    """The search behind an answer, where the request speaks of one."""
    if reply.answer is None:
        return None
    return _search_call_of(reply.key, reply.answer.question, reply.answer, request)


def _search_call_of(
    key: str, question: str, found: Answer | AnswerEvent, request: ResponseRequest
) -> FileSearchCall | None:
    wants_results = RESULTS in (request.include or ())
    if not (wants_results or request.tools):
        return None
    assert isinstance(found, Answer | StatusEvent)
    return FileSearchCall(
        id=f"fs_{key}",
        status="completed",
        queries=[question],
        results=[_result(hit) for hit in found.hits] if wants_results else None,
    )


def _result(hit: Hit) -> SearchResult:
    return SearchResult(
        file_id=hit.document.id,
        filename=hit.document.uri,
        score=hit.score,
        text=hit.chunk.text,
        attributes={
            "document_title": hit.document.title,
            "start_char_index": hit.chunk.start,
            "end_char_index": hit.chunk.end,
            "start_line": hit.chunk.first_line,
            "end_line": hit.chunk.last_line,
        },
    )


def _annotation(annotation: Annotation) -> FileCitation:
    return FileCitation(
        file_id=annotation.citation.file_id,
        filename=annotation.citation.filename,
        index=annotation.end,
        start_index=annotation.start,
        end_index=annotation.end,
    )


def _is_file_search(tool: object) -> bool:
    return isinstance(tool, dict) and tool.get("type") == "file_search"
