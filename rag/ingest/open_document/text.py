"""OpenDocument texts into text: paragraphs, headings, lists with their numbers, tables row by row,
footnotes below the paragraph that points to them.

Left out are headers and footers, comments, and what was deleted while changes were recorded. Pages
are those of the last layout, where their number agrees with the document's own count.
"""

from typing import TYPE_CHECKING

from rag.errors import FileUnreadable
from rag.ingest.building import PAGE_BREAK, TextBuilder, one_line
from rag.ingest.dates import stated_date
from rag.ingest.lines import split_lines
from rag.ingest.office.elements import attribute, child, children, descendants, local, number
from rag.ingest.office.properties import open_document_properties
from rag.ingest.open_document.cells import RowReader, cell_text, cells_of
from rag.ingest.open_document.lists import Counter, list_styles, outline_style
from rag.ingest.open_document.package import body_of, open_package, page_count
from rag.ingest.open_document.words import Words, note_words, words_of
from rag.ingest.tables import write_table
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

KIND = "OpenDocument text"
_MAX_CELL_CHARS = 1_000
_WRAPPERS = frozenset(("section", "index-body", "index-title", "text-box", "g", "page", "frame"))
_SHAPES = frozenset(("custom-shape", "rect", "ellipse", "polygon", "path", "line"))
_HIDDEN_PARTS = frozenset(("tracked-changes", "forms", "sequence-decls", "variable-decls"))


def parse_open_text(data: bytes, media_type: str) -> ParsedDocument:
    """The document in an .odt file.

    Raises:
        FileUnreadable: It is damaged, protected, too large, or no OpenDocument text.
    """
    package = open_package(data, KIND)
    root, body = body_of(package, "text", KIND)
    builder = TextBuilder()
    writer = BlockWriter(builder, root, package.tree("styles.xml"))
    writer.blocks(body)
    if builder.is_empty:
        raise FileUnreadable(
            f"The {KIND} holds no text: if it is a picture of a page, save it as a PDF file and"
            " read it with OCR, or leave it out."
        )
    properties = open_document_properties(package)
    return builder.build(
        media_type,
        title=writer.title or properties.title,
        date=stated_date(split_lines(builder.head())) or properties.date,
        metadata=properties.metadata,
        pages=builder.page_count > 1 and builder.page_count == page_count(package),
    )


class BlockWriter:
    """Writes paragraphs, lists, tables and text boxes into a builder."""

    def __init__(
        self, builder: TextBuilder, root: "_Element", styles: "_Element | None" = None
    ) -> None:
        self.title: str | None = None
        self._builder = builder
        self._list_styles = list_styles(styles, root)
        self._outline = Counter(outline_style(styles))
        self._parents = {
            attribute(style, "name") or "": attribute(style, "parent-style-name") or ""
            for style in descendants(root, "style")
        }
        self._counters: dict[str, Counter] = {}
        self._tables = 0

    def blocks(self, container: "_Element", *, contents: bool = False) -> None:
        """Writes everything right below an element."""
        for each in container:
            name = local(each)
            if name == "p":
                self._paragraph(each, contents)
            elif name == "h":
                self._heading(each, self._outline_label(each), contents)
            elif name == "list":
                self._list(each, 1, None, contents)
            elif name == "table":
                self.table(each)
            elif name == "soft-page-break":
                self._builder.page_break()
            elif name in _WRAPPERS or name in _SHAPES:
                self.blocks(each, contents=contents)
            elif name not in _HIDDEN_PARTS and name.endswith(
                ("-index", "-content", "bibliography")
            ):
                self.blocks(each, contents=True)

    def table(self, table: "_Element", place: str | None = None) -> None:
        """Writes a table; its rows stand at a place of their own, or at one that is given."""
        self._tables += 1
        rows = list(_rows(table))
        if _is_layout(rows):
            for row in rows:
                for cell in cells_of(row):
                    self.blocks(cell)
            return
        label = f"table {self._tables}"
        reader = RowReader()
        head = child(table, "table-header-rows")
        write_table(
            self._builder,
            ((index, reader.read(row, index)) for index, row in enumerate(rows, 1)),
            lambda row: place or f"{label}, row {row}",
            headers=None if head is None else sum(1 for _ in children(head, "table-row")),
            caption_level=0,
        )

    def _paragraph(self, element: "_Element", contents: bool, label: str = "") -> None:
        words = words_of(element)
        style = attribute(element, "style-name") or ""
        if "Title" in (style, self._parents.get(style)):
            self._heading(element, label, contents, is_title=True)
            return
        if contents:
            self._builder.paragraph(words.text, furniture=True)
        elif label and words.text.strip():
            self._builder.item(f"{label} {words.text.lstrip()}")
        else:
            self._builder.paragraph(words.text)
        self._attached(words)

    def _heading(
        self, element: "_Element", label: str, contents: bool, *, is_title: bool = False
    ) -> None:
        words = words_of(element)
        text = one_line(words.text.replace(PAGE_BREAK, " "))
        if contents or not text:
            self._builder.paragraph(text, furniture=True)
            return
        text = f"{label} {text}" if label else text
        if is_title:
            self.title = self.title or text
        self._builder.heading(text, number(attribute(element, "outline-level"), 1, most=9))
        self._attached(words)

    def _outline_label(self, heading: "_Element") -> str:
        level = number(attribute(heading, "outline-level"), 1, most=9)
        if attribute(heading, "is-list-header") == "true":
            return ""
        label = self._outline.label(level)
        return "" if label == "-" else label

    def _attached(self, words: Words) -> None:
        for note in words.notes:
            mark, text = note_words(note)
            if text.strip():
                self._builder.paragraph(f"Note {mark}: {one_line(text)}")
        for shape in words.shapes:
            self.blocks(shape)

    def _list(
        self, element: "_Element", level: int, counter: Counter | None, contents: bool
    ) -> None:
        counter = counter or self._counter(element)
        for item in element:
            name = local(item)
            is_first = name == "list-item"
            for each in item:
                kind = local(each)
                if kind == "list":
                    own = attribute(each, "style-name")
                    inner = None if own and own in self._list_styles else counter
                    self._list(each, level + 1, inner, contents)
                elif kind in ("p", "h"):
                    start = number(attribute(item, "start-value")) or None
                    label = counter.label(level, start) if is_first else ""
                    is_first = False
                    if kind == "h":
                        self._heading(each, label.removeprefix("-"), contents)
                    else:
                        self._paragraph(each, contents, label)
                elif kind == "soft-page-break":
                    self._builder.page_break()

    def _counter(self, element: "_Element") -> Counter:
        style = attribute(element, "style-name") or ""
        goes_on = (
            attribute(element, "continue-numbering") == "true"
            or attribute(element, "continue-list") is not None
        )
        if not (goes_on and style in self._counters):
            self._counters[style] = Counter(self._list_styles.get(style))
        return self._counters[style]


def _rows(table: "_Element") -> "Iterator[_Element]":
    for each in table:
        name = local(each)
        if name == "table-row":
            yield each
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows(each)


def _is_layout(rows: "list[_Element]") -> bool:
    """Whether a table only arranges text on the page."""
    cells = [cell for row in rows for cell in cells_of(row)]
    return len(cells) == len(rows) or any(
        next(descendants(cell, "table"), None) is not None or len(cell_text(cell)) > _MAX_CELL_CHARS
        for cell in cells
    )
