"""The JSON of documents: a listing, one of them, and its text."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from rag.store.base import DocumentEntry, DocumentReader, FileRecord
from rag.types import Document


class DocumentModel(BaseModel):
    """A document as it is listed; `uploaded`: a file of it may be removed here."""

    id: str
    filename: str
    paths: list[str]
    title: str
    media_type: str
    date: str | None
    sha256: str
    chunks: int
    size_bytes: int | None
    uploaded: bool
    state: Literal["indexed"] = "indexed"


class FailedFileModel(BaseModel):
    """A file that could not be read, and why."""

    path: str
    reason: str


class DocumentsModel(BaseModel):
    """A page of documents; the first one also names files that could not be read.

    `next` is what `after` takes for the page that follows, and null on the last.
    """

    documents: list[DocumentModel]
    failed: list[FailedFileModel]
    next: str | None


class MarkedSpanModel(BaseModel):
    """The span that was asked for; pages and place where the format has them."""

    start_char_index: int
    end_char_index: int
    start_line: int
    end_line: int
    start_page_number: int | None
    end_page_number: int | None
    place: str | None
    text: str


class DocumentTextModel(BaseModel):
    """The text that citations point into.

    Offsets are into the whole text, which has `length_chars` characters; `text` begins at
    `text_start_char_index` of it.
    """

    file_id: str
    filename: str
    title: str
    media_type: str
    length_chars: int
    text: str
    text_start_char_index: int
    span: MarkedSpanModel | None


def document_json(entry: DocumentEntry, *, uploaded: bool) -> DocumentModel:
    """The public form of a document in a listing."""
    document = entry.document
    return DocumentModel(
        id=document.id,
        filename=document.uri,
        paths=list(document.paths),
        title=document.title,
        media_type=document.media_type,
        date=document.date,
        sha256=document.sha256,
        chunks=entry.chunks,
        size_bytes=entry.size_bytes,
        uploaded=uploaded,
    )


def failed_json(files: Sequence[FileRecord]) -> list[FailedFileModel]:
    """The public form of files that could not be read."""
    return [FailedFileModel(path=file.path, reason=file.reason or "") for file in files]


def text_json(
    reader: DocumentReader,
    document: Document,
    span: tuple[int, int] | None,
    context_chars: int | None,
) -> DocumentTextModel:
    """The public form of a document's text.

    Args:
        reader: Knows its text, pages and places.
        document: Whose.
        span: What to mark, within the text.
        context_chars: How much to show on either side of the span; None shows everything.
    """
    length = reader.text_length(document.id)
    start, end = 0, length
    if span is not None and context_chars is not None:
        start, end = max(span[0] - context_chars, 0), min(span[1] + context_chars, length)
    return DocumentTextModel(
        file_id=document.id,
        filename=document.uri,
        title=document.title,
        media_type=document.media_type,
        length_chars=length,
        text=reader.text_span(document.id, start, end),
        text_start_char_index=start,
        span=None if span is None else _marked(reader, document.id, *span),
    )


def _marked(reader: DocumentReader, document_id: str, start: int, end: int) -> MarkedSpanModel:
    first_line, last_line = reader.line_span(document_id, start, end)
    first_page, last_page = reader.pages(document_id, start, end) or (None, None)
    places = reader.places(document_id, start, end)
    return MarkedSpanModel(
        start_char_index=start,
        end_char_index=end,
        start_line=first_line,
        end_line=last_line,
        start_page_number=first_page,
        end_page_number=last_page,
        place=places[0].label if places else None,
        text=reader.text_span(document_id, start, end),
    )
