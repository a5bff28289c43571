"""The files inside a ZIP archive, each read with an eye on what it would become.

A member is read as far as its own limits allow, whatever the archive says of its size; what is
encrypted, damaged or swells like a bomb is reported by its name, and the others are read.
"""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator

from rag.errors import FileUnreadable
from rag.ingest.parsers.base import Member

MAX_RATIO = 200
"""Real text is packed to a fifth or a tenth; only bombs and long runs of one byte go further."""

_FREE_BYTES = 2**20  # a small file of one byte repeated harms nobody
_BLOCK_BYTES = 2**20
_ENCRYPTED = 0x1


def zip_members(data: bytes) -> Iterator[Member]:
    """The members in the order of the archive's directory; of two with one path the last.

    Raises:
        FileUnreadable: It is no ZIP archive, or a damaged one.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as exc:
        raise FileUnreadable(
            f"It is no ZIP archive, or a damaged one: {exc}.", hint="Pack it again."
        ) from exc
    with archive:
        by_path = {info.filename.replace("\\", "/"): info for info in archive.infolist()}
        for path, info in by_path.items():
            if not path.endswith("/") and not _is_hidden(path):
                yield _member(archive, path, info)


def _is_hidden(path: str) -> bool:
    parts = path.split("/")
    return parts[0] == "__MACOSX" or any(
        part.startswith(".") and part not in (".", "..") for part in parts
    )


def _member(archive: zipfile.ZipFile, path: str, info: zipfile.ZipInfo) -> Member:
    if info.flag_bits & _ENCRYPTED:
        return Member(path, problem="It is encrypted; unpack the archive with its password.")
    most = max(_FREE_BYTES, info.compress_size * MAX_RATIO)
    blocks: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as file:
            while block := file.read(_BLOCK_BYTES):
                size += len(block)
                if size > most:
                    return Member(
                        path,
                        problem=f"It unpacks to over {MAX_RATIO} times its packed size; "
                        "it may be made to fill the memory.",
                    )
                blocks.append(block)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as exc:
        return Member(path, problem=f"It is damaged inside the archive: {exc}.")
    except (NotImplementedError, RuntimeError) as exc:
        return Member(path, problem=f"It is packed in a way that cannot be read: {exc}.")
    return Member(path, b"".join(blocks))
