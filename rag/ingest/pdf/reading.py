"""Reads a PDF page by page into text that is read as it was written, with bounded memory.

Invariants: the words of page n stand between `page_starts[n - 1]` and `page_starts[n]`. What a page
gives depends on it, the page before it and the `REACH` pages around only, so that the place of
every character can be found again from the file, and nothing of it need be kept. Running headers,
footers and page numbers are left out where they come back: they would cut the sentences that run
over the page.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from rag.ingest.pdf.building import PdfTextBuilder
from rag.ingest.pdf.flow import placed
from rag.ingest.pdf.opening import page_of
from rag.ingest.pdf.page_lines import PageText, PdfLine
from rag.ingest.pdf.repeated import REACH, EdgeKey, edge_keys, is_page_number, repeated

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

ReadPicture = Callable[["PdfPage", int], tuple[PdfLine, ...]]
"""Reads the words off a page that is a picture, given with its number."""

_SOME_LETTERS = re.compile(r"(?:[^\W_][\W_]*+){3}")


@dataclass(frozen=True, slots=True)
class PageRead:
    """What was found on a page.

    Attributes:
        lines: In the order of reading.
        is_picture: Whether something is drawn on it that no text could be taken from.
        was_recognised: Whether its lines were read off a picture.
    """

    number: int
    lines: tuple[PdfLine, ...] = ()
    is_picture: bool = False
    was_recognised: bool = False


def read_pages(
    document: "PdfDocument", numbers: Iterable[int], read_picture: ReadPicture | None = None
) -> Iterator[PageRead]:
    """Pages by their numbers from 1, one open at a time.

    Args:
        document: An open one.
        numbers: Of the pages.
        read_picture: For pages without text; None leaves them empty.
    """
    for number in numbers:
        with page_of(document, number) as page:
            yield PageRead(number) if page is None else _read(page, number, read_picture)


def build(pages: Iterable[PageRead], count: int, *, keeps_origins: bool = False) -> PdfTextBuilder:
    """The text of consecutive pages.

    Args:
        pages: In order.
        count: How many the whole document has.
        keeps_origins: As of `PdfTextBuilder`.
    """
    builder = PdfTextBuilder(keeps_origins)
    for page, left_out in _with_furniture(pages, count):
        lines = [line for at, line in enumerate(page.lines) if at not in left_out]
        builder.add_page(list(placed(lines, page.number)), apart=page.was_recognised)
    builder.finish()
    return builder


def _read(page: "PdfPage", number: int, read_picture: ReadPicture | None) -> PageRead:
    from pypdfium2 import raw

    text = PageText(page)
    try:
        if _SOME_LETTERS.search(text.characters) and not text.is_garbled:
            return PageRead(number, tuple(text.lines()))
    finally:
        text.close()
    if raw.FPDFPage_CountObjects(page.raw) <= 0:
        return PageRead(number)
    lines = read_picture(page, number) if read_picture is not None else ()
    return PageRead(number, lines, is_picture=not lines, was_recognised=bool(lines))


def _with_furniture(
    pages: Iterable[PageRead], count: int
) -> Iterator[tuple[PageRead, frozenset[int]]]:
    """Each page with the positions of the lines that are left out."""
    coming = iter(pages)
    window: deque[tuple[PageRead, dict[int, EdgeKey]]] = deque()
    window.extend(_keyed(page) for page in islice(coming, REACH + 1))
    at = 0
    while at < len(window):
        page, keys = window[at]
        found = repeated(keys, (near for _, near in window), count)
        # The first page may keep a header: it says what the document is. So may a page that has
        # nothing else, as one of many copies.
        keeps = page.number == 1 or len(found) == len(page.lines)
        kept = {each for each in found if keeps and not is_page_number(page.lines[each])}
        yield page, frozenset(found - kept)
        if (following := next(coming, None)) is not None:
            window.append(_keyed(following))
        if at == REACH:
            window.popleft()
        else:
            at += 1


def _keyed(page: PageRead) -> tuple[PageRead, dict[int, EdgeKey]]:
    return page, {} if page.was_recognised else edge_keys(page.lines)
