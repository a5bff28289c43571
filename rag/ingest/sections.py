"""Divides a parsed document at its headings and furniture into stretches of running text.

A heading's own line belongs to no stretch: it is carried as the path of headings above what follows
it. A heading with nothing under it is text like any other, so that nothing is lost.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from embeddings.base import CharSpan
from rag.ingest.context import HEADING_SEPARATOR
from rag.ingest.sentences import trim
from rag.types import Heading, ParsedDocument

_HEADING_MARKS = "#=-*_ \t\r\n"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text between two cuts, without white space around it and never empty.

    Attributes:
        heading: The headings above it, outermost first; None under none.
        headings: Headings that are text here, because nothing stands under them.
    """

    start: int
    end: int
    heading: str | None
    headings: tuple[CharSpan, ...] = ()


def stretches(parsed: ParsedDocument) -> tuple[Stretch, ...]:
    """All text but furniture and the headings above others, in order, not overlapping."""
    found: list[Stretch] = []
    path: list[Heading] = []
    text = parsed.text
    starts = [_line_start(text, heading.start) for heading in parsed.headings]
    found.extend(_between_furniture(parsed, 0, starts[0] if starts else len(text), None))
    sections = zip(parsed.headings, [*starts[1:], len(text)], strict=False)
    for number, (heading, end) in enumerate(sections):
        path = [*(above for above in path if above.level < heading.level), heading]
        body_start = min(_behind_heading(text, heading.end), end)
        body = list(_between_furniture(parsed, body_start, end, _joined(path)))
        following = parsed.headings[number + 1 : number + 2]
        if body or (following and following[0].level > heading.level):
            found.extend(body)
        else:
            _add_bare(found, heading, _joined(path[:-1]), text)
    return tuple(found)


def _between_furniture(
    parsed: ParsedDocument, start: int, end: int, heading: str | None
) -> Iterator[Stretch]:
    position = start
    for furniture_start, furniture_end in (*overlapping(parsed.furniture, start, end), (end, end)):
        first, last = trim(parsed.text, position, max(position, furniture_start))
        if first < last:
            yield Stretch(first, last, heading)
        position = max(position, furniture_end)


def overlapping(spans: Sequence[CharSpan], start: int, end: int) -> Iterator[CharSpan]:
    """The parts of ordered spans that lie between two offsets."""
    for span_start, span_end in islice(spans, bisect_right(spans, start, key=_end_of), None):
        if span_start >= end:
            return
        yield max(span_start, start), min(span_end, end)


def _end_of(span: CharSpan) -> int:
    return span[1]


def _add_bare(found: list[Stretch], heading: Heading, above: str | None, text: str) -> None:
    """Adds a heading as text, to the stretch before it if that holds only such headings too."""
    span = (heading.start, heading.end)
    last = found[-1] if found else None
    if (
        last
        and last.headings
        and last.heading == above
        and not text[last.end : heading.start].strip(_HEADING_MARKS)
    ):
        found[-1] = Stretch(last.start, heading.end, above, (*last.headings, span))
    elif heading.start < heading.end:
        found.append(Stretch(heading.start, heading.end, above, (span,)))


def _joined(path: list[Heading]) -> str | None:
    return HEADING_SEPARATOR.join(heading.text for heading in path) or None


def _line_start(text: str, offset: int) -> int:
    start = text.rfind("\n", 0, offset) + 1
    return max(start, text.rfind("\r", start, offset) + 1)


def _behind_heading(text: str, offset: int) -> int:
    """The end of the heading's line, with the line of `===` or `---` under it where there is
    one.
    """
    line_end = _line_end(text, offset)
    next_start = line_end + (2 if text.startswith("\r\n", line_end) else 1)
    next_end = _line_end(text, next_start)
    below = text[next_start : min(next_end, next_start + 300)].strip()
    is_underline = len(below) >= 2 and below in ("=" * len(below), "-" * len(below))
    return next_end if is_underline else line_end


def _line_end(text: str, offset: int) -> int:
    # One mark bounds the search for the other, or each heading would cost the rest of the text.
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    carriage_return = text.find("\r", offset, end)
    return end if carriage_return < 0 else carriage_return
