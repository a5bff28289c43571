"""Joins the lines of pages into paragraphs that read on.

A line end is the margin's where the next word would not have fitted, and the author's elsewhere.
Paragraphs go on over columns and pages where a sentence does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rag.ingest.pdf.page_lines import SPLIT_WORD, PdfLine
from rag.ingest.structure import LIST_MARKER

_SAME_SIZE = 0.08
_WIDER_LEADING = 1.25
_INDENT = 0.8
_CLOSING = (".", "!", "?", ":", ".”", '."', ".)", "。", "！", "？")


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line with the number of its page, from 1; `column_right` and `leading` are of the run of
    lines that it stands in.
    """

    line: PdfLine
    page: int
    column_right: float
    leading: float
    begins_run: bool


def placed(lines: Sequence[PdfLine], page: int) -> Iterator[PlacedLine]:
    """The lines of a page with the run that each stands in: lines of one size below each other."""
    for run in _runs(lines):
        right = max(line.box[2] for line in run)
        leading = median(_leadings(run)) if len(run) > 1 else 0.0
        for line in run:
            yield PlacedLine(line, page, right, leading, line is run[0])


def continues(last: PlacedLine, following: PlacedLine, *, is_first: bool) -> bool:
    """Whether a line goes on with the paragraph before it.

    Args:
        last: The paragraph's last line.
        following: The line.
        is_first: Whether the last line is the paragraph's only one.
    """
    before, after = last.line, following.line
    if before.is_row or after.is_row or not _same_kind(before, after):
        return False
    if before.text.endswith(SPLIT_WORD):
        return True
    if LIST_MARKER.match(after.text) or not _is_full(last, after):
        return False
    if following.begins_run or following.page != last.page:
        return not before.text.endswith(_CLOSING)
    if after.box[1] - before.box[1] > _WIDER_LEADING * last.leading + 1:
        return False
    return not _is_indented(before, after, is_first)


def _runs(lines: Sequence[PdfLine]) -> Iterator[list[PdfLine]]:
    run: list[PdfLine] = []
    for line in lines:
        if run and not _is_below(run[-1], line):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _is_below(above: PdfLine, line: PdfLine) -> bool:
    step = line.box[1] - above.box[1]
    overlap = min(above.box[2], line.box[2]) - max(above.box[0], line.box[0])
    return (
        abs(above.size - line.size) <= _SAME_SIZE * above.size
        and 0.3 * above.size < step < 2.5 * above.size
        and overlap > 0
    )


def _leadings(run: Sequence[PdfLine]) -> list[float]:
    return [after.box[1] - before.box[1] for before, after in pairwise(run)]


def _same_kind(before: PdfLine, after: PdfLine) -> bool:
    same_size = abs(before.size - after.size) <= _SAME_SIZE * before.size
    return same_size and before.is_bold == after.is_bold


def _is_full(placed_line: PlacedLine, after: PdfLine) -> bool:
    """Whether the next word would not have fitted behind a line."""
    line = placed_line.line
    word = after.text.partition(" ")[0]
    per_character = (after.box[2] - after.box[0]) / max(len(after.text), 1)
    return line.box[2] + (len(word) + 1) * per_character > placed_line.column_right - 1


def _is_indented(before: PdfLine, after: PdfLine, is_first: bool) -> bool:
    """Whether a line begins where a new paragraph would: further in than the line before, or
    further out than a hanging one.
    """
    limit = _INDENT * after.size
    shift = after.box[0] - before.box[0]
    if is_first and LIST_MARKER.match(before.text):
        return shift < -limit
    return shift > limit or (shift < -limit and not is_first)
