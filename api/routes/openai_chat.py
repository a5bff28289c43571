"""`POST /v1/chat/completions`: chats in OpenAI's format, for clients that know no other.

Nothing is kept: the client sends the whole history each time. Before the first byte of a stream is
sent, the answer is there, or a model has been asked for it, so that an error has its status.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

from anyio import CapacityLimiter
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import replies, sse
from api.deps import AskerDep, ServiceDep, SettingsDep
from api.metrics import Metrics
from api.openai.chat import DONE, check_chat, chunks, completion, usage_chunk, written_chunks
from api.openai.chat_schemas import ChatCompletion, ChatRequest
from api.openai.errors import ErrorModel, OpenAIRoute, error_in_stream, failures
from api.openai.messages import Prompt, prompt_of
from api.openai.replies import Reply, Replying, reply_of, reply_without_answer
from api.openai.tasks import task_reply
from api.problems import request_id_of
from api.streams import answering, in_thread, model_threads, one_by_one
from rag.conversations import MOST_TURNS
from rag.streaming import answer_of

router = APIRouter(tags=["openai"], route_class=OpenAIRoute)

STREAM_EXAMPLE = """\
data: {"id": "chatcmpl-0c31…", "object": "chat.completion.chunk", "choices": [{"index": 0, …}], …}

data: [DONE]

"""


@router.post(
    "/v1/chat/completions",
    summary="Ask in OpenAI's chat format",
    response_model=ChatCompletion,
    responses={
        200: {
            "description": "The completion, or with `stream` its chunks.",
            "content": {sse.MEDIA_TYPE: {"example": STREAM_EXAMPLE}},
        },
        **failures(404, 409),
    },
)
async def create_chat_completion(
    request: Request,
    asked: ChatRequest,
    service: ServiceDep,
    settings: SettingsDep,
    caller: AskerDep,
) -> Response:
    """Answers the last message, with the earlier ones as its history, and keeps nothing.

    The content carries markers and ends in a list of sources (the setting `chat_sources`);
    annotations point into it, and `citations` holds the whole citation objects. System messages
    are no instructions to an extractive answer. Titles, tags and follow-ups that front ends ask for
    by themselves are answered without a search. Errors have OpenAI's shape.
    """
    check_chat(asked)
    prompt = prompt_of(asked.messages, "messages")
    metrics: Metrics = request.app.state.metrics
    base_url = str(request.base_url).rstrip("/")

    threads = model_threads(request) if service.assistant.generation is not None else None
    counted = prompt if asked.stream_options and asked.stream_options.include_usage else None

    def respond() -> Response:
        created = int(time.time())
        if (text := task_reply(prompt)) is not None:
            reply = reply_without_answer(text, created)
        else:
            events = service.assistant.stream(
                prompt.question, access=caller.access, history=prompt.history[-MOST_TURNS:]
            )
            if asked.stream and threads is not None:
                made = answering(events, metrics.observe_answer)
                replying = Replying(settings, base_url, created)
                return sse.EventStream(
                    _as_written(
                        written_chunks(made, replying, counted), threads, request_id_of(request)
                    )
                )
            answer = answer_of(events)
            metrics.observe_answer(answer)
            reply = reply_of(answer, settings, base_url, created)
        if not asked.stream:
            return replies.reply(completion(reply, prompt))
        return sse.EventStream(_blocks(reply, counted))

    if threads is not None:
        return await in_thread(respond, threads)
    return await run_in_threadpool(respond)


async def _blocks(reply: Reply, counted: Prompt | None) -> AsyncIterator[bytes]:
    """The stream of a reply, with its usage where a prompt is to be counted."""
    for chunk in chunks(reply):
        yield sse.data(chunk)
    if counted is not None:
        yield sse.data(await run_in_threadpool(usage_chunk, reply, counted))
    yield sse.data(DONE)


async def _as_written(
    chunks: Iterator[str], threads: CapacityLimiter, request_id: str
) -> AsyncIterator[bytes]:
    """The stream of an answer that a model writes."""
    try:
        async with aclosing(one_by_one(chunks, threads)) as made:  # type: ignore[type-var]
            async for chunk in made:
                yield sse.data(chunk)
    except Exception as exc:  # noqa: BLE001 - the status is sent: what follows must say it
        detail = error_in_stream(request_id, exc)
        yield sse.data(ErrorModel(error=detail).model_dump_json())
    yield sse.data(DONE)
