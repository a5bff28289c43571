"""The Web API as requests meet it: tokens, scopes, rate limits, failures that a test arranged, and
then the method itself.
"""

import asyncio
import json
import math
import time
from collections import defaultdict, deque
from typing import Any

from aiohttp import web

from tests.slack.checks import Arguments, Refused
from tests.slack.methods import METHODS
from tests.slack.state import APP_TOKEN, BOT_TOKEN, Call, Failure
from tests.slack.world import World

SCOPES: dict[str, tuple[str, ...]] = {
    "chat.postMessage": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.startStream": ("chat:write",),
    "chat.appendStream": ("chat:write",),
    "chat.stopStream": ("chat:write",),
    "conversations.replies": (
        "channels:history",
        "groups:history",
        "im:history",
        "mpim:history",
    ),
    "conversations.history": (
        "channels:history",
        "groups:history",
        "im:history",
        "mpim:history",
    ),
    "conversations.info": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "users.info": ("users:read",),
    "usergroups.users.list": ("usergroups:read",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "assistant.threads.setStatus": ("assistant:write", "chat:write"),
    "assistant.threads.setTitle": ("assistant:write",),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
}
"""Any one of the scopes is enough; of those for conversations it depends on the conversation."""
TIERS: dict[str, int] = {
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "chat.delete": 3,
    "chat.startStream": 2,
    "chat.appendStream": 4,
    "chat.stopStream": 2,
    "conversations.replies": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "users.info": 4,
    "usergroups.users.list": 2,
    "reactions.add": 3,
    "reactions.remove": 2,
    "views.open": 4,
    "views.update": 4,
    "assistant.threads.setStatus": 4,
    "assistant.threads.setTitle": 2,
    "assistant.threads.setSuggestedPrompts": 2,
}
_JSON_ARGUMENTS = ("blocks", "metadata", "view", "chunks", "prompts", "loading_messages")


class WebApi:
    """Answers `POST /api/<method>`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._windows: dict[str, deque[float]] = defaultdict(deque)
        self._wait_until: dict[str, float] = {}
        self._told_at: dict[str, float] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        with self.world.lock:
            failure = self._next_failure(method)
        if failure is not None and failure.how != "lost":
            return await self._fail(request, method, arguments, failure)
        limited = self._limited(method, arguments)
        if limited is not None:
            return limited
        answer = self._answer(request, method, arguments)
        if failure is not None:
            _cut(request)
        return web.json_response(answer)

    def _next_failure(self, method: str) -> Failure | None:
        for failure in (*self.world.failures[method], *self.world.failures["*"]):
            if failure.times > 0:
                failure.times -= 1
                return failure
        return None

    async def _fail(
        self, request: web.Request, method: str, arguments: Arguments, failure: Failure
    ) -> web.StreamResponse:
        self._note(method, arguments, failure.how)
        if failure.how == "429":
            return self._too_many(method, failure.seconds)
        if failure.how == "500":
            return web.Response(status=500, text="upstream error")
        if failure.how == "timeout":
            await asyncio.sleep(failure.seconds)
        if failure.how in ("timeout", "close"):
            _cut(request)
            return web.Response()
        return web.json_response({"ok": False, "error": failure.how})

    def _answer(self, request: web.Request, method: str, arguments: Arguments) -> dict[str, Any]:
        world = self.world
        with world.changed:
            try:
                self._admit(request, method, arguments)
                answer = {"ok": True, **METHODS[method](world, arguments)}
                outcome = "ok"
            except Refused as problem:
                outcome = problem.error
                world.refused.append((method, problem.error, problem.reasons))
                answer = {
                    "ok": False,
                    "error": problem.error,
                    "response_metadata": {"messages": problem.reasons},
                }
            self._note(method, arguments, outcome)
            world.changed.notify_all()
        return answer

    def _admit(self, request: web.Request, method: str, arguments: Arguments) -> None:
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        token = sent if scheme == "Bearer" else arguments.get("token")
        if not token:
            raise Refused("not_authed")
        if method not in METHODS or method in self.world.unknown_methods:
            raise Refused("unknown_method")
        if token == APP_TOKEN:
            raise Refused("not_allowed_token_type")
        if token != BOT_TOKEN:
            raise Refused("invalid_auth")
        granted, wanted = self.world.scopes, SCOPES.get(method, ())
        if granted is not None and wanted and not granted & set(wanted):
            raise Refused("missing_scope", [f"needed: {','.join(wanted)}"])

    def _limited(self, method: str, arguments: Arguments) -> web.Response | None:
        """A 429 where the call comes too early; the windows count what was let through."""
        channel = str(arguments.get("channel", ""))
        key = f"{method} {channel}" if method == "chat.postMessage" else method
        now = time.monotonic()
        with self.world.lock:
            if now < self._wait_until.get(method, 0.0):
                if now > self._told_at[method] + self.world.in_flight_s:
                    self.world.impatient.append(Call(method, arguments, now, "429"))
                return self._too_many(method, self._wait_until[method] - now)
            if not self.world.rate_limits:
                return None
            if method == "chat.postMessage":
                most, window_s = 1, self.world.channel_interval_s
            else:
                most, window_s = self.world.tiers_per_minute.get(TIERS.get(method, 4), 100), 60.0
            window = self._windows[key]
            while window and window[0] <= now - window_s:
                window.popleft()
            if len(window) >= most:
                self._note(method, arguments, "429")
                return _retry_after(window[0] + window_s - now)
            window.append(now)
        return None

    def _too_many(self, method: str, seconds: float) -> web.Response:
        self._told_at.setdefault(method, 0.0)
        if time.monotonic() > self._wait_until.get(method, 0.0):
            self._told_at[method] = time.monotonic()
        self._wait_until[method] = max(
            self._wait_until.get(method, 0.0), time.monotonic() + seconds
        )
        return _retry_after(seconds)

    def _note(self, method: str, arguments: Arguments, outcome: str) -> None:
        with self.world.changed:
            self.world.calls.append(Call(method, arguments, time.monotonic(), outcome))
            self.world.changed.notify_all()


async def _arguments(request: web.Request) -> Arguments:
    """The arguments, from JSON or a form; what is JSON in a form is read."""
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        arguments |= json.loads(await request.text() or "{}")
    else:
        arguments |= dict(await request.post())
    for name in _JSON_ARGUMENTS:
        if isinstance(arguments.get(name), str):
            try:
                arguments[name] = json.loads(arguments[name])
            except ValueError:
                arguments[name] = {"not": "JSON"}
    return arguments


def _retry_after(seconds: float) -> web.Response:
    headers = {"Retry-After": str(math.ceil(seconds))}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
