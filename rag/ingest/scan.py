"""Which files stand below a folder, without reading any of them.

The order is the same every time: each folder's entries by name, a folder's content in its place.
Hidden entries and Quoth's own data are left out. No link to a folder is followed, and a link to a
file only where the file itself is below the same folder and not hidden: what lies elsewhere is not
part of it, and a loop cannot come up.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ProblemKind = Literal["file", "folder", "link"]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file and its state on disk.

    Attributes:
        path: Below the root, with forward slashes; the file's own name where the root is a file.
        mtime_ns: Modification time in nanoseconds.
    """

    path: str
    absolute: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class ScanProblem:
    """What could not be looked at, and why.

    Attributes:
        path: Below the root, in characters that can be printed; "." is the root itself.
        kind: Below a folder nothing is known; a link was left out on purpose.
    """

    path: str
    kind: ProblemKind
    reason: str


def scan(
    root: Path, *, below: str = "", exclude: Path | None = None
) -> Iterator[FoundFile | ScanProblem]:
    """Everything below a root, or below one part of it.

    Args:
        root: An absolute path without links: a folder, or a single file.
        below: Only this folder or file of the root, with forward slashes; empty for all of it.
        exclude: A folder to leave out wherever it comes up: Quoth's data.
    """
    if any(part.startswith(".") for part in below.split("/")):
        return
    start = root / below if below else root
    if not _is_folder(start):
        found = _file(start, below or start.name, root)
        if found is not None:
            yield found
        return
    excluded = os.fspath(exclude) if exclude is not None else None
    pending: list[Iterator[os.DirEntry[str]]] = []
    folder_problem = _open(start, below, pending)
    if folder_problem is not None:
        yield folder_problem
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
            continue
        if entry.name.startswith(".") or entry.path == excluded:
            continue
        result = _visit(entry, root, pending)
        if result is not None:
            yield result


def _open(folder: Path, path: str, pending: list[Iterator[os.DirEntry[str]]]) -> ScanProblem | None:
    try:
        with os.scandir(folder) as entries:
            pending.append(iter(sorted(entries, key=lambda entry: entry.name)))
    except FileNotFoundError:
        return None
    except OSError as exc:
        reason = f"The folder cannot be read: {exc.strerror}."
        return ScanProblem(path or ".", "folder", reason)
    return None


def _visit(
    entry: os.DirEntry[str], root: Path, pending: list[Iterator[os.DirEntry[str]]]
) -> FoundFile | ScanProblem | None:
    absolute = Path(entry.path)
    path = absolute.relative_to(root).as_posix()
    try:
        is_link, is_folder = entry.is_symlink(), entry.is_dir(follow_symlinks=False)
    except OSError as exc:
        return ScanProblem(printable(path), "file", f"It cannot be looked at: {exc.strerror}.")
    if not is_storable(path):
        kind: ProblemKind = "folder" if is_folder else "file"
        reason = "Its name is not valid UTF-8; rename it to have it read."
        return ScanProblem(printable(path), kind, reason)
    if is_folder:
        return _open(absolute, path, pending)
    if is_link and not _leads_inside(absolute, root):
        return ScanProblem(path, "link", "It is a link to a folder, or out of the folder.")
    return _file(absolute, path, root)


def _file(absolute: Path, path: str, root: Path) -> FoundFile | ScanProblem | None:
    try:
        status = absolute.stat()
    except FileNotFoundError:
        return None
    except OSError as exc:
        return ScanProblem(printable(path), "file", f"It cannot be looked at: {exc.strerror}.")
    if not stat.S_ISREG(status.st_mode):
        return None
    return FoundFile(path, absolute, status.st_size, status.st_mtime_ns)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _leads_inside(link: Path, root: Path) -> bool:
    """Whether a link leads to something below the root that is no folder and not hidden."""
    try:
        target = link.resolve()
    except (OSError, RuntimeError):
        return False
    if _is_folder(target) or not target.is_relative_to(root):
        return False
    return not any(part.startswith(".") for part in target.relative_to(root).parts)


def is_storable(path: str) -> bool:
    """Whether a path is valid text; a name with other bytes comes with lone surrogates."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(path: str) -> str:
    """The path with undecodable bytes written as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
