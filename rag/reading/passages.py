"""Reads the passages that the search found: the best ones, and more where these do not answer.

Short windows tell best whether there is an answer, and the whole passage which words it is; so the
passage that answers best is read once more as a whole where its window leaves a doubt.
"""

from collections.abc import Sequence
from dataclasses import replace

from embeddings.base import FloatArray
from rag.reading.base import Reader, Reading, ReadPassage
from rag.reading.blend import PASSAGES, is_sure, leaves_doubt, verdict
from rag.reading.windows import wide_window_of, window_of
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
        if not any(is_sure(each.reading) for each in read):
            read += self._read(question, passages[self._first : self._most])
        return self._widened(question, read)

    def supported(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """As the reader's."""
        return self._reader.supported(pairs)

    def close(self) -> None:
        """Closes the reader."""
        self._reader.close()

    def _widened(self, question: str, read: tuple[ReadPassage, ...]) -> tuple[ReadPassage, ...]:
        """The same; the span of the one that answers best is found with more around it in view."""
        best = max(read, key=lambda each: verdict(each.reading), default=None)
        if best is None or not leaves_doubt(best.reading):
            return read
        wide = wide_window_of(best.passage)
        if wide is None or wide == best.window:
            return read
        (reading,) = self._reader.read(question, [wide])
        if not _is_better_told(reading, best.reading):
            return read
        told = replace(best, window=wide, reading=replace(best.reading, span=reading.span))
        return tuple(told if each is best else each for each in read)

    def _read(self, question: str, passages: Sequence[Passage]) -> tuple[ReadPassage, ...]:
        cut = [
            (passage, window)
            for passage in passages
            for window in [window_of(passage)]
            if window is not None
        ]
        if not cut:
            return ()
        readings = self._reader.read(question, [window for _, window in cut])
        return tuple(
            ReadPassage(passage, window, reading)
            for (passage, window), reading in zip(cut, readings, strict=True)
        )


def _is_better_told(wide: Reading, narrow: Reading) -> bool:
    """Whether the span of a wider window is to be believed: where it is nearly the same, more of
    the text tells its ends better; another is believed where it answers more surely.
    """
    is_same = wide.span[0] < narrow.span[1] and narrow.span[0] < wide.span[1]
    return is_same or verdict(wide) > verdict(narrow)
