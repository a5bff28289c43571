"""A circuit breaker: a model that keeps failing is left alone for a while, so that nobody waits for
it in vain.
"""

import threading
import time
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "half_open", "open"]

FAILURES = 3
"""In a row, after which the model is left alone …"""

REST_S = 30.0
"""… for so long; then one call tries whether it is back."""


class Breaker:
    """Closed while calls go well; safe to use from several threads.

    Args:
        failures: How many in a row open it.
        rest_s: How long it stays open.
        now: Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        rest_s: float = REST_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._rest_s = rest_s
        self._now = now
        self._lock = threading.Lock()
        self._failed = 0
        self._opened: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        """`half_open` when the next call may try, or one is trying."""
        with self._lock:
            if self._opened is None:
                return "closed"
            return "half_open" if self._is_rested(self._opened) else "open"

    def allows(self) -> bool:
        """Whether a call may be made; one that may must end in `succeeded`, `failed` or
        `undecided`.
        """
        with self._lock:
            if self._opened is None:
                return True
            if self._trying or not self._is_rested(self._opened):
                return False
            self._trying = True
            return True

    def succeeded(self) -> None:
        """The model answered: it is there."""
        with self._lock:
            self._failed, self._opened, self._trying = 0, None, False

    def failed(self) -> None:
        """The model did not answer."""
        with self._lock:
            self._failed += 1
            if self._trying or self._failed >= self._failures:
                self._opened = self._now()
            self._trying = False

    def undecided(self) -> None:
        """The call ended before it told anything."""
        with self._lock:
            self._trying = False

    def _is_rested(self, opened: float) -> bool:
        return self._now() - opened >= self._rest_s
