"""What an ingest has to do with each file of a target, decided without reading any of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rag.errors import RootEmptied
from rag.ingest.files import parser_key
from rag.ingest.parsers.base import Parser
from rag.ingest.scan import FoundFile, ScanProblem
from rag.ingest.targets import Target
from rag.store.base import FileRecord
from rag.types import FailedFile

ParserFor = Callable[[Path], Parser | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that must be read, with its parser and its record from before, if it has one."""

    found: FoundFile
    parser: Parser
    before: FileRecord | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for one target.

    Attributes:
        readings: Files to read.
        skips: New records of files that no parser reads.
        gone: Records of files that are not there any more.
        unchanged: How many files need nothing.
        skipped: How many files no parser reads, known ones among them.
        failed: Files that cannot be read, or could not and have not changed.
        warnings: Sentences for the person.
    """

    target: Target
    readings: tuple[Reading, ...]
    skips: tuple[FileRecord, ...]
    gone: tuple[FileRecord, ...]
    unchanged: int
    skipped: int
    failed: tuple[FailedFile, ...]
    warnings: tuple[str, ...]

    @classmethod
    def nothing(cls, target: Target, *, warning: str) -> Self:
        """A plan that changes nothing."""
        return cls(target, (), (), (), 0, 0, (), (warning,))


def make_plan(
    target: Target,
    scanned: Sequence[FoundFile | ScanProblem],
    records: dict[str, FileRecord],
    parser_for: ParserFor,
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
    failed = [_failed(target, p.path, p.reason) for p in problems if p.kind != "link"]
    skipped = unchanged = 0
    for file in found:
        before, parser = known.get(file.path), parser_for(file.absolute)
        if parser is None:
            skipped += 1
            record = _skip(file)
            if record != before:
                skips.append(record)
        elif before is None or _must_read(file, before, parser):
            readings.append(Reading(file, parser, before))
        elif before.status == "failed":
            failed.append(_failed(target, file.path, before.reason or "It could not be read."))
        else:
            unchanged += 1
    has_unread = any(problem.kind != "link" for problem in problems)
    if skipped == len(found) and not has_unread and not allow_empty:
        _refuse_emptying(target, known)
    gone = _gone(known, found, problems)
    return Plan(
        target=target,
        readings=tuple(readings),
        skips=tuple(skips),
        gone=gone,
        unchanged=unchanged,
        skipped=skipped,
        failed=tuple(failed),
        warnings=_warnings(target, is_empty=not found and not known, problems=problems),
    )


def display_path(target: Target, path: str) -> str:
    """The absolute path of a file, for a report."""
    return target.root.path if target.root.is_file else str(Path(target.root.path) / path)


def _must_read(file: FoundFile, before: FileRecord, parser: Parser) -> bool:
    if (file.size, file.mtime_ns) != (before.size, before.mtime_ns):
        return True
    if before.parser != parser_key(parser):
        return True
    # Without a hash it was never read: the disk or the permissions may have been mended.
    return before.sha256 is None


def _skip(file: FoundFile) -> FileRecord:
    suffix = file.absolute.suffix
    reason = (
        f"There is no parser for {suffix!r}." if suffix else "It has no suffix to tell its type."
    )
    return FileRecord(file.path, file.size, file.mtime_ns, None, None, "skipped", reason)


def _failed(target: Target, path: str, reason: str) -> FailedFile:
    return FailedFile(display_path(target, path), reason)


def _refuse_emptying(target: Target, known: dict[str, FileRecord]) -> None:
    documents = sum(record.status == "indexed" for record in known.values())
    if documents:
        raise RootEmptied(
            f"{str(target.path)!r} holds no file to read now, and {documents} before; "
            "what was indexed was kept.",
            hint="If it is meant to be empty, run the same command with --allow-empty.",
        )


def _gone(
    known: dict[str, FileRecord], found: list[FoundFile], problems: list[ScanProblem]
) -> tuple[FileRecord, ...]:
    """Known files that are certainly not there: nothing is known of what could not be looked at."""
    there = {file.path for file in found}
    there.update(problem.path for problem in problems if problem.kind == "file")
    closed = tuple(f"{problem.path}/" for problem in problems if problem.kind == "folder")
    if "./" in closed:
        return ()
    return tuple(
        record
        for path, record in sorted(known.items())
        if path not in there and not path.startswith(closed)
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
