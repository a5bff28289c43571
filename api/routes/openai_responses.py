"""`/v1/responses`: OpenAI's newer format, with answers that are kept, gone on from, read again and
removed.
"""

import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import replies, sse
from api.deps import AskerDep, ServiceDep, SettingsDep
from api.metrics import Metrics
from api.openai.errors import OpenAIRoute, error_in_stream, failures
from api.openai.kept import delete_response, kept_response, stream_response
from api.openai.replies import Replying, reply_of, reply_without_answer
from api.openai.responses import (
    check_response,
    events,
    response,
    response_prompt,
    written_events,
)
from api.openai.responses_schemas import (
    DeletedResponseModel,
    Event,
    ResponseModel,
    ResponseRequest,
)
from api.openai.tasks import task_reply
from api.problems import request_id_of
from api.streams import answering, in_thread, model_threads, one_by_one
from rag.streaming import answer_of

router = APIRouter(tags=["openai"], route_class=OpenAIRoute)

STREAM_EXAMPLE = """\
event: response.created
data: {"type": "response.created", "response": {"id": "resp_0c31…", …}, "sequence_number": 0}

"""


WHOLE_OR_STREAM = {
    "description": "The response, or with `stream` its events.",
    "content": {sse.MEDIA_TYPE: {"example": STREAM_EXAMPLE}},
}


@router.post(
    "/v1/responses",
    summary="Ask in OpenAI's Responses format",
    response_model=ResponseModel,
    responses={200: WHOLE_OR_STREAM, **failures(404, 409)},
)
async def create_response(
    request: Request,
    asked: ResponseRequest,
    service: ServiceDep,
    settings: SettingsDep,
    caller: AskerDep,
) -> Response:
    """Answers a question and keeps the answer in a conversation, unless `store` is false.

    `previous_response_id` goes on from a kept response, `conversation` from all that a conversation
    holds. Sources are `file_citation` annotations; with `file_search_call.results` in `include` the
    passages that were found come too. Errors have OpenAI's shape.
    """
    check_response(asked)
    prompt = response_prompt(asked)
    metrics: Metrics = request.app.state.metrics
    base_url = str(request.base_url).rstrip("/")

    threads = model_threads(request) if service.assistant.generation is not None else None

    def respond() -> Response:
        created = int(time.time())
        if (text := task_reply(prompt)) is not None:
            reply = reply_without_answer(text, created)
        else:
            answered = stream_response(asked, prompt, service, caller.access)
            if asked.stream and threads is not None:
                made = answering(answered, metrics.observe_answer)
                replying = Replying(settings, base_url, created)
                told = written_events(made, replying, prompt, asked)
                return sse.EventStream(_as_written(told, threads, request_id_of(request)))
            answer = answer_of(answered)
            metrics.observe_answer(answer)
            reply = reply_of(answer, settings, base_url, created)
        if asked.stream:
            return sse.EventStream(_blocks(list(events(reply, prompt, asked))))
        return replies.reply(response(reply, prompt, asked))

    if threads is not None:
        return await in_thread(respond, threads)
    return await run_in_threadpool(respond)


@router.get(
    "/v1/responses/{response_id}",
    summary="Read a stored response again",
    response_model=ResponseModel,
    responses={200: WHOLE_OR_STREAM, **failures(404)},
)
def get_response(
    request: Request,
    response_id: str,
    service: ServiceDep,
    settings: SettingsDep,
    caller: AskerDep,
    include: Annotated[
        list[str] | None, Query(alias="include[]", description="As when it was asked for.")
    ] = None,
    stream: Annotated[bool, Query(description="Whether to answer with its events.")] = False,
    starting_after: Annotated[
        int, Query(description="With `stream`: the number of the last event to leave out.")
    ] = -1,
) -> Response:
    """A response as it was given; any answer in a conversation is one.

    `previous_response_id` is the one before it in its conversation; the input tokens are those of
    its question, and the metadata of the request is not kept.
    """
    kept = kept_response(response_id, service, caller.access)
    asked = ResponseRequest(
        input=kept.answer.question, previous_response_id=kept.previous_id, include=include
    )
    prompt = response_prompt(asked)
    reply = reply_of(kept.answer, settings, str(request.base_url).rstrip("/"), kept.created)
    if stream:
        told = events(reply, prompt, asked)
        return sse.EventStream(
            _blocks([each for each in told if each["sequence_number"] > starting_after])
        )
    return replies.reply(response(reply, prompt, asked))


@router.delete(
    "/v1/responses/{response_id}",
    summary="Remove a stored response",
    response_model=DeletedResponseModel,
    responses=failures(404),
)
def remove_response(response_id: str, service: ServiceDep, caller: AskerDep) -> Response:
    """Removes a response with its question and feedback, and its conversation where it has no
    other.
    """
    delete_response(response_id, service, caller.access)
    return replies.reply(DeletedResponseModel(id=response_id))


async def _blocks(events: Sequence[Event]) -> AsyncIterator[bytes]:
    for event in events:
        yield _block(event)


async def _as_written(
    events: Iterator[Event], threads: CapacityLimiter, request_id: str
) -> AsyncIterator[bytes]:
    """The stream of an answer that a model writes."""
    number = -1
    try:
        async with aclosing(one_by_one(events, threads)) as made:  # type: ignore[type-var]
            async for event in made:
                number = event["sequence_number"]
                yield _block(event)
    except Exception as exc:  # noqa: BLE001 - the status is sent: what follows must say it
        told = error_in_stream(request_id, exc).model_dump(include={"message", "code", "param"})
        yield _block({"type": "error", **told, "sequence_number": number + 1})


def _block(event: Event) -> bytes:
    return sse.event(event["type"], json.dumps(event, ensure_ascii=False))
