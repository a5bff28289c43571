"""Which files stand below a folder, without reading any of them.

The order is the same every time: each folder's entries by name, a folder's content in its place.
Hidden entries and Quoth's own data are left out. No link to a folder is followed, and a link to a
file only where the file itself is below the same folder and not hidden: what lies elsewhere is not
part of it, and a loop cannot come up. What the rules leave out is named once: a folder, not all
that it holds.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.ingest.ignoring import IGNORE_FILE, Rules

ProblemKind = Literal["file", "folder", "link", "excluded"]
_NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file and its state on disk.

    Attributes:
        path: Below the root, with forward slashes; the file's own name where the root is a file.
        file: Where it lies, as an absolute path; text, since making ten thousand `Path`s takes
            longer than looking at the files.
        mtime_ns: Modification time in nanoseconds.
        rules: Those in force in its folder.
    """

    path: str
    file: str
    size: int
    mtime_ns: int
    rules: Rules = _NO_RULES

    @property
    def absolute(self) -> Path:
        """Where it lies."""
        return Path(self.file)


@dataclass(frozen=True, slots=True)
class ScanProblem:
    """What could not be looked at, or was not meant to be, and why.

    Attributes:
        path: Below the root, in characters that can be printed; "." is the root itself.
        kind: Below a folder nothing is known; links and what is excluded were left out on purpose.
    """

    path: str
    kind: ProblemKind
    reason: str


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder whose entries are being visited, and the rules in force in it."""

    entries: Iterator[os.DirEntry[str]]
    rules: Rules


def scan(
    root: Path, *, below: str = "", exclude: Path | None = None, rules: Rules = _NO_RULES
) -> Iterator[FoundFile | ScanProblem]:
    """Everything below a root, or below one part of it.

    Args:
        root: An absolute path without links: a folder, or a single file.
        below: Only this folder or file of the root, with forward slashes; empty for all of it.
        exclude: A folder to leave out wherever it comes up: Quoth's data.
        rules: What is left out, as at the top of the root; `.quothignore` files add to them.
    """
    if any(part.startswith(".") for part in below.split("/")):
        return
    start = root / below if below else root
    above = _rules_above(root, below, rules) if below else rules
    if isinstance(above, ScanProblem):
        yield above
        return
    if not _is_folder(start):
        found = _file(os.fspath(start), below or start.name, above)
        if found is not None:
            yield found
        return
    excluded = os.fspath(exclude) if exclude is not None else None
    top = len(os.fspath(root).rstrip(os.sep)) + 1
    pending: list[_Folder] = []
    folder_problem = _open(start, below, above, pending)
    if folder_problem is not None:
        yield folder_problem
    while pending:
        folder = pending[-1]
        entry = next(folder.entries, None)
        if entry is None:
            pending.pop()
            continue
        if entry.name.startswith(".") or entry.path == excluded:
            continue
        path = entry.path[top:]
        if os.sep != "/":
            path = path.replace(os.sep, "/")
        result = _visit(entry, path, root, folder.rules, pending)
        if result is not None:
            yield result


def _rules_above(root: Path, below: str, rules: Rules) -> Rules | ScanProblem:
    """The rules in force where a part of a root lies, or why it is left out."""
    parts = below.split("/")
    for end in range(len(parts)):
        folder = "/".join(parts[:end])
        found = _with_ignore_file(root / folder, folder, rules)
        if isinstance(found, ScanProblem):
            return found
        rules = found
        is_folder = end < len(parts) - 1 or _is_folder(root / below)
        path = "/".join(parts[: end + 1])
        reason = rules.reason(path, is_folder=is_folder)
        if reason is not None:
            return ScanProblem(path, "excluded", f"It {reason}.")
    return rules


def _with_ignore_file(folder: Path, path: str, rules: Rules) -> Rules | ScanProblem:
    try:
        text = (folder / IGNORE_FILE).read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return rules
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        reason = f"Its {IGNORE_FILE} cannot be read: {why}. Nothing in the folder was looked at."
        return ScanProblem(path or ".", "folder", reason)
    return rules.within(path, text)


def _open(folder: Path, path: str, rules: Rules, pending: list[_Folder]) -> ScanProblem | None:
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return None
    except OSError as exc:
        reason = f"The folder cannot be read: {exc.strerror}."
        return ScanProblem(path or ".", "folder", reason)
    if any(entry.name == IGNORE_FILE for entry in listed):
        found = _with_ignore_file(folder, path, rules)
        if isinstance(found, ScanProblem):
            return found
        rules = found
    pending.append(_Folder(iter(listed), rules))
    return None


def _visit(
    entry: os.DirEntry[str], path: str, root: Path, rules: Rules, pending: list[_Folder]
) -> FoundFile | ScanProblem | None:
    try:
        is_link, is_folder = entry.is_symlink(), entry.is_dir(follow_symlinks=False)
    except OSError as exc:
        return ScanProblem(printable(path), "file", f"It cannot be looked at: {exc.strerror}.")
    if not is_storable(path):
        kind: ProblemKind = "folder" if is_folder else "file"
        reason = "Its name is not valid UTF-8; rename it to have it read."
        return ScanProblem(printable(path), kind, reason)
    left_out = rules.reason(path, is_folder=is_folder)
    if left_out is not None:
        return ScanProblem(path, "excluded", f"It {left_out}.")
    if is_folder:
        return _open(Path(entry.path), path, rules, pending)
    if is_link and not _leads_inside(Path(entry.path), root):
        return ScanProblem(path, "link", "It is a link to a folder, or out of the folder.")
    return _file(entry.path, path, rules)


def _file(file: str, path: str, rules: Rules) -> FoundFile | ScanProblem | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - see FoundFile.file
    except FileNotFoundError:
        return None
    except OSError as exc:
        return ScanProblem(printable(path), "file", f"It cannot be looked at: {exc.strerror}.")
    if not stat.S_ISREG(status.st_mode):
        return None
    return FoundFile(path, file, status.st_size, status.st_mtime_ns, rules)


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
