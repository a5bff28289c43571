"""What an ingest has to do with each file of a target, decided without reading any of them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import Self

from rag.errors import RootEmptied
from rag.ingest.files import parser_key
from rag.ingest.parsers.base import Container, Parser
from rag.ingest.scan import FoundFile, ScanProblem
from rag.ingest.targets import Target
from rag.store.base import FileRecord
from rag.types import FailedFile

ParserFor = Callable[[PurePath], Parser | None]
ContainerFor = Callable[[PurePath], Container | None]
_LEFT_OUT = ("link", "excluded")
_NO_REASON = "It could not be read."


def no_container(path: PurePath) -> Container | None:
    """Takes no file for one that holds others."""
    return None


@dataclass(frozen=True, slots=True)
class Readers:
    """What reads which files.

    Attributes:
        parser_for: The parser for a file, by the suffix of its name.
        container_for: What reads the files inside a file, by the suffix of its name.
    """

    parser_for: ParserFor
    container_for: ContainerFor = no_container
    _known: dict[str, tuple[Parser | None, Container | None]] = field(default_factory=dict)

    def of(self, path: str) -> tuple[Parser | None, Container | None]:
        """The parser and the container for a path with forward slashes; its suffix decides."""
        suffix = _suffix(path)
        if suffix not in self._known:
            name = PurePosixPath(f"file{suffix}")
            self._known[suffix] = self.parser_for(name), self.container_for(name)
        return self._known[suffix]

    def key(self, path: str, rules: str = "") -> str | None:
        """What the record of a file keeps of its readers; None where it has none."""
        parser, container = self.of(path)
        if parser is None and container is None:
            return None
        return parser_key(parser, container, rules if container is not None else "")


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that must be read: as a document, as a folder of files, or both.

    Attributes:
        key: For its record.
        before: Its record from before, if it has one.
        members: The records from before of the files inside, at any depth.
        container: The path of the file on disk that it lies in; None where it is one itself.
        depth: How many files it lies in.
    """

    found: FoundFile
    parser: Parser | None
    holds: Container | None
    key: str
    before: FileRecord | None
    members: tuple[FileRecord, ...] = ()
    container: str | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for one target.

    Attributes:
        readings: Files to read.
        skips: New records of files that no parser reads.
        gone: Records of files that are not there any more.
        kept: Records of files that need nothing.
        unread: Records of all files that no parser reads, known ones among them.
        left_out: What patterns leave out: files, and folders whole.
        failed: Files that cannot be read, or could not and have not changed.
        warnings: Sentences for the person.
    """

    target: Target
    readings: tuple[Reading, ...]
    skips: tuple[FileRecord, ...]
    gone: tuple[FileRecord, ...]
    kept: tuple[FileRecord, ...]
    unread: tuple[FileRecord, ...]
    left_out: tuple[ScanProblem, ...]
    failed: tuple[FailedFile, ...]
    warnings: tuple[str, ...]

    @classmethod
    def nothing(cls, target: Target, *, warning: str) -> Self:
        """A plan that changes nothing."""
        return cls(target, (), (), (), (), (), (), (), (warning,))


def make_plan(
    target: Target,
    scanned: Sequence[FoundFile | ScanProblem],
    records: dict[str, FileRecord],
    readers: Readers,
    *,
    allow_empty: bool,
) -> Plan:
    """Compares what stands below a target with its records.

    Raises:
        RootEmptied: There were documents, there is no file to read now, and that is not allowed.
    """
    known = {path: record for path, record in records.items() if target.covers(path)}
    found = [item for item in scanned if isinstance(item, FoundFile)]
    problems = [item for item in scanned if isinstance(item, ScanProblem)]
    readings: list[Reading] = []
    skips: list[FileRecord] = []
    failed = [_failed(target, p.path, p.reason) for p in problems if p.kind not in _LEFT_OUT]
    members = _by_container(known)
    kept: list[FileRecord] = []
    unread: list[FileRecord] = []
    not_to_read = 0
    for file in found:
        before, inside = known.get(file.path), members.get(file.path, ())
        reading = _reading(file, before, inside, readers)
        if reading is None:
            not_to_read += 1
            record = skip_record(file)
            if record != before:
                skips.append(record)
            unread.append(record)
        elif before is None or _must_read(reading, before, readers):
            readings.append(reading)
        else:
            for record in (before, *inside):
                if record.status == "failed":
                    failed.append(_failed(target, record.path, record.reason or _NO_REASON))
                elif record.status == "skipped":
                    unread.append(record)
                elif record.document_id is not None:
                    kept.append(record)
    has_unread = any(problem.kind not in _LEFT_OUT for problem in problems)
    if not_to_read == len(found) and not has_unread and not allow_empty:
        _refuse_emptying(target, known, problems)
    gone = _gone(known, found, problems)
    return Plan(
        target=target,
        readings=tuple(readings),
        skips=tuple(skips),
        gone=gone,
        kept=tuple(kept),
        unread=tuple(unread),
        left_out=tuple(problem for problem in problems if problem.kind == "excluded"),
        failed=tuple(failed),
        warnings=_warnings(target, is_empty=not found and not known, problems=problems),
    )


def display_path(target: Target, path: str) -> str:
    """The absolute path of a file, for a report."""
    root = Path(target.root.path)
    return str((root.parent if target.root.is_file else root) / path)


def skip_record(file: FoundFile, container: str | None = None) -> FileRecord:
    """The record of a file that no parser reads."""
    suffix = _suffix(file.path)
    reason = (
        f"There is no parser for {suffix!r}." if suffix else "It has no suffix to tell its type."
    )
    return FileRecord(
        file.path, file.size, file.mtime_ns, None, None, "skipped", reason, container=container
    )


def _reading(
    file: FoundFile,
    before: FileRecord | None,
    members: tuple[FileRecord, ...],
    readers: Readers,
) -> Reading | None:
    parser, holds = readers.of(file.path)
    if parser is None and holds is None:
        return None
    rules = file.rules.fingerprint() if holds is not None else ""
    return Reading(file, parser, holds, parser_key(parser, holds, rules), before, members)


def _must_read(reading: Reading, before: FileRecord, readers: Readers) -> bool:
    file = reading.found
    if (file.size, file.mtime_ns) != (before.size, before.mtime_ns):
        return True
    if before.parser != reading.key:
        return True
    if any(readers.key(each.path) != each.parser for each in reading.members):
        return True
    # Without a hash it was never read: the disk or the permissions may have been mended.
    return before.sha256 is None


def _suffix(path: str) -> str:
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    return name[dot:] if 0 < dot < len(name) - 1 else ""


def _by_container(known: Mapping[str, FileRecord]) -> dict[str, tuple[FileRecord, ...]]:
    grouped: defaultdict[str, list[FileRecord]] = defaultdict(list)
    for record in known.values():
        if record.container is not None:
            grouped[record.container].append(record)
    return {path: tuple(records) for path, records in grouped.items()}


def _failed(target: Target, path: str, reason: str) -> FailedFile:
    return FailedFile(display_path(target, path), reason)


def _refuse_emptying(
    target: Target, known: dict[str, FileRecord], problems: Sequence[ScanProblem]
) -> None:
    documents = sum(record.document_id is not None for record in known.values())
    if not documents:
        return
    if any(problem.kind == "excluded" for problem in problems):
        raise RootEmptied(
            f"The patterns leave no file of {str(target.path)!r} to read, and there were "
            f"{documents} before; what was indexed was kept.",
            hint="Correct the patterns; or, if all of it shall go, run the same command with "
            "--allow-empty.",
        )
    raise RootEmptied(
        f"{str(target.path)!r} holds no file to read now, and {documents} before; "
        "what was indexed was kept.",
        hint="If it is meant to be empty, run the same command with --allow-empty.",
    )


def _gone(
    known: dict[str, FileRecord], found: list[FoundFile], problems: list[ScanProblem]
) -> tuple[FileRecord, ...]:
    """Known files that are certainly not there: nothing is known of what could not be looked at,
    nor of what lies in a file before that is read.
    """
    there = {file.path for file in found}
    there.update(problem.path for problem in problems if problem.kind == "file")
    closed = tuple(f"{problem.path}/" for problem in problems if problem.kind == "folder")
    if "./" in closed:
        return ()
    return tuple(
        record
        for path, record in sorted(known.items())
        if (record.container or path) not in there and not path.startswith(closed)
    )


def _warnings(target: Target, *, is_empty: bool, problems: list[ScanProblem]) -> tuple[str, ...]:
    links = [problem.path for problem in problems if problem.kind == "link"]
    sentences: list[str] = []
    if is_empty and not problems:
        sentences.append(f"{str(target.path)!r} holds no file.")
    if links:
        sentences.append(
            f"{len(links)} links that lead to a folder or out of {target.root.path!r} were not "
            f"followed, {links[0]!r} first."
        )
    return tuple(sentences)
