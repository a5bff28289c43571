"""Reading one file, and what identifies it and its document.

A record keeps the state of the file from before it was read, so that a change during the reading is
seen as one the next time.
"""

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from rag.errors import FileUnreadable
from rag.ingest.parsers.base import Container, Parser

_RACY_NS = 2 * 10**9  # coarsest clock of a file system in use: FAT's two seconds
_UNSETTLED = -1
_BLOCK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file was like when it was read.

    Attributes:
        mtime_ns: Modification time in nanoseconds; -1 where it is so recent that another change
            could leave it the same, so that the file is read again next time.
    """

    sha256: str
    size: int
    mtime_ns: int


def read_file(path: Path, max_bytes: int) -> tuple[FileState, bytes]:
    """The whole of a file, and the state that it was read in.

    Raises:
        OSError: It is gone, or cannot be read.
        FileUnreadable: It has more than `max_bytes` bytes.
    """
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        data = file.read(max_bytes + 1) if status.st_size <= max_bytes else b""
    _refuse_too_large(max(len(data), status.st_size), max_bytes)
    return _state(status, hashlib.sha256(data).hexdigest()), data


def hash_file(path: Path, max_bytes: int) -> FileState:
    """The state of a file, which is read through but never held in memory.

    Raises:
        OSError, FileUnreadable: As in `read_file`.
    """
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        _refuse_too_large(status.st_size, max_bytes)
        while block := file.read(_BLOCK_BYTES):
            size += len(block)
            _refuse_too_large(size, max_bytes)
            digest.update(block)
    return _state(status, digest.hexdigest())


def _refuse_too_large(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise FileUnreadable(
            f"It is larger than the {max_bytes:,} bytes that are read at most.",
            hint="Split it, or raise QUOTH_MAX_FILE_BYTES.",
        )


def _state(status: os.stat_result, sha256: str) -> FileState:
    is_recent = time.time_ns() - status.st_mtime_ns < _RACY_NS
    return FileState(sha256, status.st_size, _UNSETTLED if is_recent else status.st_mtime_ns)


def document_id(collection: str, sha256: str, parser: Parser) -> str:
    """The id of the document that a parser makes of content: the same through every rename."""
    parts = "\0".join((collection, sha256, parser.media_type, str(parser.version)))
    return f"doc_{hashlib.sha256(parts.encode()).hexdigest()[:20]}"


def parser_key(parser: Parser | None, container: Container | None = None, rules: str = "") -> str:
    """What a file's record keeps of what read it: a file with another key is read again.

    Args:
        parser: None for a file that only holds others.
        container: None for a file that holds none.
        rules: The fingerprint of what is left out of a container.
    """
    keys = [f"{part.media_type};{part.version}" for part in (parser, container) if part is not None]
    return " ".join([*keys, *([rules] if rules else [])])
