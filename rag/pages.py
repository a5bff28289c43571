"""Shows the pages that a document was read from, and where a quote stands on them.

Both are made from the document's file, and only while it still is what was read. A process of its
own does it, one page at a time, with a limit of time and memory: a hostile file costs one answer.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, cast

from rag.errors import PageMissing, SourceGone
from rag.ingest.parsing.processes import ParserProcess
from rag.ingest.parsing.tasks import Failed, LookTask, ParseLimits, Seen
from rag.ingest.pdf.looking import AskBoxes, AskPicture, PageSpan, QuoteBoxes
from rag.ingest.pdf.options import OcrOptions
from rag.store.base import DocumentReader
from rag.types import Document

MEDIA_TYPE = "application/pdf"
MOST_PAGES = 20
"""Of a quote; those beyond are left out."""
TIMEOUT_S = 30.0

_Found = TypeVar("_Found")


class Pages:
    """Pictures of pages and boxes of quotes. Safe to call from several threads; a context manager,
    at whose end the process is gone.
    """

    def __init__(
        self,
        store: DocumentReader,
        ocr: OcrOptions | None,
        max_file_bytes: int,
        *,
        memory_bytes: int,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Starts nothing yet.

        Args:
            store: Knows the documents and their files.
            ocr: How pages without text were read.
            max_file_bytes: Larger files were not read.
            memory_bytes: What the process may take.
            timeout_s: How long one answer may take.
        """
        self._store = store
        self._ocr = ocr
        self._max_file_bytes = max_file_bytes
        self._process = ParserProcess(ParseLimits(timeout_s, memory_bytes))
        self._busy = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.close()

    def count(self, document_id: str) -> int:
        """How many pages a document has.

        Raises:
            UnknownDocument: There is no such document.
            PageMissing: It has no pages.
        """
        return len(self._store.page_starts(self._document(document_id).id))

    def picture(self, document_id: str, page: int, width_px: int) -> bytes:
        """A page as PNG.

        Args:
            document_id: Of a document with pages.
            page: From 1.
            width_px: Pixels across; fewer where the picture would be too large.

        Raises:
            UnknownDocument: There is no such document.
            PageMissing: It has no such page.
            SourceGone: Its file has changed or gone, or cannot be shown.
        """
        document = self._document(document_id)
        count = len(self._store.page_starts(document_id))
        if not 1 <= page <= count:
            raise PageMissing(f"There is no page {page}; {document.uri!r} has {count}.")
        found = self._ask(document, AskPicture(page, width_px))
        if found is None:
            raise PageMissing(f"Page {page} of {document.uri!r} is damaged and cannot be shown.")
        return found

    def boxes(self, document_id: str, start: int, end: int) -> QuoteBoxes:
        """Where the words of a span of a document's text stand on its pages, `MOST_PAGES` at most.

        Raises:
            UnknownDocument, SourceGone: As in `picture`.
            PageMissing: The document has no pages.
        """
        document = self._document(document_id)
        length = self._store.text_length(document_id)
        starts = self._store.page_starts(document_id)
        spans: list[PageSpan] = []
        for number, first in enumerate(starts, start=1):
            last = starts[number] if number < len(starts) else length
            if first < end and start < last and len(spans) < MOST_PAGES:
                begins = max(start, first)
                words = self._store.text_span(document_id, begins, min(end, last))
                spans.append(PageSpan(number, begins - first, words))
        return self._ask(document, AskBoxes(tuple(spans), self._ocr))

    def _document(self, document_id: str) -> Document:
        document = self._store.document(document_id)
        if document.media_type != MEDIA_TYPE:
            raise PageMissing(
                f"{document.uri!r} has no pages that could be shown.",
                hint=f"Read its text: GET /v1/documents/{document_id}/text.",
            )
        return document

    def _ask(self, document: Document, question: Callable[[bytes], _Found]) -> _Found:
        reason = "No file holds it any more."
        for root, record in self._store.sources(document.id):
            if record.document_id != document.id:
                reason = "It lies inside another file, out of which no page is shown."
                continue
            path = Path(root.path) if root.is_file else Path(root.path) / record.path
            task = LookTask(question, path, self._max_file_bytes, document.sha256)
            with self._busy:
                outcome = self._process.run(task)
            if isinstance(outcome, Seen):
                return cast("_Found", outcome.found)
            if isinstance(outcome, Failed):
                reason = outcome.reason
        raise SourceGone(
            f"No page of {document.uri!r} can be shown. {reason}",
            hint="Its text is there as it was; run `quoth ingest` to read the file anew.",
        )
