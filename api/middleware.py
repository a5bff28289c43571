"""What happens around every request: it gets an id, its body a limit, and one line in the log.

The line holds the route's pattern and never the path or the body, which may be a person's words.
"""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import TOO_LARGE
from api.logs import REQUEST_ID
from api.metrics import route_of
from api.problems import REQUEST_ID_HEADER, problem

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 2**20
USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestContext:
    """Takes a request's id from its header or makes one, gives it back, and logs the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = given if USABLE_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        token = REQUEST_ID.set(request_id)
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            fields = {
                "method": scope["method"],
                "route": route_of(scope),
                "status": status,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                "key_id": getattr(scope["state"].get("caller"), "key_id", None),
            }
            line = "%(method)s %(route)s %(status)s in %(duration_ms)s ms"
            if fields["key_id"] is not None:
                line += ", key %(key_id)s"
            logger.info(line, fields, extra={"fields": fields})
            REQUEST_ID.reset(token)


class BodyLimit:
    """Refuses a body over the limit before anything reads it.

    The whole body is taken in here, which the limit allows, so that one sent without its length
    is measured too.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("Content-Length", "0")
        body = None
        if not declared.isdecimal() or int(declared) <= self._max_bytes:
            body = await self._read(receive)
        if body is None:
            response = problem(
                str(scope["state"]["request_id"]),
                TOO_LARGE,
                f"The body is over {self._max_bytes} bytes.",
                "Send less at once.",
            )
            await response(scope, receive, send)
            return
        await self._app(scope, _replayed(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The body; None where it is over the limit."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_bytes:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body first, then what comes after it."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
