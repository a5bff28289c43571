"""Files that hold files: unpacked into a folder of Quoth's own while they are read, so that each
file inside is read like any other.

Limits keep a small file from becoming a disk full of them. A file inside that cannot be taken costs
itself only; a container that goes over a limit is not read at all.
"""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.ingest.files import FileState
from rag.ingest.parsing.pool import ParserPool
from rag.ingest.parsing.tasks import Failed, Unpacked, UnpackedMember, UnpackTask
from rag.ingest.plan import Readers, Reading, skip_record
from rag.ingest.scan import FoundFile
from rag.store.base import FileRecord

MAX_DEPTH = 3
"""Containers inside each other, the one on disk among them."""
MAX_MEMBERS = 20_000
MAX_TOTAL_BYTES = 2 * 2**30

_FOLDER = "unpacked"


@dataclass(slots=True)
class Budget:
    """What a file on disk may still become, all levels together."""

    members: int = MAX_MEMBERS
    total_bytes: int = MAX_TOTAL_BYTES


@dataclass(frozen=True, slots=True)
class Members:
    """The files inside a container.

    Attributes:
        state: Of the container.
        readings: Files to read.
        skipped: Records of files that no parser reads.
        failed: Records of files that cannot be taken.
    """

    state: FileState
    readings: tuple[Reading, ...]
    skipped: tuple[FileRecord, ...]
    failed: tuple[FileRecord, ...]

    def paths(self) -> set[str]:
        """Of all of them."""
        records = (*self.skipped, *self.failed)
        return {reading.found.path for reading in self.readings} | {
            record.path for record in records
        }


class Unpacking:
    """Unpacks containers below a data folder, one after another and inside each other."""

    def __init__(self, data_dir: Path, pool: ParserPool, readers: Readers, max_bytes: int) -> None:
        self.data_dir = data_dir
        self._folder = data_dir / _FOLDER
        self._pool = pool
        self._readers = readers
        self._max_bytes = max_bytes
        self._number = 0

    def clear(self) -> None:
        """Removes what a process that was killed has left."""
        if self._folder.exists():
            shutil.rmtree(self._folder, ignore_errors=True)

    @contextlib.contextmanager
    def members(
        self, reading: Reading, before: dict[str, FileRecord], budget: Budget
    ) -> Iterator[Members | Failed]:
        """The files inside a container, which can be read until the end of the block.

        Args:
            reading: Of the container, which holds files.
            before: Records from before of what lies in the file on disk, by path.
            budget: Taken from.
        """
        assert reading.holds is not None
        self._number += 1
        folder = self._folder / str(self._number)
        task = UnpackTask(
            reading.holds,
            reading.found.absolute,
            folder,
            self._max_bytes,
            max_members=budget.members,
            max_total_bytes=budget.total_bytes,
        )
        try:
            outcome = self._pool.run(task)
            if isinstance(outcome, Unpacked):
                budget.members -= len(outcome.members)
                budget.total_bytes -= sum(member.size for member in outcome.members)
                yield self._sorted(reading, outcome, before)
            else:
                assert isinstance(outcome, Failed)
                yield outcome
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                self._folder.rmdir()

    def _sorted(
        self, reading: Reading, unpacked: Unpacked, before: dict[str, FileRecord]
    ) -> Members:
        readings: list[Reading] = []
        skipped: list[FileRecord] = []
        failed: list[FileRecord] = []
        for member in unpacked.members:
            path = f"{reading.found.path}/{member.path}"
            if _is_left_out(reading.found, path, member):
                continue
            inner = self._reading(reading, member, path, before.get(path))
            if member.file is None:
                failed.append(_failed_record(inner, member.problem or "It cannot be read."))
            elif inner.parser is None and inner.holds is None:
                is_deep = self._readers.of(path)[1] is not None
                reason = f"It lies in more than {MAX_DEPTH - 1} files one inside the other."
                if is_deep:
                    failed.append(_failed_record(inner, reason))
                else:
                    skipped.append(skip_record(inner.found, inner.container))
            else:
                readings.append(inner)
        return Members(unpacked.state, tuple(readings), tuple(skipped), tuple(failed))

    def _reading(
        self, outer: Reading, member: UnpackedMember, path: str, before: FileRecord | None
    ) -> Reading:
        parser, holds = self._readers.of(path)
        found = FoundFile(path, str(member.file or path), member.size, 0, outer.found.rules)
        depth = outer.depth + 1
        return Reading(
            found,
            parser,
            holds if depth < MAX_DEPTH else None,
            self._readers.key(path) or "",
            before,
            container=outer.container or outer.found.path,
            depth=depth,
        )


def _is_left_out(container: FoundFile, path: str, member: UnpackedMember) -> bool:
    if any(part.startswith(".") for part in member.path.split("/")):
        return True
    return container.rules.reason_below(path, container.path) is not None


def _failed_record(reading: Reading, reason: str) -> FileRecord:
    return FileRecord(
        reading.found.path,
        reading.found.size,
        0,
        None,
        None,
        "failed",
        reason,
        reading.key or None,
        reading.container,
    )
