"""Cuts text into sentences, as exact spans.

The spans are trimmed of white space, in order, do not overlap, and leave out nothing but white
space. First lines are joined where prose was wrapped by hand and kept apart elsewhere; then each
stretch is cut at sentence ends; then what is still too long is cut at weaker boundaries. Runs in
linear time on any input.
"""

import re
from collections.abc import Iterator

from embeddings.base import CharSpan
from rag.ingest.lines import Line
from rag.ingest.sentence_ends import sentence_ends
from rag.ingest.structure import STRUCTURAL_LINE, TABLE_ROW

MAX_SENTENCE_CHARS = 600
"""Longer stretches without a sentence end are cut at weaker boundaries."""

_NOT_WHITE = re.compile(r"\S")
_LINE = re.compile(r"[^\r\n]+")
_BLANK_LINE = re.compile(r"\r\n?[^\S\r\n]*[\r\n]|\n[^\S\r\n]*[\r\n]")
_LAST_CUTS = tuple(
    re.compile(pattern) for pattern in (r"[;；](?=\s)|；|\s(?=[—–•])", r"[:：,，、]\s?", r"\s")
)
# Wrapped by hand means between these widths; longer lines are paragraphs.
_MIN_WRAP_CHARS = 50
_MAX_WRAP_CHARS = 200
_MIN_CONTINUED_CHARS = 30


def sentence_spans(text: str, start: int, end: int) -> list[CharSpan]:
    """Spans into `text` of the sentences that stand between two offsets."""
    spans: list[CharSpan] = []
    for flow_start, flow_end, is_row in _flows(text, start, end):
        ends = [] if is_row else sentence_ends(text, flow_start, flow_end)
        position = flow_start
        for cut in (*ends, flow_end):
            spans.extend(_bounded(text, position, cut))
            position = cut
    return spans


def line_spans(text: str, start: int, end: int) -> list[CharSpan]:
    """Spans into `text` of the lines between two offsets, each a sentence of its own, without the
    white space around them; of empty lines none.
    """
    return [
        span
        for line in _LINE.finditer(text, start, end)
        for span in _bounded(text, line.start(), line.end())
    ]


def _flows(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Stretches that no sentence reaches beyond, and whether each is a row of a table."""
    for paragraph in _paragraphs(text, start, end):
        width = max(len(line.text) for line in paragraph)
        first = paragraph[0]
        last = first
        for line in paragraph[1:]:
            if not _continues(last, line, width):
                yield first.start, last.end, TABLE_ROW.match(first.text) is not None
                first = line
            last = line
        yield first.start, last.end, TABLE_ROW.match(first.text) is not None


def _paragraphs(text: str, start: int, end: int) -> Iterator[list[Line]]:
    paragraph: list[Line] = []
    for match in _LINE.finditer(text, start, end):
        words = match.group()
        if words.isspace():
            continue
        line = Line(match.start(), match.end(), words)
        if paragraph and _BLANK_LINE.search(text, paragraph[-1].end, line.start):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _continues(line: Line, following: Line, width: int) -> bool:
    """Whether a line end only wraps the sentence."""
    if STRUCTURAL_LINE.match(following.text) or TABLE_ROW.match(line.text):
        return False
    words = following.text.split(maxsplit=1)[0]
    if words[0].islower() and len(line.text) >= _MIN_CONTINUED_CHARS:
        return True
    # The next word would not have fitted, so the break is the margin's and not the author's.
    is_full = len(line.text.rstrip()) + 1 + len(words) >= width - 2
    return is_full and _MIN_WRAP_CHARS <= width <= _MAX_WRAP_CHARS


def _bounded(text: str, start: int, end: int) -> Iterator[CharSpan]:
    """The stretch without white space around it, in pieces of at most `MAX_SENTENCE_CHARS`."""
    start, end = trim(text, start, end)
    while end - start > MAX_SENTENCE_CHARS:
        # Even pieces instead of full ones and a crumb.
        pieces = -(-(end - start) // MAX_SENTENCE_CHARS)
        cut = _weak_cut(text, start + (end - start) // pieces // 2, start + MAX_SENTENCE_CHARS)
        yield trim(text, start, cut)
        start, end = trim(text, cut, end)
    if start < end:
        yield start, end


def _weak_cut(text: str, earliest: int, latest: int) -> int:
    """The last of the best boundaries between two offsets; the latest offset where there is
    none.
    """
    for boundary in _LAST_CUTS:
        cuts = [match.end() for match in boundary.finditer(text, earliest, latest)]
        if cuts:
            return cuts[-1]
    return latest


def trim(text: str, start: int, end: int) -> CharSpan:
    """The span without the white space at its ends; empty (at its end) where it is all white."""
    first = _NOT_WHITE.search(text, start, end)
    if first is None:
        return end, end
    while text[end - 1].isspace():
        end -= 1
    return first.start(), end
