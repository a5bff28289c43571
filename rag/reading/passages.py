"""Reads the passages that the search found: the best ones, and more where these do not answer."""

from collections.abc import Sequence

from embeddings.base import FloatArray
from rag.reading.base import Reader, ReadPassage
from rag.reading.blend import PASSAGES, is_sure, verdict
from rag.reading.windows import windows_of
from rag.retrieval.retriever import Passage

FIRST_PASSAGES = 3
"""Read at first; most questions that are answered at all are answered by one of them."""


class PassageReader:
    """A reader for passages. Safe to use from several threads.

    Args:
        reader: Closed with this.
        first: Passages that are read at first.
        most: Passages that are read at most, in a second go where none of the first surely
            answers.
    """

    def __init__(
        self, reader: Reader, *, first: int = FIRST_PASSAGES, most: int = PASSAGES
    ) -> None:
        self._reader = reader
        self._first = first
        self._most = most

    @property
    def fingerprint(self) -> str:
        """The reader's."""
        return self._reader.fingerprint

    def read(self, question: str, passages: Sequence[Passage]) -> tuple[ReadPassage, ...]:
        """The passages that were read, in their order, each with what its best window says.

        Args:
            question: As it is to be understood alone.
            passages: Best first, with their sentences.

        Raises:
            QuothError: The reader cannot be run.
        """
        read = self._read(question, passages[: self._first])
        if any(is_sure(each.reading) for each in read):
            return read
        return read + self._read(question, passages[self._first : self._most])

    def supported(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """As the reader's."""
        return self._reader.supported(pairs)

    def close(self) -> None:
        """Closes the reader."""
        self._reader.close()

    def _read(self, question: str, passages: Sequence[Passage]) -> tuple[ReadPassage, ...]:
        cut = [(passage, window) for passage in passages for window in windows_of(passage)]
        if not cut:
            return ()
        readings = self._reader.read(question, [window for _, window in cut])
        best: dict[int, ReadPassage] = {}
        for (passage, window), reading in zip(cut, readings, strict=True):
            known = best.get(passage.hit.chunk.id)
            if known is None or verdict(reading) > verdict(known.reading):
                best[passage.hit.chunk.id] = ReadPassage(passage, window, reading)
        return tuple(best.values())
