"""An answer as the events of a stream: what is being done, text as it comes, each citation right
after the text it belongs to, and the whole answer in the end.

Invariant: the texts of the deltas, one after the other, are the answer's text. An extractive answer
is there at once and is cut at its sentences and markers; an answer that is written word by word
ends in the same events.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from rag.types import Answer, Citation, Hit

Stage = Literal["retrieving", "answering"]


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """What is being done now.

    Attributes:
        answer_id: The id that the answer will have; known when `answering`.
        hits: What was retrieved for it, best first; known when `answering`.
        short_answer: The words that answer, where they are known before anything is written. The
            answer has the same in the end, or none where a language model does not say them too.
    """

    stage: Stage
    answer_id: str | None = field(default=None, compare=False)
    hits: tuple[Hit, ...] = field(default=(), compare=False)
    short_answer: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class DeltaEvent:
    """The next piece of the answer's text, never empty.

    Attributes:
        between: Whether it is none of a sentence's: markers, or what leads from one to the next.
            Told of answers that are written word by word.
    """

    text: str
    between: bool = False


@dataclass(frozen=True, slots=True)
class CitationEvent:
    """The place that the text before it comes from."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class CompleteEvent:
    """The whole answer; the last event."""

    answer: Answer


AnswerEvent = StatusEvent | DeltaEvent | CitationEvent | CompleteEvent

_MARKERS = re.compile(r"(?:\s*\[\d+\])+")


def events_of(answer: Answer) -> Iterator[AnswerEvent]:
    """The events of an answer that is there, from `answering` on.

    A citation comes after the markers that follow the first part of the text that stands on it, or
    right after that part where no marker does; one that no part names comes after the text.
    """
    yield StatusEvent("answering", answer.id, answer.hits, answer.short_answer)
    due = sorted(
        ((_place(each, answer.text), each) for each in answer.citations),
        key=lambda entry: (entry[0], entry[1].number),
    )
    at = 0
    for cut in _cuts(answer, [place for place, _ in due]):
        if cut > at:
            yield DeltaEvent(answer.text[at:cut])
            at = cut
        ready = bisect_left(due, cut + 1, key=lambda entry: entry[0])
        for _, citation in due[:ready]:
            yield CitationEvent(citation)
        del due[:ready]
    yield CompleteEvent(answer)


def answer_of(events: Iterable[AnswerEvent]) -> Answer:
    """The answer that a stream ends in."""
    *_, last = events
    assert isinstance(last, CompleteEvent)
    return last.answer


def _place(citation: Citation, text: str) -> int:
    """Where in the text a citation is due."""
    if not citation.answer_spans:
        return len(text)
    end = min(max(citation.answer_spans[0][1], 0), len(text))
    markers = _MARKERS.match(text, end)
    return markers.end() if markers else end


def _cuts(answer: Answer, places: list[int]) -> list[int]:
    """Where the text is cut, ascending, its end the last: after sentences, and where citations are
    due.
    """
    length = len(answer.text)
    ends = (min(max(sentence.end, 0), length) for sentence in answer.sentences)
    return sorted({*ends, *places, length})
