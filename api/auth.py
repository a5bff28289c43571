"""Who asks, and what they may do.

Keys are needed for everything under `/v1`, and for `/metrics`, once there is a good one, and always
where other machines can reach the server. A key comes as `Authorization: Bearer quoth_…` and in no
other way. Requests of a key are counted in this process over a moving minute: several worker
processes each allow as many. A path that does not exist, and a body that is not valid, are answered
before the key is looked at.
"""

import math
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api.listening import is_loopback
from rag.errors import KeyMissing, RateLimited, ScopeMissing
from rag.filters import FULL_ACCESS, NOBODY, Access
from rag.service import Service
from rag.settings import Settings
from rag.store.keys_base import SCOPES, Key, Scope

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter

HINT = "Send `Authorization: Bearer quoth_…`; `quoth keys add` on the server makes a key."
_BEARER = HTTPBearer(
    scheme_name="key",
    description="A key from `quoth keys add`; needed once there is one.",
    auto_error=False,
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


class TooManyRequests(RateLimited):
    """A key was used too often; it is good again after `retry_after_s` seconds."""

    def __init__(self, key: Key, retry_after_s: int) -> None:
        super().__init__(
            f"The key {key.id!r} has sent its {key.per_minute} requests of this minute.",
            hint=f"Try again in {retry_after_s} seconds.",
        )
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request; without a key where none is needed.

    Attributes:
        access: What they may see: with a key that has not the scope `admin`, only the conversations
            that it began; without a key, those that nobody owns, so none from Slack.
    """

    key_id: str | None
    scopes: tuple[Scope, ...]
    access: Access = FULL_ACCESS


ANYONE = Caller(None, SCOPES, Access(owner=NOBODY))


class RateLimits:
    """Counts the requests of keys over a moving minute; safe to share between threads.

    What counts is imported for the first key that has a limit: it takes a twentieth of a second.
    """

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._made: MovingWindowRateLimiter | None = None

    def count(self, key: Key) -> None:
        """
        Raises:
            TooManyRequests: The key has none left.
        """
        if not key.per_minute:
            return
        from limits import RateLimitItemPerMinute

        limiter, limit = self._limiter(), RateLimitItemPerMinute(key.per_minute)
        if not limiter.hit(limit, key.id):
            reset = limiter.get_window_stats(limit, key.id).reset_time
            raise TooManyRequests(key, max(1, math.ceil(reset - time.time())))

    def _limiter(self) -> "MovingWindowRateLimiter":
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        with self._making:
            if self._made is None:
                self._made = MovingWindowRateLimiter(MemoryStorage())
            return self._made


def require(scope: Scope | None) -> Callable[..., Awaitable[Caller]]:
    """A dependency that lets a caller with that scope through; None takes any good key.

    Raises (when called):
        KeyMissing, KeyRefused, ScopeMissing, RateLimited: The caller may not.
    """

    async def caller_of(request: Request, credentials: Credentials) -> Caller:
        service: Service = request.app.state.service
        settings: Settings = request.app.state.settings
        # Where the last key was revoked, other machines still get nothing.
        if is_loopback(settings.host) and not service.keys.required():
            caller = ANYONE
        else:
            caller = await _key_holder(request, service, credentials, scope)
        request.state.caller = caller
        return caller

    return caller_of


async def _key_holder(
    request: Request,
    service: Service,
    credentials: HTTPAuthorizationCredentials | None,
    scope: Scope | None,
) -> Caller:
    if credentials is None:
        raise KeyMissing("This server asks for a key.", hint=HINT)
    limits: RateLimits = request.app.state.rate_limits
    key = await run_in_threadpool(_checked, service, limits, credentials.credentials)
    if scope is not None and scope not in key.scopes and "admin" not in key.scopes:
        raise ScopeMissing(
            f"The key {key.id!r} is good for {', '.join(key.scopes)}, and not for {scope}.",
            hint=f"Make one with `quoth keys add NAME --scope {scope}`.",
        )
    if "admin" in key.scopes:
        return Caller(key.id, SCOPES)
    return Caller(key.id, key.scopes, Access(owner=key.id))


def _checked(service: Service, limits: RateLimits, token: str) -> Key:
    key = service.keys.check(token)
    limits.count(key)
    return key
