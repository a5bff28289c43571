"""OpenDocument spreadsheets (.ods) into text: each sheet under its name, each row a sentence that
names its columns, cells as people see them. Hidden sheets are left out, and the document says so.
"""

from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from rag.errors import FileUnreadable
from rag.ingest.building import TextBuilder, one_line
from rag.ingest.office.elements import attribute, children, local, number
from rag.ingest.office.properties import open_document_properties
from rag.ingest.office.sheet_rows import MAX_CELLS
from rag.ingest.office.workbook import hidden_warning
from rag.ingest.open_document.cells import RowReader
from rag.ingest.open_document.package import open_package
from rag.ingest.packages import damaged
from rag.ingest.tables import Row, write_table
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element

KIND = "OpenDocument spreadsheet"
_MAX_REPEATS = 1_000
_MAX_ROW = 2**21


def parse_open_sheets(data: bytes, media_type: str) -> ParsedDocument:
    """The document in an .ods file.

    Raises:
        FileUnreadable: It is damaged, protected, too large, or no OpenDocument spreadsheet.
    """
    package = open_package(data, KIND)
    content = package.read("content.xml")
    if content is None:
        raise damaged(KIND)
    builder = TextBuilder()
    reader = _Reader(content)
    for name, rows in reader.sheets():
        first = next(rows, None)
        if first is None:
            continue
        builder.heading(name, 1)
        write_table(builder, _chained(first, rows), partial("{}, row {}".format, name))
    if builder.is_empty:
        raise FileUnreadable(f"The {KIND} holds no text in a visible sheet.")
    properties = open_document_properties(package)
    return builder.build(
        media_type,
        title=properties.title,
        heading_as_title=False,
        date=properties.date,
        metadata=properties.metadata,
        warnings=tuple(hidden_warning(reader.hidden)),
    )


def _chained(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


class _Reader:
    """Walks the content once, a row in memory at a time."""

    def __init__(self, content: bytes) -> None:
        from lxml import etree

        self.hidden: list[str] = []
        self._hidden_styles: set[str] = set()
        self._cells = 0
        self._syntax_error = etree.XMLSyntaxError
        self._events = etree.iterparse(
            BytesIO(content),
            events=("start", "end"),
            tag=("{*}style", "{*}table", "{*}table-row"),
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            remove_pis=True,
        )

    def sheets(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """The visible sheets by name, each to be read before the next."""
        for event, element in self._next_events():
            kind = local(element)
            if event == "end" and kind == "style":
                self._note_style(element)
            elif event == "start" and kind == "table":
                name = one_line(attribute(element, "name") or "")
                if attribute(element, "style-name") in self._hidden_styles:
                    self.hidden.append(name)
                else:
                    yield name, self._rows()

    def _rows(self) -> Iterator[Row]:
        """The rows with text up to the end of the sheet."""
        reader = RowReader()
        index = 1
        for event, element in self._next_events():
            if event == "start":
                continue
            if local(element) == "table":
                return
            repeated = number(attribute(element, "number-rows-repeated"), 1, most=_MAX_ROW)
            texts = reader.read(element, index)
            for offset in range(min(repeated, _MAX_REPEATS) if any(texts) else 0):
                self._count(len(texts))
                yield index + offset, texts
            index += repeated
            _clear(element)

    def _next_events(self) -> "Iterator[tuple[str, _Element]]":
        try:
            yield from self._events
        except self._syntax_error as exc:
            raise damaged(KIND) from exc

    def _note_style(self, style: "_Element") -> None:
        for properties in children(style, "table-properties"):
            if attribute(properties, "display") == "false":
                self._hidden_styles.add(attribute(style, "name") or "")

    def _count(self, cells: int) -> None:
        self._cells += cells
        if self._cells > MAX_CELLS:
            raise FileUnreadable(
                f"The {KIND} has more than {MAX_CELLS:,} cells: export the part that matters, as a"
                " CSV file."
            )


def _clear(element: "_Element") -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
