"""A reply as a chat completion, whole or as the chunks of a stream."""

import json
from collections.abc import Iterator
from typing import Any

from api.openai.chat_schemas import (
    AnnotationDelta,
    ChatChoice,
    ChatChunk,
    ChatCompletion,
    ChatDelta,
    ChatReply,
    ChatRequest,
    ChatUsage,
    ChunkChoice,
    UrlCitation,
    UrlCitationAnnotation,
)
from api.openai.messages import Prompt
from api.openai.refusals import check_absent, check_format, check_model, check_tools
from api.openai.replies import Reply, Replying, prompt_tokens
from api.openai.visible import Annotation
from rag.streaming import AnswerEvent, CompleteEvent
from rag.tokens import count_tokens

DONE = "[DONE]"


def check_chat(request: ChatRequest) -> None:
    """Lets requests through that Quoth can answer as they are.

    Raises:
        RequestRefused: It asks for another model, tools, several choices, JSON or sound.
    """
    check_model(request.model)
    check_tools(request.tools, request.tool_choice, ("tools", "tool_choice"))
    check_tools(request.functions, request.function_call, ("functions", "function_call"))
    check_format(request.response_format, "response_format")
    check_absent(
        {
            "n": (request.n not in (None, 1), "Quoth gives one answer to a question."),
            "modalities": (
                request.modalities not in (None, [], ["text"]),
                "Quoth answers in text alone.",
            ),
            "audio": (request.audio, "Quoth answers in text alone."),
        }
    )


def completion(reply: Reply, prompt: Prompt) -> ChatCompletion:
    """The whole completion."""
    message = ChatReply(
        content=reply.shown.text,
        annotations=[_annotation(each) for each in reply.shown.annotations],
    )
    return ChatCompletion(
        id=_id(reply),
        created=reply.created,
        choices=[ChatChoice(message=message)],
        usage=_usage(reply, prompt),
        citations=list(reply.citations),
        quoth=reply.state,
    )


def chunks(reply: Reply) -> Iterator[str]:
    """The stream's data, one JSON object each: the role, then text with each annotation right after
    the words it belongs to, the end with all citations. The usage may follow, and then `[DONE]`.
    """
    yield _chunk(reply, ChatDelta(role="assistant", content=""))
    annotated = 0
    for piece in reply.shown.pieces:
        if isinstance(piece, Annotation):
            added = AnnotationDelta(index=annotated, url_citation=_url_citation(piece))
            yield _chunk(reply, ChatDelta(annotations=[added]))
            annotated += 1
        else:
            yield _chunk(reply, ChatDelta(content=piece))
    yield _last_chunk(reply)


def written_chunks(
    events: Iterator[AnswerEvent], replying: Replying, counted: Prompt | None
) -> Iterator[str]:
    """As `chunks`, of an answer that a model writes, each as soon as it can be; with the usage
    where a prompt is to be counted.

    Args:
        events: The first is `answering`.
        replying: Makes the reply.
        counted: The prompt, or None.
    """
    first = next(events)
    reply, showing = replying.begun(first), replying.showing(first)
    yield _chunk(reply, ChatDelta(role="assistant", content=""))
    annotated = 0
    for event in events:
        for piece in showing.take(event):
            if isinstance(piece, Annotation):
                added = AnnotationDelta(index=annotated, url_citation=_url_citation(piece))
                yield _chunk(reply, ChatDelta(annotations=[added]))
                annotated += 1
            else:
                yield _chunk(reply, ChatDelta(content=piece))
        if isinstance(event, CompleteEvent):
            reply = replying.whole(event.answer)
    yield _last_chunk(reply)
    if counted is not None:
        yield usage_chunk(reply, counted)


def usage_chunk(reply: Reply, prompt: Prompt) -> str:
    """The chunk with the usage; counting it may take a second the first time."""
    usage = _usage(reply, prompt)
    return _json(ChatChunk(id=_id(reply), created=reply.created, choices=[], usage=usage))


def _last_chunk(reply: Reply) -> str:
    last = ChatChunk(
        id=_id(reply),
        created=reply.created,
        choices=[ChunkChoice(delta=ChatDelta(), finish_reason="stop")],
        citations=list(reply.citations),
        quoth=reply.state,
    )
    return _json(last)


def _chunk(reply: Reply, delta: ChatDelta) -> str:
    return _json(
        ChatChunk(id=_id(reply), created=reply.created, choices=[ChunkChoice(delta=delta)])
    )


def _json(chunk: ChatChunk) -> str:
    """OpenAI's chunks leave out what they do not bring, but for a choice's own fields."""
    told = _given(chunk.model_dump())
    for choice in told["choices"]:
        choice["delta"] = _given(choice["delta"])
    return json.dumps(told, ensure_ascii=False)


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _id(reply: Reply) -> str:
    return f"chatcmpl-{reply.key}"


def _annotation(annotation: Annotation) -> UrlCitationAnnotation:
    return UrlCitationAnnotation(url_citation=_url_citation(annotation))


def _url_citation(annotation: Annotation) -> UrlCitation:
    citation = annotation.citation
    return UrlCitation(
        start_index=annotation.start,
        end_index=annotation.end,
        title=citation.document_title,
        url=citation.url,
    )


def _usage(reply: Reply, prompt: Prompt) -> ChatUsage:
    asked, said = prompt_tokens(prompt), count_tokens(reply.shown.text)
    return ChatUsage(prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said)
