"""Tells whether a document still is what its files hold, so that a citation never vouches for text
that has changed since it was indexed.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rag.errors import UnknownDocument
from rag.store.base import DocumentReader, FileRecord, Root
from rag.types import Answer

LARGEST_HASHED_BYTES = 16 * 2**20
"""A larger file with another modification time is taken to have changed, unread."""


def is_stale(sources: Sequence[tuple[Root, FileRecord]]) -> bool:
    """Whether none of the files that held a document holds it now.

    A file of the same size and time is taken to be the same; one of the same size and another time
    is read and compared.

    Args:
        sources: The document's files; a document that came from no file is never stale, nor is one
            whose file lies on another machine (`Root.away`): nothing is known of it here.
    """
    return bool(sources) and not any(
        root.away or _is_unchanged(root, record) for root, record in sources
    )


def rechecked(answers: Iterable[Answer], store: DocumentReader) -> tuple[Answer, ...]:
    """Answers that were given before, with citations that are stale where they are by now.

    The files of each document are looked at once, however often it is cited.
    """
    known: dict[str, bool] = {}

    def recheck(answer: Answer) -> Answer:
        for citation in answer.citations:
            document_id = citation.document.id
            if document_id not in known:
                known[document_id] = _is_gone_or_stale(document_id, store)
        if all(each.stale == known[each.document.id] for each in answer.citations):
            return answer
        citations = (replace(each, stale=known[each.document.id]) for each in answer.citations)
        return replace(answer, citations=tuple(citations))

    return tuple(recheck(answer) for answer in answers)


def _is_gone_or_stale(document_id: str, store: DocumentReader) -> bool:
    try:
        store.document(document_id)
    except UnknownDocument:
        return True
    return is_stale(store.sources(document_id))


def _is_unchanged(root: Root, record: FileRecord) -> bool:
    path = Path(root.path) if root.is_file else Path(root.path) / record.path
    try:
        found = path.stat()
        if found.st_size != record.size:
            return False
        if found.st_mtime_ns == record.mtime_ns:
            return True
        return (
            found.st_size <= LARGEST_HASHED_BYTES
            and hashlib.sha256(path.read_bytes()).hexdigest() == record.sha256
        )
    except OSError:
        return False
