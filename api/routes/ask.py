"""`POST /v1/ask`: a question in, an answer with its citations out, at once or as it is made."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing

from anyio import CapacityLimiter
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import replies, sse
from api.deps import AskerDep, ServiceDep, SettingsDep
from api.filters import filters_from_json
from api.metrics import Metrics
from api.problems import problem_of, problems, request_id_of
from api.schemas import AnswerModel, answer_json, citation_json
from api.schemas_asking import AskRequest
from api.streams import in_thread, model_threads, one_by_one
from rag.conversations import MOST_TURNS
from rag.filters import Access, Filters
from rag.service import Service
from rag.settings import Settings
from rag.streaming import (
    AnswerEvent,
    CitationEvent,
    CompleteEvent,
    DeltaEvent,
    StatusEvent,
    answer_of,
    events_of,
)
from rag.types import Answer, Turn

router = APIRouter(tags=["ask"])

RETRIEVING = sse.event("status", '{"stage":"retrieving"}')
EVENT_SCHEMA = {
    "type": "object",
    "properties": {
        "event": {"enum": ["status", "delta", "citation", "answer", "error"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["event", "data"],
}
STREAM_EXAMPLE = """\
event: status
data: {"stage":"retrieving"}

event: status
data: {"stage":"answering","short_answer":"sixteen weeks"}

event: delta
data: {"text":"Parental leave is sixteen weeks long."}

event: delta
data: {"text":" [1]"}

event: citation
data: {"id":"c1", …}

event: answer
data: {"id":"ans_0c31…", …}

"""


@router.post(
    "/v1/ask",
    summary="Ask a question",
    response_model=AnswerModel,
    responses={
        200: {
            "description": "The answer, or with `stream` its events: `status` (with the short "
            "answer as soon as there is one; the answer has none where a language model does not "
            "say it), `delta`, `citation`, then `answer` or, in its place, `error` with a problem.",
            "content": {sse.MEDIA_TYPE: {"schema": EVENT_SCHEMA, "example": STREAM_EXAMPLE}},
        },
        **problems(404, 409),
    },
)
async def ask(
    request: Request,
    asked: AskRequest,
    service: ServiceDep,
    settings: SettingsDep,
    caller: AskerDep,
) -> Response:
    """Answers a question; "not found in these documents" is an answer too, by its status.

    Without `conversation_id` a conversation is begun, and its id returned. With `messages` nothing
    is kept: the last message is the question, those before it are its history; instructions, as
    messages of the role `system`, are refused.
    """
    filters = filters_from_json(asked.filters)
    metrics: Metrics = request.app.state.metrics

    if service.assistant.generation is not None:
        threads = model_threads(request)
        events = _counted(_events(asked, filters, caller.access, service), metrics)
        if asked.stream:
            return sse.EventStream(_as_made(events, settings, request_id_of(request), threads))
        written = await in_thread(lambda: answer_of(events), threads)
        return replies.reply(answer_json(written, settings))

    def answer() -> Answer:
        made = answer_of(_events(asked, filters, caller.access, service))
        metrics.observe_answer(made)
        return made

    def body() -> bytes:
        return answer_json(answer(), settings).model_dump_json().encode()

    if asked.stream:
        return sse.EventStream(_blocks(answer, settings, request_id_of(request)))
    return Response(await run_in_threadpool(body), media_type="application/json")


def _events(
    asked: AskRequest, filters: Filters, access: Access, service: Service
) -> Iterator[AnswerEvent]:
    if asked.messages is None:
        return service.conversations.stream(
            asked.question or "", asked.conversation_id, k=asked.k, filters=filters, access=access
        )
    *earlier, last = [Turn(each.role, each.content) for each in asked.messages]
    return service.assistant.stream(
        last.text, k=asked.k, filters=filters, access=access, history=earlier[-MOST_TURNS:]
    )


def _counted(events: Iterator[AnswerEvent], metrics: Metrics) -> Iterator[AnswerEvent]:
    for event in events:
        if isinstance(event, CompleteEvent):
            metrics.observe_answer(event.answer)
        yield event


async def _blocks(
    answer: Callable[[], Answer], settings: Settings, request_id: str
) -> AsyncIterator[bytes]:
    """An answer that is there at once: one change of thread for all of it."""
    yield RETRIEVING
    try:
        for event in events_of(await run_in_threadpool(answer)):
            yield block_of(event, settings)
    except Exception as exc:  # noqa: BLE001 - the status is sent: what follows must say it
        yield sse.event("error", problem_of(request_id, exc).model_dump_json())


async def _as_made(
    events: Iterator[AnswerEvent], settings: Settings, request_id: str, threads: CapacityLimiter
) -> AsyncIterator[bytes]:
    """An answer that a model writes."""
    try:
        async with aclosing(one_by_one(events, threads)) as made:  # type: ignore[type-var]
            async for event in made:
                yield block_of(event, settings)
    except Exception as exc:  # noqa: BLE001 - the status is sent: what follows must say it
        yield sse.event("error", problem_of(request_id, exc).model_dump_json())


def block_of(event: AnswerEvent, settings: Settings) -> bytes:
    """An event as the stream sends it."""
    if isinstance(event, StatusEvent):
        short = {} if event.short_answer is None else {"short_answer": event.short_answer}
        return sse.json_event("status", {"stage": event.stage, **short})
    if isinstance(event, DeltaEvent):
        return sse.json_event("delta", {"text": event.text})
    if isinstance(event, CitationEvent):
        return sse.event("citation", citation_json(event.citation, settings).model_dump_json())
    return sse.event("answer", answer_json(event.answer, settings).model_dump_json())
