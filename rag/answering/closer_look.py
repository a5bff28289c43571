"""The best passages of a search, read by a reader and put in the order that follows from it.

A reader that cannot be run costs no answer: passages stay in the order of the search then.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from embeddings.base import FloatArray
from rag.reading import blend
from rag.reading.base import Reading
from rag.retrieval.fusion import thinned
from rag.retrieval.retriever import Passage, Retrieval

if TYPE_CHECKING:
    from rag.reading.passages import PassageReader

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 180
"""Characters of a question and what it leans on together: a reader reads 48 tokens."""

_FEWEST_LENT = 12  # characters of an earlier question that are worth adding


class CloserLook:
    """Reads passages. Safe to use from several threads.

    Args:
        reader: Closed with this.
    """

    def __init__(self, reader: "PassageReader") -> None:
        self._reader = reader
        self._has_failed = False

    def read(
        self, question: str, retrieval: Retrieval, k: int
    ) -> tuple[Retrieval, Mapping[int, Reading] | None]:
        """The k best passages in the order that the reader and the search come to together, and
        what the reader says of those that it has read, by the chunk's id; None where it failed.

        Args:
            question: Such that it can be understood alone.
            retrieval: With the sentences of its passages.
            k: At least 1.
        """
        try:
            read = self._reader.read(question, retrieval.passages[: blend.PASSAGES])
        except Exception as exc:  # noqa: BLE001 - whatever it is, the search has an answer
            self._tell(exc)
            return replace(retrieval, passages=retrieval.passages[:k]), None
        readings = {each.passage.hit.chunk.id: each.reading for each in read}
        return replace(retrieval, passages=ordered(retrieval.passages, readings, k)), readings

    def supports(self, pairs: Sequence[tuple[str, str]]) -> FloatArray | None:
        """Logits that sentences follow from passages, shape (pairs,); None where it failed.

        Args:
            pairs: Sentence and passage.
        """
        try:
            return self._reader.supported(pairs)
        except Exception as exc:  # noqa: BLE001 - whatever it is, there is another check
            self._tell(exc)
            return None

    def close(self) -> None:
        """Releases the reader."""
        self._reader.close()

    def _tell(self, exc: Exception) -> None:
        level = logging.DEBUG if self._has_failed else logging.WARNING
        self._has_failed = True
        logger.log(
            level, "The reader failed (%s: %s); answers go without it.", type(exc).__name__, exc
        )


def ordered(
    passages: Sequence[Passage], readings: Mapping[int, Reading], k: int
) -> tuple[Passage, ...]:
    """The k best passages, their hits with the score that orders them now."""
    moved = [_moved(each, readings.get(each.hit.chunk.id)) for each in passages]
    moved.sort(key=lambda each: (-each.hit.score, each.hit.chunk.id))
    ids = [each.hit.document.id for each in moved]
    return tuple(moved[each] for each in thinned(ids, [each.hit.score for each in moved], k))


def question_for_reader(
    question: str, earlier: Sequence[str], stands_alone: Callable[[str], bool]
) -> str:
    """A question with what it leans on in front, as a reader is given it.

    Args:
        question: As it was asked.
        earlier: The user's earlier questions, the most recent first.
        stands_alone: Whether a question can be understood without these.
    """
    said = _squeezed(question)
    for before in earlier:
        if stands_alone(said):
            break
        lent = _end_of(_squeezed(before), LONGEST_QUESTION - len(said) - 2)
        if len(lent) < _FEWEST_LENT:
            break
        said = f"{lent.rstrip('?.!')}? {said}"
        if stands_alone(before):
            break
    return said


def _moved(passage: Passage, reading: Reading | None) -> Passage:
    hit = passage.hit
    scores = dict(hit.scores)
    if reading is not None:
        scores |= {
            "reader_margin": reading.margin,
            "reader_answerable": reading.answerable,
            "reader_relevant": reading.relevant,
        }
    score = blend.passage_score(hit.score, reading)
    return replace(passage, hit=replace(hit, score=score, scores=scores))


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _end_of(text: str, characters: int) -> str:
    """Whole words from the end of a text: what a question is about mostly stands there."""
    if len(text) <= characters:
        return text
    _, _, words = text[len(text) - max(0, characters) :].partition(" ")
    return words
