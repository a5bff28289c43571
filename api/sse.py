"""Server-sent events over a response: one block of bytes an event, kept alive, stopped in time.

Invariant: a stream holds at most one block that was not sent. Its source goes on when the client
has taken what came before, so a client that stops reading costs no thread and no memory, and is
let go after a while. A client that goes away stops the source at its next block.
"""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from fastapi.sse import format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

logger = logging.getLogger(__name__)

MEDIA_TYPE = "text/event-stream"
KEEP_ALIVE_S = 15.0
SEND_TIMEOUT_S = 30.0
KEEP_ALIVE = b": keep-alive\n\n"


def event(name: str, text: str) -> bytes:
    """An event with a name and one JSON object, as text."""
    return format_sse_event(event=name, data_str=text)


def json_event(name: str, fields: Mapping[str, str]) -> bytes:
    """An event with a name and an object of texts."""
    return event(name, json.dumps(fields, ensure_ascii=False, separators=(",", ":")))


def data(text: str) -> bytes:
    """An event without a name, as the OpenAI format has them."""
    return format_sse_event(data_str=text)


class EventStream(Response):
    """Sends blocks as they come.

    Args:
        blocks: Whole events, in wire format; closed in the end, whatever ends it.
        headers: Besides those that keep caches and proxies from holding events back.
        keep_alive_s: A comment is sent whenever nothing was for so long.
        send_timeout_s: How long the client may leave what was sent unread.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        blocks: AsyncIterator[bytes],
        headers: Mapping[str, str] | None = None,
        *,
        keep_alive_s: float = KEEP_ALIVE_S,
        send_timeout_s: float = SEND_TIMEOUT_S,
    ) -> None:
        self.status_code = 200
        self.background = None
        self._blocks = blocks
        self._keep_alive_s = keep_alive_s
        self._send_timeout_s = send_timeout_s
        self.init_headers(
            # nginx takes the second for "do not buffer".
            {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **(headers or {})}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        give, take = anyio.create_memory_object_stream[bytes](0)
        async with take, anyio.create_task_group() as tasks:

            async def until_gone() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                tasks.cancel_scope.cancel()

            tasks.start_soon(until_gone)
            tasks.start_soon(self._produce, give)
            await send(head)
            if await self._forward(take, send):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            tasks.cancel_scope.cancel()

    async def _produce(self, give: MemoryObjectSendStream[bytes]) -> None:
        async with give, aclosing(self._blocks) as blocks:  # type: ignore[type-var]
            async for block in blocks:
                await give.send(block)

    async def _forward(self, take: MemoryObjectReceiveStream[bytes], send: Send) -> bool:
        """Whether everything was sent."""
        while True:
            block = KEEP_ALIVE
            try:
                with anyio.move_on_after(self._keep_alive_s):
                    block = await take.receive()
            except anyio.EndOfStream:
                return True
            with anyio.move_on_after(self._send_timeout_s) as patience:
                await send({"type": "http.response.body", "body": block, "more_body": True})
            if patience.cancelled_caught:
                logger.info("A client stopped reading its stream, and was let go.")
                return False
