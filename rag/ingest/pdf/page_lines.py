"""The lines of a page, as pdfium gives them, with where they stand.

Lines come in the order of the page's content, which is the order of reading in what office
programs, browsers and typesetters write. Each character of a line knows its index on the page, so
that a quote can be drawn where it stands.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rag.ingest.pdf.boxes import Box, Transform, follow_lines, union

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

SPLIT_WORD = "\x02"
"""What pdfium gives for a hyphen at the end of a line inside a word."""

_SPLITS = SPLIT_WORD + "\ufffe\u00ad"
_LIGATURES = {
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
}
_STRANGE = re.compile("[\x00\x01\x03-\x08\x0b\x0c\x0e-\x1f\ufffd\ue000-\uf8ff]")
_LINE_END = re.compile("[\r\n]+|(?<=[\x02\ufffe])")
_UNCLEAN = re.compile(
    r"\s\s|[^\S ]|[\x00-\x1f\x7f\ufffd-\uffff\ufeff\u00ad" + "".join(_LIGATURES) + "]"
)
_CELL_GAP = 1.0
"""Between cells of a table there is more room than this part of a line's height."""
_ALIGNED = 0.4
"""How far from each other, as a part of a line's height, the edges of cells in one column are."""
_TURN_SAMPLES = 7
_BOLD_WEIGHT = 600
_FORCED_BOLD = 1 << 18  # a font's flag, ISO 32000-1 table 123
_GARBLED = 0.3
"""Text with a larger part of characters that mean nothing was written with a font that does not say
which letters it holds."""


@dataclass(frozen=True, slots=True)
class PdfLine:
    """A line of a page.

    Attributes:
        text: Without white space around it; cells of a table are apart by tabs, and a word that
            goes on in the next line ends with `SPLIT_WORD`.
        indexes: For each character its index on the page; -1 where it is not on the page.
        box: Around its ink, on the page turned so that its text stands upright.
        size: Of its font, in points.
        is_bold: Whether its first and its last character are.
        cells: Left and right of each cell, where it may be a row of a table.
    """

    text: str
    indexes: Sequence[int]
    box: Box
    size: float
    is_bold: bool
    cells: tuple[tuple[float, float], ...] = ()

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return "\t" in self.text


class PageText:
    """What is written on an open page; closed with it."""

    def __init__(self, page: "PdfPage") -> None:
        self._text = page.get_textpage()
        self.characters = _characters(self._text)
        self._to_shown = Transform(page, page.get_rotation() // 90)
        # Lines are told by their own direction, however the page is turned.
        self._to_upright = Transform(page, self._quarter_turns())

    @property
    def is_garbled(self) -> bool:
        """Whether the characters are no text."""
        return len(_STRANGE.findall(self.characters)) > _GARBLED * len(self.characters)

    def lines(self) -> list[PdfLine]:
        """The lines that hold anything, in the order of the page's content."""
        found = (self._line(start, end) for start, end in _line_ranges(self.characters))
        return _rows_told_apart([line for line in found if line is not None])

    def boxes(self, indexes: Iterable[int]) -> Iterator[Box]:
        """Around the ink of characters, on the page as it is shown; one box for those that follow
        each other on a line.
        """
        for left, top, right, bottom in follow_lines(
            box for index in indexes if (box := self._box(index, self._to_upright))
        ):
            yield self._to_shown(*self._to_upright.back(left, top, right, bottom))

    def close(self) -> None:
        self._text.close()

    def _quarter_turns(self) -> int:
        """By how much the page must be turned clockwise for most of its text to stand upright."""
        count = len(self.characters)
        turns: Counter[int] = Counter()
        for index in range(count // 8, count, max(1, count // _TURN_SAMPLES)):
            if not self.characters[index].isspace() and (matrix := self._matrix(index)):
                turns[round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4] += 1
        return turns.most_common(1)[0][0] if turns else 0

    def _line(self, start: int, end: int) -> PdfLine | None:
        raw = self.characters
        while start < end and raw[start].isspace():
            start += 1
        while start < end and raw[end - 1].isspace():
            end -= 1
        if start >= end:
            return None
        rectangles = self._rectangles(start, end)
        if not rectangles:
            return None
        box = union(rectangles)
        size = self._font_size(start) or box[3] - box[1]
        cells = self._cells(start, end, size) if _has_gap(rectangles, size) else {}
        if len(cells) < 2:  # what stands apart is white space
            cells = {}
        text, indexes = _cleaned(raw, start, end, frozenset(list(cells)[1:]))
        if not text.strip(SPLIT_WORD):
            return None
        is_bold = self._is_bold(start) and self._is_bold(end - 1)
        return PdfLine(text, indexes, box, size, is_bold, tuple(cells.values()))

    def _box(self, index: int, to: Transform) -> Box | None:
        left, bottom, right, top = self._text.get_charbox(index)
        return to(left, bottom, right, top) if right > left and top > bottom else None

    def _rectangles(self, start: int, end: int) -> list[Box]:
        count = self._text.count_rects(start, end - start)
        boxes = (self._to_upright(*self._text.get_rect(at)) for at in range(count))
        return [box for box in boxes if box[2] > box[0]]

    def _cells(self, start: int, end: int, size: float) -> dict[int, tuple[float, float]]:
        """Left and right of stretches with much room between them, by their first index."""
        cells: dict[int, tuple[float, float]] = {}
        first, before = start, None
        for index in range(start, end):
            box = None if self.characters[index].isspace() else self._box(index, self._to_upright)
            if box is None:
                continue
            if before is None or box[0] - before > _CELL_GAP * size:
                first = index
            left, before = cells[first][0] if first in cells else box[0], box[2]
            cells[first] = (left, before)
        return cells

    def _font_size(self, index: int) -> float:
        from pypdfium2 import raw

        matrix = self._matrix(index)
        scale = math.hypot(matrix.c, matrix.d) if matrix else 0.0
        return round(float(raw.FPDFText_GetFontSize(self._text.raw, index)) * scale, 1)

    def _matrix(self, index: int) -> Any:
        """From a character's own coordinates to the page's; None where it has none."""
        import ctypes

        from pypdfium2 import raw

        matrix = raw.FS_MATRIX()
        found = raw.FPDFText_GetMatrix(self._text.raw, index, ctypes.byref(matrix))
        return matrix if found else None

    def _is_bold(self, index: int) -> bool:
        import ctypes

        from pypdfium2 import raw

        if raw.FPDFText_GetFontWeight(self._text.raw, index) >= _BOLD_WEIGHT:
            return True
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        raw.FPDFText_GetFontInfo(self._text.raw, index, name, 128, flags)
        return b"bold" in name.value.lower() or bool(flags.value & _FORCED_BOLD)


def _characters(text: "PdfTextPage") -> str:
    """One character for each index of the page."""
    from pypdfium2 import raw

    count = text.count_chars()
    at_once = text.get_text_range() if count > 0 else ""
    if len(at_once) == count:
        return at_once
    codes = (raw.FPDFText_GetUnicode(text.raw, index) for index in range(count))
    return "".join(
        chr(code) if 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd" for code in codes
    )


def _line_ranges(characters: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _LINE_END.finditer(characters):
        yield start, end.start()
        start = end.end()
    yield start, len(characters)


def _has_gap(rectangles: Sequence[Box], size: float) -> bool:
    neighbours = pairwise(rectangles)
    return any(after[0] - before[2] > _CELL_GAP * size for before, after in neighbours)


def _rows_told_apart(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """The lines, tabs only in those whose cells stand below or above others: between the words of a
    justified line there may be as much room as between cells.
    """
    around = [None, *lines, None]
    neighbours = zip(around, lines, around[2:], strict=False)
    return [
        line
        if not line.cells or any(each and _is_aligned(line, each) for each in (above, below))
        else replace(line, text=line.text.replace("\t", " "), cells=())
        for above, line, below in neighbours
    ]


def _is_aligned(line: PdfLine, other: PdfLine) -> bool:
    near = _ALIGNED * line.size
    left = [any(abs(x - x0) < near for x0, _ in other.cells[1:]) for x, _ in line.cells[1:]]
    # The last one ends at the right edge of a justified column too.
    right = [any(abs(x - x1) < near for _, x1 in other.cells[:-1]) for _, x in line.cells[1:-1]]
    matched = sum(one or two for one, two in zip(left, [*right, False], strict=True))
    return matched > 0 and 2 * matched >= len(left)


def _cleaned(raw: str, start: int, end: int, tabs: frozenset[int]) -> tuple[str, Sequence[int]]:
    """The text with single spaces, tabs between cells, ligatures taken apart, and nothing that has
    no form.
    """
    if not tabs and not _UNCLEAN.search(raw, start, end):
        return raw[start:end], range(start, end)
    chars: list[str] = []
    indexes: list[int] = []
    for index in range(start, end):
        char = raw[index]
        if index in tabs:
            if chars and chars[-1] == " ":
                chars[-1] = "\t"
            else:
                chars.append("\t")
                indexes.append(-1)
        if char.isspace():
            char = " "
            if not chars or chars[-1] in " \t":
                continue
        elif char in _SPLITS:
            if index + 1 < end:
                continue
            char = SPLIT_WORD
        elif char < " " or char in "\x7f\ufffd\ufeff":
            continue
        for part in _LIGATURES.get(char, char):
            chars.append(part)
            indexes.append(index)
    if indexes and indexes[-1] - indexes[0] + 1 == len(indexes) and -1 not in indexes:
        return "".join(chars), range(indexes[0], indexes[-1] + 1)
    return "".join(chars), tuple(indexes)
