"""Whether the files on disk are those that were indexed, and whether their folders are there.

By size and modification time, as an ingest looks; a deep look reads and hashes every file. A file
that is new is no fault: the next ingest finds it.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from rag.doctor.base import Check, Progress, Subject, counted, some
from rag.store.base import FileRecord, Root

_INGEST = "Run `quoth ingest` to bring the index in step; `quoth doctor --repair` does it too."
_UNSETTLED = -1  # the file changed while it was read: its time says nothing


def check_roots(subject: Subject) -> Iterator[Check]:
    """Whether every folder that the index follows can be reached."""
    roots = subject.store.roots()
    missing = [root.path for root in roots if not root.away and not _is_there(root)]
    away = [root.path for root in roots if root.away]
    if missing:
        yield Check(
            "folders",
            False,
            f"{counted(len(missing), 'folder')} cannot be reached: {some(missing)}.",
            "Mount or restore it, or drop it with `quoth forget PATH`; until then it still "
            "answers.",
        )
        return
    elsewhere = f"; {len(away):,} on another machine" if away else ""
    yield Check("folders", True, f"{len(roots) - len(away):,} in reach{elsewhere}.")


def check_files(subject: Subject) -> Iterator[Check]:
    """Whether each file that was indexed is as it was then."""
    looked, changed, gone = 0, list[str](), list[str]()
    total = subject.store.counts().files
    for root in subject.store.roots():
        if root.away or not _is_there(root):
            continue
        for path, record in subject.store.files(root.id).items():
            if record.container is not None or record.status == "skipped":
                continue
            if looked % 100 == 0:
                subject.on_progress(Progress("files", looked, total, path))
            looked += 1
            file = Path(root.path) if root.is_file else Path(root.path) / path
            if not file.is_file():
                gone.append(path)
            elif not _is_as_recorded(file, record, deep=subject.deep):
                changed.append(path)
    how = "by content" if subject.deep else "by size and time"
    if not changed and not gone:
        yield Check("files", True, f"{counted(looked, 'file')} are as they were indexed, {how}.")
        return
    yield Check(
        "files",
        False,
        f"Of {counted(looked, 'file')}, {len(changed):,} changed and {len(gone):,} went since the "
        f"last ingest: {some(changed + gone)}.",
        _INGEST,
        repairable=True,
    )


def check_uploads(subject: Subject) -> Iterator[Check]:
    """Whether the folder for uploads holds what was uploaded, and nothing that nobody knows."""
    root = next((root for root in subject.store.roots() if root.managed), None)
    if root is None:
        yield Check("uploads", True, "Nothing was ever uploaded.")
        return
    records = subject.store.files(root.id)
    known = {path for path, record in records.items() if record.container is None}
    there = _files_below(Path(root.path))
    lost, unknown = sorted(known - there), sorted(there - known)
    if not lost and not unknown:
        yield Check("uploads", True, f"{counted(len(known), 'upload')}, each with its file.")
        return
    found = []
    if lost:
        found.append(f"{counted(len(lost), 'upload')} without a file ({some(lost)})")
    if unknown:
        found.append(f"{counted(len(unknown), 'file')} that are not indexed ({some(unknown)})")
    yield Check(
        "uploads",
        False,
        f"There are {' and '.join(found)}.",
        "`quoth doctor --repair` indexes what is there; where a file went, put it back into "
        f"{root.path!r}, or run `quoth ingest --allow-empty` to drop its document.",
        repairable=bool(unknown),
    )


def holds_what_was_indexed(root: Root, record: FileRecord) -> bool:
    """Whether a file on disk has the very bytes that were indexed; reads it."""
    file = Path(root.path) if root.is_file else Path(root.path) / record.path
    try:
        return not root.away and _sha256(file) == record.sha256
    except OSError:
        return False


def _is_there(root: Root) -> bool:
    try:
        return Path(root.path).exists() or root.managed
    except OSError:
        return False


def _is_as_recorded(file: Path, record: FileRecord, *, deep: bool) -> bool:
    try:
        found = file.stat()
        if found.st_size != record.size:
            return False
        if record.sha256 is None:  # never read
            return True
        if deep or record.mtime_ns == _UNSETTLED:
            return _sha256(file) == record.sha256
    except OSError:
        return record.status == "failed"
    return found.st_mtime_ns == record.mtime_ns


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _files_below(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts)
    }
