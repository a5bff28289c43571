"""Opens PDF files, and says in sentences why one cannot be read.

pdfium is not safe to use from several threads: whoever opens a file does so in a process of its
own, or holds a lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.errors import FileUnreadable

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_NEEDS_PASSWORD = 4  # FPDF_ERR_PASSWORD
_UNKNOWN_SECURITY = 5  # FPDF_ERR_SECURITY


@contextmanager
def opened(data: bytes) -> Iterator["PdfDocument"]:
    """The document in a file's bytes, closed at the end.

    Raises:
        FileUnreadable: It is no PDF, is damaged or locked, or has no pages.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(data)
    except PdfiumError as exc:
        raise _unreadable(exc.err_code) from exc
    try:
        if len(document) == 0:
            raise FileUnreadable("It is a PDF without pages.")
        yield document
    finally:
        document.close()


@contextmanager
def page_of(document: "PdfDocument", number: int) -> Iterator["PdfPage | None"]:
    """A page by its number, from 1, closed at the end; None where it is damaged."""
    from pypdfium2 import PdfiumError

    try:
        page = document[number - 1]
    except PdfiumError:
        yield None
        return
    try:
        yield page
    finally:
        page.close()


def _unreadable(code: int | None) -> FileUnreadable:
    if code == _NEEDS_PASSWORD:
        return FileUnreadable("It is locked with a password; save a copy without one.")
    if code == _UNKNOWN_SECURITY:
        return FileUnreadable(
            "It is locked in a way that cannot be opened here; save a copy without protection."
        )
    return FileUnreadable(
        "It is no PDF, or a damaged one; open it in a PDF reader and save it anew."
    )
