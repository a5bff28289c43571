"""The rows of OpenDocument tables, in texts and spreadsheets alike, as the text that cells show."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.ingest.building import PAGE_BREAK
from rag.ingest.office.elements import attribute, local, number
from rag.ingest.open_document.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

MAX_COLUMNS = 16_384
_CELLS = ("table-cell", "covered-table-cell")
_PARAGRAPHS = ("p", "h")
_INNER = ("list", "list-item", "list-header", "section")


def cells_of(row: "_Element") -> "Iterator[_Element]":
    """The cells of a row, those under a spanning one too."""
    return (each for each in row if local(each) in _CELLS)


def cell_text(cell: "_Element") -> str:
    """What a cell shows, a line for each paragraph; comments and shapes are left out."""
    return "\n".join(filter(None, _paragraphs(cell)))


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one table in order. A cell that spans others stands in each of them."""

    _carried: list[tuple[int, int, int, str]] = field(default_factory=list)

    def read(self, row: "_Element", index: int) -> list[str]:
        """The texts by column.

        Args:
            row: A `table:table-row` element.
            index: Its number; those of later rows are higher.
        """
        texts: list[str] = []
        position = 0
        for cell in cells_of(row):
            repeated = number(attribute(cell, "number-columns-repeated"), 1, most=MAX_COLUMNS)
            text = "" if local(cell).startswith("covered") else _shown(cell)
            if text and position < MAX_COLUMNS:
                texts.extend([""] * (position - len(texts)))
                texts.extend([text] * min(repeated, MAX_COLUMNS - position))
                self._note_span(cell, position, index, text)
            position += repeated
        for first, last, _, text in self._carried:
            texts.extend([""] * (last + 1 - len(texts)))
            texts[first : last + 1] = [text] * (last + 1 - first)
        self._carried = [each for each in self._carried if each[2] > index]
        return texts

    def _note_span(self, cell: "_Element", column: int, index: int, text: str) -> None:
        columns = number(attribute(cell, "number-columns-spanned"), 1, most=MAX_COLUMNS)
        rows = number(attribute(cell, "number-rows-spanned"), 1, most=10_000)
        if max(columns, rows) > 1:
            last = min(MAX_COLUMNS, column + max(1, columns)) - 1
            self._carried.append((column, last, index + max(1, rows) - 1, text))


def _shown(cell: "_Element") -> str:
    text = cell_text(cell)
    if text:
        return text
    # Some programs write the value alone.
    value = attribute(cell, "string-value") or attribute(cell, "date-value")
    return value or attribute(cell, "value") or ""


def _paragraphs(element: "_Element") -> "Iterator[str]":
    for each in element:
        name = local(each)
        if name in _PARAGRAPHS:
            yield words_of(each).text.strip().replace(PAGE_BREAK, "")
        elif name in _INNER:
            yield from _paragraphs(each)
