"""Many askers, one reader: what waits is read together."""

from collections.abc import Sequence
from typing import Protocol

from embeddings.base import FloatArray
from embeddings.turns import Turns
from rag.reading.base import Reader, Reading, Window

MOST_AT_ONCE = 24
"""Windows: the first three of eight askers, or all of two."""

_Asked = tuple[str, Sequence[Window]]


class ReadsTogether(Reader, Protocol):
    """A reader that reads for several questions in less time than for each by itself."""

    def read_together(self, asked: Sequence[_Asked]) -> Sequence[tuple[Reading, ...]]:
        """What `read` gives for each question and its windows, in their order."""
        ...


class QueuedReader:
    """A reader that many threads ask at once.

    Args:
        reader: Used by one asker, or several together, at a time.
        most_at_once: Windows that are read together.
    """

    def __init__(self, reader: ReadsTogether, most_at_once: int = MOST_AT_ONCE) -> None:
        self._reader = reader
        self._turns = Turns(reader.read_together, lambda asked: len(asked[1]), most_at_once)

    @property
    def fingerprint(self) -> str:
        return self._reader.fingerprint

    @property
    def waiting(self) -> int:
        """How many wait for the reader now."""
        return self._turns.waiting

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        return self._turns.take((question, windows)) if windows else ()

    def supported(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        return self._reader.supported(pairs)

    def close(self) -> None:
        self._reader.close()
