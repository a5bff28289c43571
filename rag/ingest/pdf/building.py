"""Puts the text of a PDF together, line by line, and keeps what is needed to find headings, tables
and the place of each character.
"""

from collections import Counter
from dataclasses import dataclass, field

from embeddings.base import CharSpan
from rag.ingest.pdf.flow import PlacedLine, continues
from rag.ingest.pdf.page_lines import SPLIT_WORD

PARAGRAPH_END = "\n\n"
ROW_END = "\n"

_LONGEST_HEADING = 150
_MOST_HEADING_LINES = 3


@dataclass(frozen=True, slots=True)
class ShortParagraph:
    """A paragraph that is short enough for a heading; `size` in points."""

    start: int
    end: int
    page: int
    size: float
    is_bold: bool


@dataclass(slots=True)
class PdfTextBuilder:
    """Grows a text by pages and their lines.

    Attributes:
        page_starts: Where each page begins that was added.
        rows: Spans of the rows of tables.
        short: What may be a heading.
        sizes: Characters by the size of their font, in half points.
        origins: For each character its page and its index there, -1 where it is on none; filled
            where `keeps_origins`.
    """

    keeps_origins: bool = False
    page_starts: list[int] = field(default_factory=list)
    rows: list[CharSpan] = field(default_factory=list)
    short: list[ShortParagraph] = field(default_factory=list)
    sizes: Counter[int] = field(default_factory=Counter)
    origins: list[tuple[int, int]] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _last: PlacedLine | None = None
    _paragraph_start: int = 0
    _lines: int = 0
    _is_bold: bool = True

    @property
    def text(self) -> str:
        """All of it, once `finish` was called."""
        return "".join(self._parts)

    def add_page(self, lines: list[PlacedLine], *, apart: bool = False) -> None:
        """Appends a page.

        Args:
            lines: In the order of reading.
            apart: Whether no paragraph runs over its borders.
        """
        words = "\n".join(each.line.text for each in lines)
        if apart:
            self._end_paragraph()
        for at, line in enumerate(lines):
            self._add_line(line, words)
            if at == 0:
                self.page_starts.append(self._length - len(line.line.text))
        if not lines:
            self.page_starts.append(self._length)
        if apart:
            self._end_paragraph()

    def finish(self) -> None:
        """Ends the last paragraph."""
        self._end_paragraph()

    def _add_line(self, line: PlacedLine, words: str) -> None:
        last = self._last
        if last is not None and continues(last, line, is_first=self._lines == 1):
            self._join(last, line, words)
        else:
            self._end_paragraph()
            if self._length:
                both_rows = bool(self.rows) and self.rows[-1][1] == self._length
                self._append(ROW_END if both_rows and line.line.is_row else PARAGRAPH_END)
            self._paragraph_start, self._lines, self._is_bold = self._length, 0, True
        self._append(line.line.text, line)
        self.sizes[round(2 * line.line.size)] += len(line.line.text)
        self._lines += 1
        self._is_bold &= line.line.is_bold
        self._last = line

    def _join(self, last: PlacedLine, line: PlacedLine, words: str) -> None:
        before = last.line.text
        if not before.endswith(SPLIT_WORD):
            self._append(" ")
            return
        head = before[:-1].rpartition(" ")[2]
        tail = line.line.text.partition(" ")[0].rstrip(".,;:!?)”\"'")
        self._drop_split(keeps_hyphen=bool(head and tail) and f"{head}-{tail}" in words)

    def _drop_split(self, *, keeps_hyphen: bool) -> None:
        self._parts[-1] = self._parts[-1][:-1] + ("-" if keeps_hyphen else "")
        if not keeps_hyphen:
            self._length -= 1
            # Pages without words that came since begin where the text ends now.
            for at in range(len(self.page_starts) - 1, -1, -1):
                if self.page_starts[at] <= self._length:
                    break
                self.page_starts[at] = self._length
            if self.keeps_origins:
                self.origins.pop()

    def _end_paragraph(self) -> None:
        last = self._last
        if last is None:
            return
        if self._parts[-1].endswith(SPLIT_WORD):
            self._drop_split(keeps_hyphen=True)
        start, end = self._paragraph_start, self._length
        if last.line.is_row:
            self.rows.append((start, end))
        elif end - start <= _LONGEST_HEADING and self._lines <= _MOST_HEADING_LINES:
            size = last.line.size
            self.short.append(ShortParagraph(start, end, last.page, size, self._is_bold))
        self._last = None

    def _append(self, text: str, line: PlacedLine | None = None) -> None:
        self._parts.append(text)
        self._length += len(text)
        if not self.keeps_origins:
            return
        if line is None:
            self.origins.extend([(0, -1)] * len(text))
        else:
            self.origins.extend((line.page, index) for index in line.line.indexes)
