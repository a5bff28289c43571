"""Word documents (.docx) into text: paragraphs, headings, lists with the numbers that people see,
tables row by row, footnotes below the paragraph that points to them.

Left out is what is no part of the running text: headers and footers, comments, deleted and hidden
words. Pages are those that Word last laid out, and only where their number agrees with its own
count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from rag.errors import FileUnreadable
from rag.ingest.building import PAGE_BREAK, TextBuilder, one_line
from rag.ingest.dates import stated_date
from rag.ingest.lines import split_lines
from rag.ingest.office.elements import attribute, child, children, is_on, local, number, value_of
from rag.ingest.office.numbering import Numbering
from rag.ingest.office.properties import core_properties
from rag.ingest.office.word_styles import ParagraphStyle, Styles, list_of
from rag.ingest.office.word_text import Words, words_of
from rag.ingest.packages import Package, damaged
from rag.ingest.tables import write_table
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element

KIND = "Word document"
_MAX_CELL_CHARS = 1_000
_MAX_COLUMNS = 1_000
_BLOCK_WRAPPERS = frozenset(
    ["sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "AlternateContent", "Choice"]
)


def parse_word(data: bytes, media_type: str) -> ParsedDocument:
    """The document in a .docx file.

    Raises:
        FileUnreadable: It is damaged, protected, too large, or no Word document.
    """
    package = Package(data, KIND)
    main = next(
        (to for kind, to in package.relations("").values() if kind == "officeDocument"),
        "word/document.xml",
    )
    root = package.tree(main)
    body = None if root is None else child(root, "body")
    if body is None:
        raise damaged(KIND)
    writer = _Writer(package, main, body)
    writer.blocks(body)
    properties = core_properties(package)
    builder = writer.builder
    if builder.is_empty:
        raise FileUnreadable(
            "The Word document holds no text: if it is a picture of a page, save it as a PDF file"
            " and read it with OCR, or leave it out."
        )
    pages = number(_property(package, "Pages"))
    return builder.build(
        media_type,
        title=writer.title or properties.title,
        date=stated_date(split_lines(builder.head())) or properties.date,
        metadata=properties.metadata,
        pages=builder.page_count > 1 and builder.page_count == pages,
    )


def _property(package: Package, name: str) -> str | None:
    tree = package.tree("docProps/app.xml")
    found = None if tree is None else child(tree, name)
    return None if found is None else found.text


@dataclass(frozen=True, slots=True)
class _Cell:
    column: int
    span: int
    element: "_Element"
    paragraphs: "list[tuple[_Element | None, Words]]"
    continues: bool

    @property
    def text(self) -> str:
        return "\n".join(words.text for _, words in self.paragraphs)

    @property
    def is_bold(self) -> bool:
        return all(words.is_bold is not False for _, words in self.paragraphs)


class _Writer:
    """Walks one document's body and writes it into a builder."""

    def __init__(self, package: Package, main: str, body: "_Element") -> None:
        self.builder = TextBuilder()
        self._paragraph_tag = body.tag.replace("}body", "}p")
        self.title: str | None = None
        parts = dict(package.relations(main).values())
        self._styles = Styles(package.tree(parts.get("styles", "word/styles.xml")))
        self._numbering = Numbering(package.tree(parts.get("numbering", "word/numbering.xml")))
        self._notes = {
            kind: _notes(package.tree(parts.get(kind + "s", f"word/{kind}s.xml")), kind)
            for kind in ("footnote", "endnote")
        }
        self._note_numbers = {"footnote": count(1), "endnote": count(1)}
        self._tables = 0

    def blocks(self, container: "_Element", *, contents: bool = False) -> None:
        """Writes everything in a body, a cell or a text box."""
        for each in container:
            name = local(each)
            if name == "p":
                self._paragraph(each, contents)
            elif name == "tbl":
                self._table(each)
            elif name in _BLOCK_WRAPPERS:
                self.blocks(each, contents=contents or _is_contents(each))

    def _paragraph(self, paragraph: "_Element", contents: bool) -> None:
        properties = child(paragraph, "pPr")
        style = self._styles.of(properties)
        words = words_of(paragraph)
        text = self._labelled(properties, style, words)
        if style.is_hidden:
            return
        if style.level is not None and not contents:
            if style.is_title and self.title is None:
                self.title = one_line(text.replace(PAGE_BREAK, " ")) or None
            self.builder.heading(text, style.level)
        elif contents or style.is_contents:
            self.builder.paragraph(text, furniture=True)
        elif text != words.text:
            self.builder.item(text)
        else:
            self.builder.paragraph(text)
        for kind, note_id in words.notes:
            self._note(kind, note_id)
        for box in words.boxes:
            self.blocks(box)

    def _labelled(self, properties: "_Element | None", style: ParagraphStyle, words: Words) -> str:
        text = words.text
        if not text.strip():
            return text
        member = list_of(properties, style)
        label = self._numbering.label(*member) if member else ""
        if not label:
            return text
        breaks = len(text) - len(text.lstrip(PAGE_BREAK))
        return f"{text[:breaks]}{label} {text[breaks:].lstrip()}"

    def _note(self, kind: str, note_id: str) -> None:
        note = self._notes[kind].get(note_id)
        if note is None:
            return
        label = f"{'Note' if kind == 'footnote' else 'Endnote'} {next(self._note_numbers[kind])}"
        text = " ".join(words_of(each).text.strip() for each in children(note, "p"))
        if text.strip():
            self.builder.paragraph(f"{label}: {one_line(text.replace(PAGE_BREAK, ''))}")

    def _table(self, table: "_Element") -> None:
        self._tables += 1
        rows = [(row, list(self._cells(row))) for row in _rows(table)]
        if _is_layout(rows):
            for _, cells in rows:
                for cell in cells:
                    self.blocks(cell.element)
            return
        breaks = [
            max((cell.text.count(PAGE_BREAK) for cell in cells), default=0) for _, cells in rows
        ]
        number_of_table = self._tables

        def label(row: int) -> str:
            for _ in range(breaks[row - 1]):
                self.builder.page_break()
            return f"table {number_of_table}, row {row}"

        write_table(
            self.builder,
            self._grid([cells for _, cells in rows]),
            label,
            headers=_header_rows(rows),
            caption_level=0,
        )

    def _grid(self, rows: list[list[_Cell]]) -> Iterator[tuple[int, list[str]]]:
        """The texts by column; a cell that spans rows or columns stands in each of them."""
        above: dict[int, str] = {}
        for index, cells in enumerate(rows, 1):
            texts = [""] * max((cell.column + cell.span for cell in cells), default=0)
            for cell in cells:
                text = above.get(cell.column, "") if cell.continues else self._cell_text(cell)
                for column in range(cell.column, cell.column + cell.span):
                    texts[column] = above[column] = text
            yield index, texts

    def _cell_text(self, cell: _Cell) -> str:
        labelled = (
            self._labelled(properties, self._styles.of(properties), words)
            for properties, words in cell.paragraphs
        )
        return "\n".join(labelled).replace(PAGE_BREAK, "")

    def _cells(self, row: "_Element") -> Iterator[_Cell]:
        properties = child(row, "trPr")
        column = 0 if properties is None else number(value_of(properties, "gridBefore"), most=1000)
        for element in _unwrapped(row, "tc"):
            own = child(element, "tcPr")
            span = 1 if own is None else number(value_of(own, "gridSpan"), 1, most=_MAX_COLUMNS)
            merge = None if own is None else child(own, "vMerge")
            paragraphs = [
                (child(each, "pPr"), words_of(each)) for each in element.iter(self._paragraph_tag)
            ]
            continues = merge is not None and attribute(merge, "val") in (None, "continue")
            yield _Cell(column, span, element, paragraphs, continues)
            column += span
            if column > _MAX_COLUMNS:
                return


def _is_contents(element: "_Element") -> bool:
    gallery = value_of(element, "sdtPr", "docPartObj", "docPartGallery")
    return gallery is not None and "table of contents" in gallery.lower()


def _notes(tree: "_Element | None", kind: str) -> "dict[str, _Element]":
    if tree is None:
        return {}
    return {
        attribute(note, "id") or "": note
        for note in children(tree, kind)
        if attribute(note, "type") in (None, "normal")
    }


def _unwrapped(element: "_Element", name: str) -> "Iterator[_Element]":
    """The children of a name, also those inside content controls and marks of changes."""
    for each in element:
        if local(each) == name:
            yield each
        elif local(each) in _BLOCK_WRAPPERS:
            yield from _unwrapped(each, name)


def _rows(table: "_Element") -> "Iterator[_Element]":
    """Its rows without those whose deletion is recorded."""
    return (row for row in _unwrapped(table, "tr") if child(row, "trPr", "del") is None)


def _is_layout(rows: "list[tuple[_Element, list[_Cell]]]") -> bool:
    """Whether a table only arranges text on the page."""
    return max((len(cells) for _, cells in rows), default=0) < 2 or any(
        len(cell.text) > _MAX_CELL_CHARS or next(cell.element.iter("{*}tbl"), None) is not None
        for _, cells in rows
        for cell in cells
    )


def _header_rows(rows: "list[tuple[_Element, list[_Cell]]]") -> int | None:
    marked = 0
    for row, _ in rows:
        if not is_on(row, "trPr", "tblHeader"):
            break
        marked += 1
    if marked:
        return marked
    bold = [all(cell.is_bold for cell in cells) and bool(cells) for _, cells in rows[:2]]
    return 1 if bold == [True, False] and len(rows[0][1]) > 1 else None
