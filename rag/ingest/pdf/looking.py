"""What is asked of a PDF file after it was read: a picture of a page, and where quoted words stand
on theirs. Each question is plain data that can be sent to another process and asked there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.ingest.pdf.boxes import Box
from rag.ingest.pdf.building import PdfTextBuilder
from rag.ingest.pdf.opening import opened, page_of
from rag.ingest.pdf.options import OcrOptions
from rag.ingest.pdf.page_lines import PageText
from rag.ingest.pdf.reading import PageRead, build, read_pages
from rag.ingest.pdf.recognition import Recogniser
from rag.ingest.pdf.repeated import REACH

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument


@dataclass(frozen=True, slots=True)
class PageSpan:
    """A quote's part on one page.

    Attributes:
        page: From 1.
        start: In characters behind the start of the page's text.
        text: The part, as the document's text has it.
    """

    page: int
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class PageBoxes:
    """Where words stand on a page.

    Attributes:
        page: From 1.
        width: Of the page as it is shown, in points.
        height: In points.
        boxes: One for each line, from top to bottom of each column; none where the words could not
            be found again.
    """

    page: int
    width: float
    height: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class QuoteBoxes:
    """Where the words of a quote stand, and how many pages there are."""

    page_count: int
    pages: tuple[PageBoxes, ...]


@dataclass(frozen=True, slots=True)
class AskPicture:
    """A picture of a page, as PNG of at most `width_px` pixels across."""

    page: int
    width_px: int

    def __call__(self, data: bytes) -> bytes | None:
        """The picture; None where there is no such page, or it is damaged.

        Raises:
            FileUnreadable: The file cannot be read.
        """
        from rag.ingest.pdf.pictures import png

        with opened(data) as document:
            if not 1 <= self.page <= len(document):
                return None
            with page_of(document, self.page) as page:
                return None if page is None else png(page, width_px=self.width_px)


@dataclass(frozen=True, slots=True)
class AskBoxes:
    """Where quoted words stand.

    Attributes:
        spans: Parts of the quote on consecutive pages.
        ocr: How the file's pages without text were read.
    """

    spans: tuple[PageSpan, ...]
    ocr: OcrOptions | None = None

    def __call__(self, data: bytes) -> QuoteBoxes:
        """
        Raises:
            FileUnreadable: The file cannot be read.
        """
        with opened(data) as document:
            count = len(document)
            wanted = [span for span in self.spans if 1 <= span.page <= count]
            if not wanted:
                return QuoteBoxes(count, ())
            recogniser = Recogniser(self.ocr) if self.ocr else None
            built, first = self._built(document, wanted, recogniser)
            pages = [_boxes(document, span, built, first, recogniser) for span in wanted]
            return QuoteBoxes(count, tuple(pages))

    def _built(
        self, document: "PdfDocument", wanted: Sequence[PageSpan], recogniser: Recogniser | None
    ) -> tuple[PdfTextBuilder, int]:
        """The text of all that the wanted pages depend on, and the number of its first page."""
        count = len(document)
        first = max(1, wanted[0].page - 1 - REACH)
        last = min(count, wanted[-1].page + 1 + REACH)
        numbers = {span.page for span in wanted}

        def pages() -> Iterator[PageRead]:
            for number in range(first, last + 1):
                read_picture = recogniser if number in numbers else None
                yield from read_pages(document, (number,), read_picture)

        return build(pages(), count, keeps_origins=True), first


def _boxes(
    document: "PdfDocument",
    span: PageSpan,
    built: PdfTextBuilder,
    first: int,
    recogniser: Recogniser | None,
) -> PageBoxes:
    start = built.page_starts[span.page - first] + span.start
    end = start + len(span.text)
    with page_of(document, span.page) as page:
        if page is None:
            return PageBoxes(span.page, 0.0, 0.0, ())
        width, height = page.get_size()
        if built.text[start:end] != span.text:
            return PageBoxes(span.page, width, height, ())
        origins = built.origins[start:end]
        indexes = [index for on, index in origins if on == span.page and index >= 0]
        if recogniser is not None and span.page in recogniser.words:
            found = tuple(recogniser.boxes(span.page, indexes))
        else:
            text = PageText(page)
            found = tuple(text.boxes(indexes))
            text.close()
    return PageBoxes(span.page, width, height, tuple(map(_rounded, found)))


def _rounded(box: Box) -> Box:
    left, top, right, bottom = (round(side, 2) for side in box)
    return left, top, right, bottom
