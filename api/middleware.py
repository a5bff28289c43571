"""What happens around every request: it gets an id, its body a limit, and one line in the log.

The line holds the route's pattern and never the path or the body, which may be a person's words.
"""

import logging
import re
import time
import uuid
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import TOO_LARGE
from api.logs import REQUEST_ID
from api.metrics import route_of
from api.problems import REQUEST_ID_HEADER, TOO_LARGE_HINT, BodyTooLarge, problem

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
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = request_id
                # What documents hold is never to be taken for a page.
                headers["X-Content-Type-Options"] = "nosniff"
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
    """Refuses a body over the limit: before anything reads it where its length is declared, else as
    soon as more has come.

    Args:
        app: What comes next.
        max_bytes: The limit of all requests but those below.
        others: Limits by method and path.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = MAX_BODY_BYTES,
        others: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._others = others or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._others.get((scope["method"], scope["path"]), self._max_bytes)
        declared = Headers(scope=scope).get("Content-Length", "")
        if declared.isdecimal() and int(declared) > limit:
            refusal = problem(
                str(scope["state"]["request_id"]), TOO_LARGE, _sentence(limit), TOO_LARGE_HINT
            )
            await refusal(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge(_sentence(limit))
            return message

        await self._app(scope, receive_within_limit, send)


def _sentence(limit: int) -> str:
    return f"The body is over {limit:,} bytes."
