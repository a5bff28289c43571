"""The rows of one worksheet, one in memory at a time, as the text that its cells show."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from rag.errors import FileUnreadable
from rag.ingest.office.elements import descendants, local, number
from rag.ingest.office.number_formats import Show, general
from rag.ingest.packages import damaged

if TYPE_CHECKING:
    from lxml.etree import _Element

KIND = "Excel workbook"
MAX_COLUMNS = 16_384
MAX_CELLS = 5_000_000
"""Of one sheet; more are no table that anybody reads."""

_MAX_MERGED_CELLS = 100_000
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})"')
_DIGITS = "0123456789"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(slots=True)
class Sheet:
    """A worksheet's XML and what its cells refer to.

    Attributes:
        data: The XML of the sheet.
        strings: The workbook's shared strings.
        formats: What shows a number, by the style of its cell.
        uncached: Formulas without a stored value that were passed; counted while rows are read.
    """

    data: bytes
    strings: Sequence[str]
    formats: Sequence[Show]
    uncached: int = 0
    _merges: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    _carried: list[tuple[int, int, int, str]] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Number, from 1, and cells of each row that the file has. Of cells that are merged each
        shows the text of the first.

        Raises:
            FileUnreadable: The XML is damaged, or there are too many cells.
        """
        from lxml import etree

        self._merges = _merges(self.data)
        before = cells_seen = 0
        parsing = etree.iterparse(
            BytesIO(self.data),
            tag="{*}row",
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            remove_pis=True,
        )
        try:
            for _, element in parsing:
                before = number(element.get("r"), before + 1, most=2**21)
                cells = self._cells(element)
                cells_seen += len(cells)
                _clear(element)
                self._merge(before, cells)
                if cells_seen > MAX_CELLS:
                    raise FileUnreadable(
                        f"A sheet of the {KIND} has more than {MAX_CELLS:,} cells: export the part"
                        " that matters, as a CSV file."
                    )
                yield before, cells
        except etree.XMLSyntaxError as exc:
            raise damaged(KIND) from exc

    def _cells(self, row: "_Element") -> list[str]:
        space = row.tag.removesuffix("row")
        value_tag, formula_tag, inline_tag = space + "v", space + "f", space + "is"
        cells: list[str] = []
        for cell in row.iterchildren(space + "c"):
            reference = cell.get("r")
            column = _column(reference.rstrip(_DIGITS)) if reference else len(cells)
            text = value = ""
            has_formula = False
            for each in cell:
                tag = each.tag
                if tag == value_tag:
                    value = each.text or ""
                elif tag == formula_tag:
                    has_formula = True
                elif tag == inline_tag:
                    text = rich_text(each)
            if value:
                text = self._shown(cell.get("t", "n"), value, cell.get("s"))
            elif has_formula:
                self.uncached += 1
            if text and len(cells) <= column < MAX_COLUMNS:
                cells.extend([""] * (column - len(cells)))
                cells.append(text)
        return cells

    def _shown(self, kind: str, value: str, style: str | None) -> str:
        if kind == "s":
            index = number(value, MAX_CELLS, most=MAX_CELLS)
            return self.strings[index] if index < len(self.strings) else ""
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind == "str":
            return _unescaped(value)
        if kind in ("e", "d"):
            return value
        try:
            amount = float(value)
        except ValueError:
            return value
        index = number(style) if style else 0
        show = self.formats[index] if index < len(self.formats) else general
        return show(amount) if abs(amount) < 1e300 else value

    def _merge(self, row: int, cells: list[str]) -> None:
        """Repeats the first of merged cells in the others."""
        for first, last, bottom in self._merges.pop(row, ()):
            if first < len(cells) and cells[first]:
                self._carried.append((first, last, bottom, cells[first]))
        for first, last, _, text in self._carried:
            cells.extend([""] * (last + 1 - len(cells)))
            cells[first : last + 1] = [text] * (last + 1 - first)
        self._carried = [each for each in self._carried if each[2] > row]


def rich_text(element: "_Element") -> str:
    """The text of a string with formats inside, without its reading aid."""
    if len(element) == 1 and local(element[0]) == "t":
        return _unescaped(element[0].text or "")
    parts = [
        text.text or "" for text in descendants(element, "t") if local(text.getparent()) != "rPh"
    ]
    return _unescaped("".join(parts))


def _unescaped(words: str) -> str:
    if "_x" not in words:
        return words
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), words)


@lru_cache(maxsize=MAX_COLUMNS)
def _column(letters: str) -> int:
    """The number of a column, from 0; -1 for what is none."""
    column = 0
    for char in letters[:4]:
        if not "A" <= char <= "Z":
            return -1
        column = column * 26 + ord(char) - 64
    return column - 1


def _merges(data: bytes) -> dict[int, list[tuple[int, int, int]]]:
    """By first row: first and last column (from 0) and last row of merged cells."""
    merged: dict[int, list[tuple[int, int, int]]] = {}
    cells_left = _MAX_MERGED_CELLS
    for match in _MERGE.finditer(data):
        start, end = match[1].decode(), match[2].decode()
        first, last = _column(start.rstrip(_DIGITS)), _column(end.rstrip(_DIGITS))
        top, bottom = _row(start), _row(end)
        cells_left -= max(0, (last - first + 1) * (bottom - top + 1))
        if cells_left < 0 or last >= MAX_COLUMNS:
            break
        if first <= last and top <= bottom:
            merged.setdefault(top, []).append((first, last, bottom))
    return merged


def _row(reference: str) -> int:
    return int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def _clear(element: "_Element") -> None:
    """Frees a row that was read, and the emptied ones before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
