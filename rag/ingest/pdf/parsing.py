"""A PDF file into a document."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from embeddings.base import CharSpan
from rag.errors import FileUnreadable
from rag.ingest.dates import stated_date
from rag.ingest.lines import split_lines
from rag.ingest.pdf.building import ROW_END
from rag.ingest.pdf.opening import opened
from rag.ingest.pdf.options import OcrOptions
from rag.ingest.pdf.outline import bookmarks, headings, title
from rag.ingest.pdf.reading import PageRead, build, read_pages
from rag.ingest.pdf.recognition import Recogniser
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdfium2 import PdfDocument

_HEAD_CHARS = 4_000
_MOST_NAMED = 10
_PDF_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")


def parse_pdf(data: bytes, media_type: str, ocr: OcrOptions | None) -> ParsedDocument:
    """The document that a PDF file holds.

    Raises:
        FileUnreadable: It is no PDF, is damaged or locked, or holds no text.
    """
    recogniser = Recogniser(ocr) if ocr else None
    pictures: list[int] = []
    with opened(data) as document:
        count = len(document)
        pages = read_pages(document, range(1, count + 1), recogniser)
        built = build(_noting(pages, pictures), count)
        text = built.text
        if not any(char.isalnum() for char in text):
            raise _without_text(pictures, recogniser)
        stated = document.get_metadata_dict()
        marks = _bookmarks(document)
    unread = set(recogniser.unread) if recogniser else set()
    return ParsedDocument(
        text=text,
        media_type=media_type,
        title=title(stated.get("Title", ""), built, text),
        date=_date(stated, text),
        headings=headings(built, text, marks),
        verbatim=tuple(_joined(built.rows)),
        page_starts=tuple(built.page_starts),
        metadata=_metadata(stated, count),
        warnings=tuple(_warnings([each for each in pictures if each not in unread], ocr, unread)),
    )


def _noting(pages: Iterable[PageRead], pictures: list[int]) -> "Iterator[PageRead]":
    for page in pages:
        if page.is_picture:
            pictures.append(page.number)
        yield page


def _without_text(pictures: Sequence[int], recogniser: Recogniser | None) -> FileUnreadable:
    if not pictures:
        return FileUnreadable("It holds no text: its pages are empty.")
    if recogniser is None:
        return FileUnreadable(
            "It holds pictures of pages and no text; to have them read, run "
            "`pip install 'quoth[ocr]'` and set QUOTH_OCR=true."
        )
    if recogniser.unread:
        return FileUnreadable(
            "It holds pictures of pages, and there was no time to read them; raise "
            "QUOTH_PARSE_TIMEOUT_S."
        )
    return FileUnreadable("It holds pictures of pages, and Tesseract found no words on them.")


def _warnings(pictures: Sequence[int], ocr: OcrOptions | None, unread: set[int]) -> "Iterator[str]":
    if unread:
        yield (f"There was no time to read {_named(sorted(unread))}; raise QUOTH_PARSE_TIMEOUT_S.")
    if not pictures:
        return
    if ocr is None:
        yield (
            f"No text could be taken from {_named(pictures)}: pictures, perhaps scanned; to have "
            "them read, run `pip install 'quoth[ocr]'` and set QUOTH_OCR=true."
        )
    else:
        yield f"Tesseract found no words on {_named(pictures)}."


def _named(pages: Sequence[int]) -> str:
    """As `page 3` or `pages 3, 5–9 and 12`."""
    ranges: list[list[int]] = []
    for page in pages:
        if ranges and page == ranges[-1][1] + 1:
            ranges[-1][1] = page
        else:
            ranges.append([page, page])
    shown = [str(a) if a == b else f"{a}–{b}" for a, b in islice(ranges, _MOST_NAMED)]
    if len(ranges) > _MOST_NAMED:
        shown.append(f"others ({len(pages)} in all)")
    listed = " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
    return f"page {listed}" if len(pages) == 1 else f"pages {listed}"


def _bookmarks(document: "PdfDocument") -> tuple[tuple[int, int, str], ...]:
    from pypdfium2 import PdfiumError

    try:
        return bookmarks(document)
    except (PdfiumError, ValueError, UnicodeError):
        return ()


def _date(stated: dict[str, str], text: str) -> str | None:
    """The date at the head of the text, or else the one on which the file was made."""
    if found := stated_date(split_lines(text[:_HEAD_CHARS])):
        return found
    match = _PDF_DATE.match(stated.get("CreationDate", ""))
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        whole = date(int(year), int(month or 1), int(day or 1)).isoformat()
    except ValueError:
        return None
    return whole if day else whole[: 7 if month else 4]


def _metadata(stated: dict[str, str], count: int) -> dict[str, str]:
    author = " ".join(stated.get("Author", "").replace("\0", "").split())
    return {"pages": str(count), **({"author": author} if author else {})}


def _joined(rows: Sequence[CharSpan]) -> "Iterator[CharSpan]":
    """Spans over rows of the same table."""
    start: int | None = None
    last = 0
    for first, end in rows:
        if start is not None and first - last > len(ROW_END):
            yield start, last
            start = None
        start = first if start is None else start
        last = end
    if start is not None:
        yield start, last
