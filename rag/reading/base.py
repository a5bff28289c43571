"""The contract of a reader: a question and pieces of documents in, the words that answer it out.

A reader sees question and window together, so it can tell a passage that answers from one that only
speaks of the same things, and can point at the words. It does not choose between passages: what its
logits are worth beside the scores of the search stands in `rag.reading.blend`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from embeddings.base import CharSpan, FloatArray
from rag.retrieval.retriever import Passage


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a document that is read at once.

    Attributes:
        text: The document's text from `start` to `end`; it holds more than white space.
        start: Offset into the document's text.
        end: The same, exclusive.
        title: What the piece stands under; read with it, and never part of a span.
    """

    text: str
    start: int
    end: int
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says of one window.

    Attributes:
        span: The words that answer best, as offsets into the document's text: inside the window,
            never empty, without white space at its ends.
        margin: The span's score above that of "no answer here", in logits; above 0 the reader
            would rather give the span.
        answerable: Logit of: the window answers the question.
        relevant: Logit of: the window speaks of what the question asks for.
    """

    span: CharSpan
    margin: float
    answerable: float
    relevant: float


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage with the window of it that was read, and what the reader says of that."""

    passage: Passage
    window: Window
    reading: Reading


class Reader(Protocol):
    """Reads windows. Deterministic, safe to use from several threads, and takes any text.

    Attributes:
        fingerprint: Changes whenever a reading may change.
    """

    @property
    def fingerprint(self) -> str: ...

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        """One reading a window, in the windows' order. Windows may be of different documents.

        Raises:
            QuothError: The reader cannot be run.
        """
        ...

    def supported(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """Logits of shape (pairs,): how surely each sentence follows from its passage.

        Args:
            pairs: Sentence and passage.

        Raises:
            QuothError: The reader cannot be run.
        """
        ...

    def close(self) -> None:
        """Gives back what it holds; it must not be asked any more."""
        ...
