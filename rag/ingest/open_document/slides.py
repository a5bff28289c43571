"""OpenDocument presentations (.odp) into text: slide by slide the title, the texts of the shapes,
the tables row by row, and the speaker's notes. What every slide repeats is left out.
"""

from typing import TYPE_CHECKING

from rag.errors import FileUnreadable
from rag.ingest.building import TextBuilder, one_line
from rag.ingest.office.elements import attribute, children, descendants, local
from rag.ingest.office.properties import open_document_properties
from rag.ingest.open_document.package import body_of, open_package
from rag.ingest.open_document.text import BlockWriter
from rag.ingest.open_document.words import words_of
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element

KIND = "OpenDocument presentation"
_REPEATED = ("footer", "header", "date-time", "page-number", "page")


def parse_open_slides(data: bytes, media_type: str) -> ParsedDocument:
    """The document in an .odp file.

    Raises:
        FileUnreadable: It is damaged, protected, too large, or no OpenDocument presentation.
    """
    package = open_package(data, KIND)
    root, body = body_of(package, "presentation", KIND)
    builder = TextBuilder()
    writer = _SlideWriter(builder, BlockWriter(builder, root, package.tree("styles.xml")))
    for index, page in enumerate(children(body, "page"), 1):
        writer.write(page, f"slide {index}")
    if builder.is_empty:
        raise FileUnreadable(
            f"The {KIND} holds no text: if its slides are pictures, save it as a PDF file and read"
            " it with OCR, or leave it out."
        )
    properties = open_document_properties(package)
    return builder.build(
        media_type,
        title=properties.title,
        date=properties.date,
        metadata=properties.metadata,
    )


class _SlideWriter:
    def __init__(self, builder: TextBuilder, blocks: BlockWriter) -> None:
        self._builder = builder
        self._blocks = blocks

    def write(self, page: "_Element", label: str) -> None:
        """Writes a `draw:page` element as the slide with a label."""
        self._builder.place(label)
        titles = [shape for shape in page if attribute(shape, "class") == "title"]
        words = (words_of(each).text for shape in titles for each in descendants(shape, "p"))
        self._builder.heading(one_line(" ".join(words)), 1)
        for shape in page:
            if local(shape) == "notes":
                self._notes(shape, f"{label}, notes")
            elif shape not in titles:
                self._shape(shape, label)
        self._builder.place(None)

    def _shape(self, shape: "_Element", label: str) -> None:
        if attribute(shape, "class") in _REPEATED:
            return
        name = local(shape)
        if name == "g":
            for each in shape:
                self._shape(each, label)
        elif name == "frame":
            for each in shape:
                if local(each) == "table":
                    self._blocks.table(each, label)
                elif local(each) == "text-box":
                    self._blocks.blocks(each)
        else:
            self._blocks.blocks(shape)

    def _notes(self, notes: "_Element", label: str) -> None:
        self._builder.place(label)
        for frame in children(notes, "frame"):
            if attribute(frame, "class") == "notes":
                for box in children(frame, "text-box"):
                    self._blocks.blocks(box)
