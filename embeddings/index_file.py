"""How a FAISS index lies on disk: the index's file, and beside it a manifest that describes it.

The manifest is written last and names the file's checksum, so the pair is either whole or seen not
to be. Both are written beside their place, flushed to the disk, and moved there in one step.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from importlib import import_module
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from embeddings.errors import EmbeddingError, VectorIndexCorrupt

FORMAT = 1
_REBUILD = "Run `quoth doctor --repair` to build it again from the stored vectors."


def manifest_path(path: Path) -> Path:
    """`<file>.json` beside the file."""
    return path.with_name(f"{path.name}.json")


def written_revision(path: Path) -> int | None:
    """The revision that a file shows, without reading it whole; None where none is there."""
    try:
        revision = _read_manifest(path).get("revision")
    except VectorIndexCorrupt:
        return None
    return revision if isinstance(revision, int) else None


def write_index_file(index: Any, path: Path, *, kind: str, revision: int, fingerprint: str) -> None:
    """Writes a FAISS index and its manifest, all of both or nothing usable.

    Raises:
        EmbeddingError: The file system refuses.
    """
    faiss = import_module("faiss")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = _replace(
            path, lambda sink: faiss.write_index(index, faiss.PyCallbackIOWriter(sink.write))
        )
        manifest = {
            "format": FORMAT,
            "kind": kind,
            "dimension": int(index.d),
            "count": int(index.ntotal),
            "revision": revision,
            "fingerprint": fingerprint,
            **written,
        }
        content = json.dumps(manifest, indent=1).encode()
        _replace(manifest_path(path), lambda sink: sink.write(content))
        _flush_folder(path.parent)
    except OSError as exc:
        raise EmbeddingError(
            f"The vector index {str(path)!r} cannot be written: {exc}.",
            hint="Free some space or correct the folder's permissions; the stored documents are "
            "untouched.",
        ) from exc


def read_index_file(path: Path, *, kind: str, dimension: int, fingerprint: str) -> tuple[Any, int]:
    """The FAISS index and its revision.

    Raises:
        VectorIndexCorrupt: It is not there whole, or is not the one that is asked for.
    """
    faiss = import_module("faiss")
    manifest = _read_manifest(path)
    expected = {
        "format": FORMAT,
        "kind": kind,
        "dimension": dimension,
        "fingerprint": fingerprint,
    }
    for key, value in expected.items():
        if manifest.get(key) != value:
            raise _corrupt(path, f"its {key} is {manifest.get(key)!r}, not {value!r}")
    try:
        # One open file from here on: another process may put a new one in its place meanwhile.
        with path.open("rb") as file:
            _check(path, file, manifest)
            index = faiss.read_index(faiss.PyCallbackIOReader(file.read))
    except (OSError, RuntimeError) as exc:
        raise _corrupt(path, f"it cannot be read: {exc}") from exc
    revision = manifest.get("revision")
    if (index.d, index.ntotal) != (dimension, manifest.get("count")):
        raise _corrupt(path, f"it holds {index.ntotal} vectors of {index.d} dimensions")
    if not isinstance(revision, int):
        raise _corrupt(path, f"its revision is {revision!r}")
    return index, revision


class _HashingFile:
    """Passes bytes on to a file and takes their checksum on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self._size = 0

    def write(self, content: bytes) -> int:
        self._sha256.update(content)
        self._size += len(content)
        return self._file.write(content)

    def description(self) -> dict[str, str | int]:
        return {"sha256": self._sha256.hexdigest(), "size": self._size}


def _replace(path: Path, write: Callable[[_HashingFile], object]) -> dict[str, str | int]:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            sink = _HashingFile(file)
            write(sink)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return sink.description()


def _flush_folder(folder: Path) -> None:
    """Makes the renames themselves durable, where folders can be opened (not on Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(manifest_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise _corrupt(path, f"its manifest cannot be read: {exc}") from exc
    if not isinstance(manifest, dict):
        raise _corrupt(path, "its manifest is not a JSON object")
    return manifest


def _check(path: Path, file: BufferedReader, manifest: dict[str, Any]) -> None:
    size = os.fstat(file.fileno()).st_size
    if size != manifest.get("size"):
        raise _corrupt(path, f"it has {size} bytes, not {manifest.get('size')!r}")
    if hashlib.file_digest(file, "sha256").hexdigest() != manifest.get("sha256"):
        raise _corrupt(path, "its sha256 is not the one in its manifest")
    file.seek(0)


def _corrupt(path: Path, why: str) -> VectorIndexCorrupt:
    return VectorIndexCorrupt(
        f"The vector index {str(path)!r} cannot be used: {why}.", hint=_REBUILD
    )
