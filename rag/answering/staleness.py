"""Tells whether a document still is what its files hold, so that a citation never vouches for text
that has changed since it was indexed.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from rag.store.base import FileRecord, Root

LARGEST_HASHED_BYTES = 16 * 2**20
"""A larger file with another modification time is taken to have changed, unread."""


def is_stale(sources: Sequence[tuple[Root, FileRecord]]) -> bool:
    """Whether none of the files that held a document holds it now.

    A file of the same size and time is taken to be the same; one of the same size and another time
    is read and compared.

    Args:
        sources: The document's files; a document that came from no file is never stale.
    """
    return bool(sources) and not any(_is_unchanged(root, record) for root, record in sources)


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
