"""PowerPoint presentations into text: slide by slide the title, the texts of the shapes, the tables
row by row, the numbers behind charts, and the speaker's notes.

Left out is what every slide repeats: numbers, dates and footers. Slides that are hidden while a
show runs are read like the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.errors import FileUnreadable
from rag.ingest.building import TextBuilder, one_line
from rag.ingest.office.charts import chart_rows, diagram_lines
from rag.ingest.office.elements import attribute, child, children, descendants, local
from rag.ingest.office.properties import core_properties
from rag.ingest.packages import Package, damaged
from rag.ingest.tables import write_table
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element

KIND = "PowerPoint presentation"
_TITLES = ("title", "ctrTitle")
_REPEATED = ("sldNum", "dt", "ftr", "hdr", "sldImg")
_LISTS = (None, "body", "obj")
_CHARACTERS = {"br": "\n", "tab": "\t"}


@dataclass(frozen=True, slots=True)
class _Slide:
    number: int
    part: str
    root: "_Element"


def parse_slides(data: bytes, media_type: str) -> ParsedDocument:
    """The document in a .pptx file.

    Raises:
        FileUnreadable: It is damaged, protected, too large, or no PowerPoint presentation.
    """
    package = Package(data, KIND)
    builder = TextBuilder()
    first_title: str | None = None
    for slide in _slides(package):
        title = _Writer(package, slide, builder).write()
        first_title = first_title or title
    if builder.is_empty:
        raise FileUnreadable(
            f"The {KIND} holds no text: if its slides are pictures, save it as a PDF file and read"
            " it with OCR, or leave it out."
        )
    properties = core_properties(package)
    return builder.build(
        media_type,
        title=properties.title or first_title,
        date=properties.date,
        metadata=properties.metadata,
    )


def _slides(package: Package) -> Iterator[_Slide]:
    main = next(
        (to for kind, to in package.relations("").values() if kind == "officeDocument"),
        "ppt/presentation.xml",
    )
    root = package.tree(main)
    if root is None:
        raise damaged(KIND)
    relations = package.relations(main)
    listed = child(root, "sldIdLst")
    entries = () if listed is None else children(listed, "sldId")
    for number, entry in enumerate(entries, 1):
        relation_id = next(
            (str(value) for key, value in entry.attrib.items() if key.endswith("}id")), ""
        )
        kind, part = relations.get(relation_id, ("", ""))
        slide = package.tree(part) if kind == "slide" else None
        if slide is not None:
            yield _Slide(number, part, slide)


class _Writer:
    """Writes one slide."""

    def __init__(self, package: Package, slide: _Slide, builder: TextBuilder) -> None:
        self._package = package
        self._slide = slide
        self._relations = package.relations(slide.part)
        self._builder = builder
        self._label = f"slide {slide.number}"

    def write(self) -> str | None:
        """Writes the slide, and gives its title."""
        self._builder.place(self._label)
        shapes = list(_shapes(self._slide.root))
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
        title = one_line(" ".join(words for shape in titles for words in _paragraphs(shape)))
        self._builder.heading(title, 1)
        for shape in shapes:
            if _placeholder(shape) not in (*_TITLES, *_REPEATED):
                self._shape(shape)
        self._notes()
        self._builder.place(None)
        return title or None

    def _shape(self, shape: "_Element") -> None:
        name = local(shape)
        if name == "sp":
            self._texts(shape)
        elif name == "graphicFrame":
            for table in descendants(shape, "tbl"):
                self._table(table)
            for frame in descendants(shape, "graphicData"):
                self._graphic(frame)

    def _texts(self, shape: "_Element") -> None:
        paragraphs = [words for words in _paragraphs(shape) if words.strip()]
        is_list = _is_placeholder(shape) and _placeholder(shape) in _LISTS and len(paragraphs) > 1
        for words in paragraphs:
            if is_list:
                self._builder.item(f"- {words.strip()}")
            else:
                self._builder.paragraph(words)

    def _table(self, table: "_Element") -> None:
        rows = []
        above: dict[int, str] = {}
        for index, row in enumerate(children(table, "tr"), 1):
            cells: list[str] = []
            for column, cell in enumerate(children(row, "tc")):
                text = "\n".join(_paragraphs(cell))
                if attribute(cell, "hMerge") in ("1", "true"):
                    text = cells[-1] if cells else ""
                elif attribute(cell, "vMerge") in ("1", "true"):
                    text = above.get(column, "")
                above[column] = text
                cells.append(text)
            rows.append((index, cells))
        properties = child(table, "tblPr")
        first_row = None if properties is None else attribute(properties, "firstRow")
        headers = 1 if first_row in ("1", "true") and len(rows) > 1 else None
        write_table(self._builder, rows, lambda _: self._label, headers=headers, caption_level=0)

    def _graphic(self, frame: "_Element") -> None:
        for each in frame:
            for key, value in each.attrib.items():
                kind, part = self._relations.get(str(value), ("", ""))
                if key.endswith("}id") and kind == "chart":
                    write_table(
                        self._builder,
                        chart_rows(self._package.tree(part)),
                        lambda _: self._label,
                        headers=1,
                        caption_level=0,
                    )
                elif key.endswith("}dm") and kind == "diagramData":
                    for line in diagram_lines(self._package.tree(part)):
                        self._builder.item(f"- {line}")

    def _notes(self) -> None:
        part = next((to for kind, to in self._relations.values() if kind == "notesSlide"), None)
        notes = self._package.tree(part) if part else None
        if notes is None:
            return
        self._builder.place(f"{self._label}, notes")
        for shape in _shapes(notes):
            if _placeholder(shape) == "body":
                for words in _paragraphs(shape):
                    self._builder.paragraph(words)


def _shapes(root: "_Element") -> "Iterator[_Element]":
    """The shapes of a slide in the order in which they are read aloud, those in groups too."""
    tree = child(root, "cSld", "spTree")
    return iter(()) if tree is None else _in_group(tree)


def _in_group(group: "_Element") -> "Iterator[_Element]":
    for each in group:
        name = local(each)
        if name in ("sp", "graphicFrame"):
            yield each
        elif name == "grpSp":
            yield from _in_group(each)
        elif name == "AlternateContent" and len(each):
            yield from _in_group(each[0])


def _is_placeholder(shape: "_Element") -> bool:
    return child(shape, "nvSpPr", "nvPr", "ph") is not None


def _placeholder(shape: "_Element") -> str | None:
    """What the layout means a shape for, as `title`; None for content of any kind."""
    found = child(shape, "nvSpPr", "nvPr", "ph")
    return None if found is None else attribute(found, "type")


def _paragraphs(shape: "_Element") -> Iterator[str]:
    body = child(shape, "txBody")
    for paragraph in () if body is None else children(body, "p"):
        parts = []
        for each in paragraph:
            name = local(each)
            if name in ("r", "fld"):
                text = child(each, "t")
                parts.append("" if text is None else text.text or "")
            elif name in _CHARACTERS:
                parts.append(_CHARACTERS[name])
            elif name not in ("pPr", "endParaRPr"):
                parts.extend(text.text or "" for text in descendants(each, "t"))
        yield "".join(parts).replace("\v", "\n")
