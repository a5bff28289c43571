"""Writes an exported index: see `rag.transfer`."""

import hashlib
import io
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from rag.store.copying import SCHEMA
from rag.transfer_manifest import MANIFEST, Manifest, Part

OnBytes = Callable[[int, int], None]
"""Told how many bytes of how many are done."""


def manifest_of(
    files: dict[str, Path], database: Path, version: str, with_conversations: bool
) -> Manifest:
    """What an export of these files holds."""
    with closing(sqlite3.connect(database)) as db:
        documents, chunks, revision = db.execute(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM chunks), "
            "(SELECT revision FROM state)"
        ).fetchone()
        roots = tuple(row[0] for row in db.execute("SELECT path FROM roots WHERE NOT managed"))
        generation = db.execute("SELECT model FROM generations").fetchone()
    return Manifest(
        version=version,
        schema=SCHEMA,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        model=generation[0] if generation else None,
        documents=documents,
        chunks=chunks,
        revision=revision,
        conversations=with_conversations,
        roots=roots,
        parts=tuple(_part(name, path) for name, path in files.items()),
    )


def _part(name: str, path: Path) -> Part:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    status = path.stat()
    return Part(name, status.st_size, digest, status.st_mtime_ns)


def uploads_in(folder: Path) -> dict[str, Path]:
    """The uploads by their names in an export."""
    if not folder.is_dir():
        return {}
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        f"uploads/{below.as_posix()}": path
        for below, path in found.items()
        if not any(part.startswith(".") for part in below.parts)
    }


def write_export(part: Path, manifest: Manifest, files: dict[str, Path], on_bytes: OnBytes) -> None:
    """Writes a whole export to a new file."""
    with part.open("xb") as raw:
        part.chmod(0o600)
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
            text = manifest.to_json().encode()
            archive.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))
            done = 0
            for each in manifest.parts:
                with files[each.name].open("rb") as file:
                    archive.addfile(_entry(each.name, each.size), file)
                done += each.size
                on_bytes(done, manifest.size)
        raw.flush()
        os.fsync(raw.fileno())


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def is_export(path: Path) -> bool:
    """Whether a file begins as an export does."""
    try:
        with tarfile.open(path, "r:") as archive:
            first = archive.next()
            return first is not None and first.name == MANIFEST
    except (OSError, tarfile.TarError):
        return False
