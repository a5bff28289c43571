"""How events reach an app: over Socket Mode, each to one of its connections, or as signed requests;
what is not acknowledged in time is sent again.
"""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, WSMsgType, web

from tests.slack.checks import Refused
from tests.slack.state import APP, APP_TOKEN, SIGNING_SECRET, Ack
from tests.slack.world import World

_AGAIN = {"events_api"}
"""What Slack sends again; of the rest the person sees that it failed."""


@dataclass(eq=False)
class _Connection:
    socket: web.WebSocketResponse
    closing: bool = False
    waiting: dict[str, "asyncio.Future[dict[str, Any] | None]"] = field(default_factory=dict)


class Missed(Exception):
    """A delivery was not acknowledged."""


class Deliveries:
    """Sends what `World.deliver` is given; lives in the server's loop.

    Attributes:
        target: The address that requests are sent to; None: Socket Mode.
        patience_s: How long an event waits for a first connection.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.target: str | None = None
        self.signing_secret = SIGNING_SECRET
        self.patience_s = 60.0
        self.connections: list[_Connection] = []
        self._turn = 0
        self._tickets: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: ClientSession | None = None

    def start(self, kind: str, payload: dict[str, Any]) -> None:
        """Begins a delivery, in the loop's thread."""
        task = asyncio.get_running_loop().create_task(self._deliver(kind, payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.close_sockets()
        if self._client is not None:
            await self._client.close()

    # Socket Mode

    async def open_connection(self, request: web.Request) -> web.Response:
        """`apps.connections.open`: an address that is good for one connection."""
        if request.headers.get("Authorization") != f"Bearer {APP_TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        with self.world.lock:
            failing = [f for f in self.world.failures["apps.connections.open"] if f.times > 0]
            if failing:
                failing[0].times -= 1
                return web.json_response({"ok": False, "error": failing[0].how})
        ticket = self.world.next_id("ticket")
        self._tickets.add(ticket)
        address = self.world.url.replace("http", "ws", 1)
        return web.json_response(
            {"ok": True, "url": f"{address}/link/?ticket={ticket}&app_id={APP}"}
        )

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """One connection, for as long as it lives."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=True, heartbeat=None)
        await socket.prepare(request)
        connection = _Connection(socket)
        self.connections.append(connection)
        try:
            await socket.send_json(self._hello())
            with self.world.changed:
                self.world.changed.notify_all()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(connection, message.data)
        finally:
            self.connections.remove(connection)
            for future in connection.waiting.values():
                if not future.done():
                    future.set_exception(Missed("the connection was closed"))
        return socket

    async def close_sockets(self) -> None:
        """Closes every connection at once, as when Slack's end dies."""
        for connection in list(self.connections):
            connection.closing = True
            await connection.socket.close()

    async def refresh_sockets(self, reason: str = "refresh_requested") -> None:
        """Asks every app to connect anew; nothing more is sent over the old connections."""
        for connection in list(self.connections):
            connection.closing = True
            await connection.socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}}
            )

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": APP},
            "debug_info": {
                "host": "stand-in",
                "build_number": 1,
                "approximate_connection_time": 3600,
            },
        }

    def _acknowledge(self, connection: _Connection, data: str) -> None:
        try:
            said = json.loads(data)
        except ValueError:
            return
        future = connection.waiting.pop(said.get("envelope_id", ""), None)
        if future is not None and not future.done():
            future.set_result(said.get("payload"))

    # Either way

    async def _deliver(self, kind: str, payload: dict[str, Any]) -> None:
        delays = self.world.retry_delays_s if kind in _AGAIN else ()
        for attempt in range(len(delays) + 1):
            begun = time.monotonic()
            try:
                if self.target is None:
                    answer, envelope, begun = await self._over_socket(kind, payload, attempt)
                else:
                    answer, envelope = await self._over_http(self.target, kind, payload, attempt)
            except Missed:
                with self.world.changed:
                    self.world.missed.append(payload)
                    self.world.changed.notify_all()
                if attempt < len(delays):
                    await asyncio.sleep(delays[attempt])
                continue
            self._acknowledged(kind, payload, answer, envelope, time.monotonic() - begun, attempt)
            return
        with self.world.changed:
            self.world.lost.append(payload)
            self.world.changed.notify_all()

    def _acknowledged(
        self,
        kind: str,
        payload: dict[str, Any],
        answer: dict[str, Any] | None,
        envelope: str,
        delay_s: float,
        attempt: int,
    ) -> None:
        ack = Ack(envelope, payload.get("event_id"), kind, delay_s, attempt, answer)
        if kind == "slash_commands" and answer and (answer.get("text") or answer.get("blocks")):
            self._said_in_acknowledgement(payload, answer)
        with self.world.changed:
            self.world.acks.append(ack)
            self.world.changed.notify_all()

    def _said_in_acknowledgement(self, payload: dict[str, Any], answer: dict[str, Any]) -> None:
        from tests.slack.responses import say_response

        place = {"channel": payload["channel_id"], "user": payload["user_id"], "message": None}
        try:
            say_response(self.world, place, answer)
        except Refused as problem:
            self.world.refused.append(("acknowledgement", problem.error, problem.reasons))

    async def _over_socket(
        self, kind: str, payload: dict[str, Any], attempt: int
    ) -> tuple[dict[str, Any] | None, str, float]:
        connection = await self._next_connection()
        envelope = self.world.next_id("env")
        content: dict[str, Any] = {
            "envelope_id": envelope,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            content |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        future: asyncio.Future[dict[str, Any] | None]
        future = asyncio.get_running_loop().create_future()
        connection.waiting[envelope] = future
        begun = time.monotonic()
        try:
            await connection.socket.send_json(content)
            return await asyncio.wait_for(future, self.world.ack_within_s), envelope, begun
        except (TimeoutError, ConnectionError) as exc:
            raise Missed from exc
        finally:
            connection.waiting.pop(envelope, None)

    async def _next_connection(self) -> _Connection:
        until = time.monotonic() + self.patience_s
        while True:
            live = [c for c in self.connections if not c.closing and not c.socket.closed]
            if live:
                self._turn += 1
                return live[self._turn % len(live)]
            if time.monotonic() > until:
                raise Missed("nobody is connected")
            await asyncio.sleep(0.01)

    async def _over_http(
        self, target: str, kind: str, payload: dict[str, Any], attempt: int
    ) -> tuple[dict[str, Any] | None, str]:
        body, media_type = request_body(kind, payload)
        headers = {"Content-Type": media_type, **signed(body, self.signing_secret)}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
        if self._client is None:
            # A connection that was kept may be closed by the server just when it is used again.
            self._client = ClientSession(connector=TCPConnector(force_close=True))
        timeout = ClientTimeout(total=self.world.ack_within_s)
        try:
            async with self._client.post(
                target, data=body, headers=headers, timeout=timeout
            ) as answer:
                text = await answer.text()
                if answer.status != 200:
                    raise Missed(f"HTTP {answer.status}")
        except (TimeoutError, ClientError) as exc:
            raise Missed from exc
        try:
            said = json.loads(text) if text else None
        except ValueError:
            said = {"text": text}
        return said if isinstance(said, dict) else None, f"http-{attempt}"


def request_body(kind: str, payload: dict[str, Any]) -> tuple[bytes, str]:
    """The body of a request and its media type, as Slack sends that kind."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def signed(body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """The headers that sign a request; `at` in seconds since the epoch, now without it."""
    stamp = str(int(time.time() if at is None else at))
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
