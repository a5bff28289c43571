"""Reading one file, and what identifies it and its document.

A record keeps the state of the file from before it was read, so that a change during the reading is
seen as one the next time.
"""

import hashlib
import os
import time
from dataclasses import dataclass

from rag.errors import FileUnreadable
from rag.ingest.parsers.base import Parser
from rag.ingest.scan import FoundFile

_RACY_NS = 2 * 10**9  # coarsest clock of a file system in use: FAT's two seconds
_UNSETTLED = -1


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file's bytes with the state that they were read in.

    Attributes:
        mtime_ns: Modification time in nanoseconds; -1 where it is so recent that another change
            could leave it the same, so that the file is read again next time.
    """

    data: bytes
    sha256: str
    size: int
    mtime_ns: int


def read_file(found: FoundFile, max_bytes: int) -> FileContent:
    """The whole of a file.

    Raises:
        OSError: It is gone, or cannot be read.
        FileUnreadable: It has more than `max_bytes` bytes.
    """
    with found.absolute.open("rb") as file:
        status = os.fstat(file.fileno())
        data = file.read(max_bytes + 1) if status.st_size <= max_bytes else b""
    if max(len(data), status.st_size) > max_bytes:
        raise FileUnreadable(
            f"It is larger than the {max_bytes:,} bytes that are read at most.",
            hint="Split it, or raise QUOTH_MAX_FILE_BYTES.",
        )
    is_recent = time.time_ns() - status.st_mtime_ns < _RACY_NS
    return FileContent(
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        size=status.st_size,
        mtime_ns=_UNSETTLED if is_recent else status.st_mtime_ns,
    )


def document_id(collection: str, sha256: str, parser: Parser) -> str:
    """The id of the document that a parser makes of content: the same through every rename."""
    parts = "\0".join((collection, sha256, parser.media_type, str(parser.version)))
    return f"doc_{hashlib.sha256(parts.encode()).hexdigest()[:20]}"


def parser_key(parser: Parser) -> str:
    """What a file's record keeps of its parser."""
    return f"{parser.media_type};{parser.version}"
