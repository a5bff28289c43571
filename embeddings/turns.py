"""Many threads, one resource that is quicker for many things together than for each by itself.

Nobody waits for company: whoever finds the resource free takes along what is there at that moment.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class _Waiting(Generic[Asked, Given]):
    """One who waits; `ready` is set when it is done, or to lead the next batch."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.ready = threading.Event()
        self.given: tuple[Given, ...] = ()
        self.error: BaseException | None = None

    @property
    def is_done(self) -> bool:
        return bool(self.given) or self.error is not None


class Turns(Generic[Asked, Given]):
    """Does what many threads ask for, together.

    There is no thread of its own: the first in the queue does the work of those behind it, then
    hands the resource to the next.

    Args:
        do: Gives as many results as it is asked for, in their order; called by one thread at a
            time. What it raises reaches everybody of that batch.
        size: How much one thing counts.
        most_at_once: Most that is done together; a larger thing is done alone.
    """

    def __init__(
        self,
        do: Callable[[Sequence[Asked]], Sequence[Given]],
        size: Callable[[Asked], int],
        most_at_once: int,
    ) -> None:
        self._do = do
        self._size = size
        self._most = most_at_once
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[Asked, Given]] = deque()
        self._busy = False

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return len(self._queue)

    def take(self, asked: Asked) -> Given:
        """Waits for its turn, and returns what was done."""
        mine: _Waiting[Asked, Given] = _Waiting(asked)
        with self._lock:
            self._queue.append(mine)
            leads, self._busy = not self._busy, True
        if not leads:
            mine.ready.wait()
        if not mine.is_done:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return mine.given[0]

    def _lead(self) -> None:
        """Does what is first in the queue, the caller's own among it."""
        with self._lock:
            batch = self._taken()
        try:
            given = self._do([each.asked for each in batch])
            for each, result in zip(batch, given, strict=True):
                each.given = (result,)
        except BaseException as exc:
            for each in batch:
                each.error = exc
            raise
        finally:
            with self._lock:
                # The resource goes on before those who have their results do.
                self._busy = bool(self._queue)
                if self._queue:
                    self._queue[0].ready.set()
            for each in batch:
                each.ready.set()

    def _taken(self) -> list[_Waiting[Asked, Given]]:
        batch = [self._queue.popleft()]
        room = self._most - self._size(batch[0].asked)
        while self._queue and (size := self._size(self._queue[0].asked)) <= room:
            batch.append(self._queue.popleft())
            room -= size
        return batch
