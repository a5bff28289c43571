r"""How much of the evidence is in the text that was returned, counted in characters.

With T the returned spans and E the evidence, both of the same document: recall = |T∩E| / |E|,
precision = |T∩E| / |T| where what is returned twice counts twice, IoU = |T∩E| / (|T| + |E \\ T|)
(Smith and Troynikov, Evaluating Chunking Strategies for Retrieval, 2024). Spans are half-open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from embeddings.base import CharSpan


@dataclass(frozen=True, slots=True)
class Place:
    """A span of one file's text."""

    file: str
    start: int
    end: int

    @property
    def length(self) -> int:
        """In characters."""
        return self.end - self.start

    def overlaps(self, other: "Place") -> bool:
        """Whether a character is in both."""
        return self.file == other.file and max(self.start, other.start) < min(self.end, other.end)


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """Shares, 0 to 1."""

    recall: float
    precision: float
    iou: float


def span_figures(returned: Sequence[Place], evidence: Sequence[Place]) -> SpanFigures:
    """The three figures; `evidence` has at least one character."""
    wanted = _characters(evidence)
    total = sum(place.length for place in returned)
    covered = wanted - _characters(evidence, without=returned)
    return SpanFigures(
        recall=covered / wanted,
        precision=covered / total if total else 0.0,
        iou=covered / (total + wanted - covered),
    )


def first_characters(places: Iterable[Place], most: int) -> tuple[Place, ...]:
    """The places up to a number of characters in all, the last one cut."""
    kept = []
    for place in places:
        if most <= 0:
            break
        cut = Place(place.file, place.start, min(place.end, place.start + most))
        kept.append(cut)
        most -= cut.length
    return tuple(kept)


def _characters(places: Sequence[Place], *, without: Sequence[Place] = ()) -> int:
    """How many characters are in the places and not in the others, each counted once."""
    left = 0
    for file in sorted({place.file for place in places}):
        others = _merged((each.start, each.end) for each in without if each.file == file)
        for start, end in _merged((each.start, each.end) for each in places if each.file == file):
            taken = sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in others)
            left += end - start - taken
    return left


def _merged(spans: Iterable[CharSpan]) -> list[CharSpan]:
    merged: list[CharSpan] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
