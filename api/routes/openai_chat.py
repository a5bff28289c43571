"""`POST /v1/chat/completions`: chats in OpenAI's format, for clients that know no other.

Nothing is kept: the client sends the whole history each time. The answer is there before the first
byte of a stream is sent, so that an error has its status.
"""

import time
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import replies, sse
from api.deps import AskerDep, ServiceDep, SettingsDep
from api.metrics import Metrics
from api.openai.chat import DONE, check_chat, chunks, completion, usage_chunk
from api.openai.chat_schemas import ChatCompletion, ChatRequest
from api.openai.errors import OpenAIRoute, failures
from api.openai.messages import Prompt, prompt_of
from api.openai.replies import Reply, reply_of, reply_without_answer
from api.openai.tasks import task_reply
from rag.conversations import MOST_TURNS

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

    def respond() -> Response:
        created = int(time.time())
        if (text := task_reply(prompt)) is not None:
            reply = reply_without_answer(text, created)
        else:
            answer = service.assistant.ask(
                prompt.question, access=caller.access, history=prompt.history[-MOST_TURNS:]
            )
            metrics.observe_answer(answer)
            reply = reply_of(answer, settings, base_url, created)
        if not asked.stream:
            return replies.reply(completion(reply, prompt))
        options = asked.stream_options
        counted = prompt if options and options.include_usage else None
        return sse.EventStream(_blocks(reply, counted))

    return await run_in_threadpool(respond)


async def _blocks(reply: Reply, counted: Prompt | None) -> AsyncIterator[bytes]:
    """The stream of a reply, with its usage where a prompt is to be counted."""
    for chunk in chunks(reply):
        yield sse.data(chunk)
    if counted is not None:
        yield sse.data(await run_in_threadpool(usage_chunk, reply, counted))
    yield sse.data(DONE)
