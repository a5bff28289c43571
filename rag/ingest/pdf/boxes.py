"""Boxes on a page, and how a page is turned."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points, from the top left corner of the page."""

_SAME_LINE = 0.5


class Transform:
    """From a page's own coordinates to those from the top left corner of the page turned clockwise
    by some quarter turns.
    """

    def __init__(self, page: "PdfPage", quarter_turns: int) -> None:
        self._x0, self._y0, self._x1, self._y1 = page.get_bbox()
        self._quarter_turns = quarter_turns

    def __call__(self, left: float, bottom: float, right: float, top: float) -> Box:
        x0, y0, x1, y1 = self._x0, self._y0, self._x1, self._y1
        if self._quarter_turns == 1:
            return bottom - y0, left - x0, top - y0, right - x0
        if self._quarter_turns == 2:
            return x1 - right, bottom - y0, x1 - left, top - y0
        if self._quarter_turns == 3:
            return y1 - top, x1 - right, y1 - bottom, x1 - left
        return left - x0, y1 - top, right - x0, y1 - bottom

    def back(self, left: float, top: float, right: float, bottom: float) -> Box:
        """From what a call gives to left, bottom, right and top on the page."""
        x0, y0, x1, y1 = self._x0, self._y0, self._x1, self._y1
        if self._quarter_turns == 1:
            return x0 + top, y0 + left, x0 + bottom, y0 + right
        if self._quarter_turns == 2:
            return x1 - right, y0 + top, x1 - left, y0 + bottom
        if self._quarter_turns == 3:
            return x1 - bottom, y1 - right, x1 - top, y1 - left
        return x0 + left, y1 - bottom, x0 + right, y1 - top


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of them, of which there is at least one."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def follow_lines(boxes: Iterable[Box]) -> Iterator[Box]:
    """One box for those that follow each other on a line."""
    line: Box | None = None
    for box in boxes:
        if line is not None and not _follows(line, box):
            yield line
            line = None
        line = box if line is None else union((line, box))
    if line is not None:
        yield line


def _follows(line: Box, box: Box) -> bool:
    overlap = min(line[3], box[3]) - max(line[1], box[1])
    height = min(line[3] - line[1], box[3] - box[1])
    return overlap >= _SAME_LINE * height and box[2] > line[2] - _SAME_LINE * height
