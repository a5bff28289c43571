"""A reader for tests where the model's own judgement does not matter: it does what it is told."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from embeddings.base import FloatArray
from rag.reading.base import Reading, Window

Says = Callable[[str, Window], Reading]
"""What a reader says of a question and a window."""


class ScriptedReader:
    """Says what a function says, and keeps what it was asked.

    Args:
        says: Called for each window.

    Attributes:
        asked: The question and windows of each call of `read`, in order.
    """

    def __init__(self, says: Says, fingerprint: str = "scripted") -> None:
        self._says = says
        self._fingerprint = fingerprint
        self.asked: list[tuple[str, tuple[Window, ...]]] = []
        self.is_closed = False

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    def read(self, question: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        self.asked.append((question, tuple(windows)))
        return tuple(self._says(question, window) for window in windows)

    def supported(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """4 where all words of a sentence are in its passage, else -4."""
        return np.array(
            [4.0 if _words(sentence) <= _words(passage) else -4.0 for sentence, passage in pairs],
            np.float32,
        )

    def close(self) -> None:
        self.is_closed = True


def reader_of(
    answers: Mapping[str, str],
    *,
    margin: float = 8.0,
    answerable: float = 4.0,
    relevant: float = 4.0,
) -> ScriptedReader:
    """A reader that finds answers by regular expressions.

    Args:
        answers: What is searched in the question, and what in the window answers it then (group 1
            where the expression has one). In any other window it says the opposite of what
            follows, about the first word.
        margin, answerable, relevant: Logits of a window that answers.
    """

    def says(question: str, window: Window) -> Reading:
        for asked, answering in answers.items():
            if re.search(asked, question, re.IGNORECASE) and (
                found := re.search(answering, window.text)
            ):
                start, end = found.span(1 if found.re.groups else 0)
                span = window.start + start, window.start + end
                return Reading(span, margin, answerable, relevant)
        return nothing(window, margin=-margin, answerable=-answerable, relevant=-relevant)

    return ScriptedReader(says)


def nothing(
    window: Window, *, margin: float = -8.0, answerable: float = -4.0, relevant: float = -4.0
) -> Reading:
    """A reading of a window that does not answer; its span is the first word."""
    first = re.search(r"\S+", window.text)
    assert first is not None
    span = window.start + first.start(), window.start + first.end()
    return Reading(span, margin, answerable, relevant)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
