"""Carries out one task in this process: reads the file, parses or unpacks it, and never raises for
what is in the file.
"""

import hashlib
import logging
import traceback
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from embeddings.errors import QuothError
from rag.errors import FileUnreadable
from rag.ingest.files import FileState, read_file
from rag.ingest.parsing.tasks import (
    Failed,
    LookTask,
    Outcome,
    Parsed,
    ParseTask,
    Seen,
    Task,
    Unpacked,
    UnpackedMember,
    UnpackTask,
)
from rag.ingest.scan import is_storable

logger = logging.getLogger(__name__)

_LONGEST_REASON = 500  # characters; a parser's message may quote the whole file
_LONGEST_PATH = 1000
_CHECKED_CHARS = 2**20


def carry_out(task: Task) -> Outcome:
    """The outcome of a task.

    Raises:
        MemoryError: There was not enough; what is left of the process had better end.
    """
    try:
        state, data = read_file(task.path, task.max_bytes)
    except FileNotFoundError:
        return Failed("It was gone before it could be read.", is_gone=True)
    except FileUnreadable as exc:
        return Failed(exc.message)
    except OSError as exc:
        return Failed(f"It cannot be read: {exc.strerror or exc}.", is_disk=True)
    if isinstance(task, ParseTask):
        return guarded(state, lambda: _parsed(task, state, data))
    if isinstance(task, LookTask):
        if state.sha256 != task.sha256:
            return Failed("It has changed since it was read.", state, is_gone=True)
        return guarded(state, lambda: Seen(state, task.look(data)))
    return guarded(state, lambda: _unpacked(task, state, data))


def guarded(state: FileState, work: Callable[[], Outcome]) -> Outcome:
    """The outcome of work that other people's code takes part in."""
    try:
        return work()
    except MemoryError:
        raise
    except QuothError as exc:
        return Failed(_shortened(exc.message), state)
    except OSError as exc:
        return Failed(f"It cannot be read: {exc.strerror or exc}.", state, is_disk=True)
    except Exception as exc:  # one bad file must not stop the others
        logger.debug("A parser failed.", exc_info=True)
        reason = _shortened(f"The parser failed on it: {type(exc).__name__}: {exc}")
        return Failed(reason, state, detail=traceback.format_exc())


def require_valid(text: str) -> None:
    """
    Raises:
        UnicodeEncodeError: It has half a surrogate pair, which could not be stored.
    """
    for start in range(0, len(text), _CHECKED_CHARS):
        text[start : start + _CHECKED_CHARS].encode()


def _parsed(task: ParseTask, state: FileState, data: bytes) -> Parsed:
    document = task.parser.parse(data)
    require_valid(document.text)
    return Parsed(state, document)


def _unpacked(task: UnpackTask, state: FileState, data: bytes) -> Unpacked:
    task.folder.mkdir(parents=True)
    members: list[UnpackedMember] = []
    total = 0
    for number, member in enumerate(task.container.members(data)):
        if number >= task.max_members:
            raise FileUnreadable(
                f"It holds more than the {task.max_members:,} files that are read of an archive.",
                hint="Unpack it, and ingest the folder.",
            )
        total += len(member.data)
        if total > task.max_total_bytes:
            raise FileUnreadable(
                f"It unpacks to more than {task.max_total_bytes:,} bytes.",
                hint="Unpack it, and ingest the folder.",
            )
        problem = member.problem or _refused(member.path, len(member.data), task.max_bytes)
        if problem is not None:
            members.append(UnpackedMember(_printable(member.path), None, problem=problem))
            continue
        # Numbered: a member's own name never reaches the file system.
        file = task.folder / f"{number}{PurePosixPath(member.path).suffix.lower()[:20]}"
        _write(file, member.data)
        sha256 = hashlib.sha256(member.data).hexdigest()
        members.append(UnpackedMember(member.path, file, len(member.data), sha256))
    return Unpacked(state, tuple(members))


def _refused(path: str, size: int, max_bytes: int) -> str | None:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or (len(path) > 1 and path[1] == ":"):
        return "Its path leads out of the archive."
    if "" in parts or "." in parts or "\0" in path or len(path) > _LONGEST_PATH:
        return "Its path cannot be used."
    if not is_storable(path):
        return "Its name is not valid Unicode; rename it to have it read."
    if size > max_bytes:
        return f"It is larger than the {max_bytes:,} bytes that are read at most."
    return None


def _printable(path: str) -> str:
    """A path that can be stored, whatever a hostile archive calls its files."""
    cleaned = path.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    parts = [part for part in cleaned.split("/") if part not in ("", ".", "..")]
    return "/".join(parts)[:_LONGEST_PATH] or "(no name)"


def _write(file: Path, data: bytes) -> None:
    with file.open("xb") as out:
        out.write(data)


def _shortened(reason: str) -> str:
    return reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…"
