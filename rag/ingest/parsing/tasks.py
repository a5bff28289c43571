"""What a process that reads files is asked, and what it answers: plain data that can be pickled."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.ingest.files import FileState
from rag.ingest.parsers.base import Container, Parser
from rag.types import ParsedDocument

MIB = 2**20


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What reading one file may cost.

    Attributes:
        timeout_s: Seconds.
        memory_bytes: Of the process that reads it, the interpreter's own included.
        workers: Processes at the same time; 0 for as many as there are cores.
    """

    timeout_s: float = 120.0
    memory_bytes: int = 1024 * MIB
    workers: int = 0


@dataclass(frozen=True, slots=True)
class ParseTask:
    """To make a document of a file of at most `max_bytes` bytes."""

    parser: Parser
    path: Path
    max_bytes: int


@dataclass(frozen=True, slots=True)
class UnpackTask:
    """To write the files inside a file into an empty folder, which is made.

    Attributes:
        max_bytes: Of the file itself, and of each file inside.
        max_members: Files inside, at most.
        max_total_bytes: Of all files inside.
    """

    container: Container
    path: Path
    folder: Path
    max_bytes: int
    max_members: int
    max_total_bytes: int


@dataclass(frozen=True, slots=True)
class LookTask:
    """To look something up in a file that still is what it was.

    Attributes:
        look: Called with the file's bytes; can be pickled, and so can what it returns.
        sha256: Of the file as it was.
    """

    look: Callable[[bytes], object]
    path: Path
    max_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document, and the state of the file that it was read from."""

    state: FileState
    document: ParsedDocument


@dataclass(frozen=True, slots=True)
class UnpackedMember:
    """A file inside another.

    Attributes:
        path: Inside the other, with forward slashes.
        file: Where its bytes lie now; None where it has a problem.
    """

    path: str
    file: Path | None
    size: int = 0
    sha256: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files inside a file, and the state of that file."""

    state: FileState
    members: tuple[UnpackedMember, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked up in a file."""

    state: FileState
    found: object


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing could be made of a file.

    Attributes:
        reason: Why, in one sentence.
        state: Of the file; None where it was not read.
        is_gone: Whether there is no such file.
        is_disk: Whether the disk or the rights to it are at fault, not what the file holds.
        detail: For the log: where in the parser it happened.
    """

    reason: str
    state: FileState | None = None
    is_gone: bool = False
    is_disk: bool = False
    detail: str = ""


Task = ParseTask | UnpackTask | LookTask
Outcome = Parsed | Unpacked | Seen | Failed
