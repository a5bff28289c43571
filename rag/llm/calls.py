"""A call of a model: one thread reads what comes, another takes it and waits no longer than it may.

The thread that reads may hang in a server that says nothing; whoever asked does not.
"""

import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator

from rag.errors import LanguageModelFailed
from rag.llm.base import End
from rag.llm.wire import BEGAN

logger = logging.getLogger(__name__)

Item = str | End | object | LanguageModelFailed


class Stopwatch:
    """When a call was begun, and when its model began."""

    def __init__(self, started: float) -> None:
        self.started = started
        self.began_s: float | None = None

    def begin(self) -> None:
        if self.began_s is None:
            self.began_s = time.monotonic() - self.started


class Call:
    """What one thread reads and another takes.

    Args:
        read: Reads everything, in the thread.
    """

    def __init__(self, read: "Callable[[Call], None]") -> None:
        self._read = read
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._abandoned = threading.Event()
        self._holding = threading.Lock()
        self._response: object = None

    @property
    def is_abandoned(self) -> bool:
        return self._abandoned.is_set()

    def start(self, at_end: Callable[[], object]) -> None:
        """Begins to read; `at_end` is called when the thread ends, however it does."""

        def run() -> None:
            try:
                self._read(self)
            finally:
                self._items.put(None)
                at_end()

        threading.Thread(target=run, name="language-model", daemon=True).start()

    def put(self, item: Item) -> None:
        self._items.put(item)

    def wait(self, delay_s: float) -> None:
        """Waits, or until nobody wants the call any more."""
        self._abandoned.wait(delay_s)

    def hold(self, response: object) -> None:
        """Lets `abandon` close the connection of this response."""
        with self._holding:
            self._response = response
        if self.is_abandoned:
            self.abandon()

    def abandon(self) -> None:
        """Nobody wants more of it: the thread ends soon, the connection at once."""
        self._abandoned.set()
        with self._holding:
            response, self._response = self._response, None
        _hang_up(response)

    def items(self, begin_by: float, end_by: float, watch: Stopwatch) -> Iterator[str | End]:
        """What comes, in time.

        Raises:
            LanguageModelFailed: It did not.
        """
        while True:
            limit = begin_by if watch.began_s is None else end_by
            try:
                item = self._items.get(timeout=max(0.0, limit - time.monotonic()))
            except queue.Empty:
                raise _too_slow(began=watch.began_s is not None) from None
            if isinstance(item, LanguageModelFailed):
                raise item
            if item is None:
                raise LanguageModelFailed("The language model's answer broke off.", kind="broken")
            watch.begin()
            if item is not BEGAN:
                assert isinstance(item, str | End)
                yield item
            if isinstance(item, End):
                return


def _too_slow(*, began: bool) -> LanguageModelFailed:
    told = "did not come to an end" if began else "did not begin to answer"
    name = "QUOTH_LLM_TIMEOUT_S" if began else "QUOTH_LLM_FIRST_TOKEN_S"
    return LanguageModelFailed(
        f"The language model {told} in time.", hint=f"Set {name} higher.", kind="slow"
    )


def _hang_up(response: object) -> None:
    """Wakes a thread that reads: closing the response alone would leave it waiting."""
    stream = getattr(response, "extensions", {}).get("network_stream")
    connection = stream.get_extra_info("socket") if stream is not None else None
    if isinstance(connection, socket.socket):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            logger.debug("The connection was closed already.")
