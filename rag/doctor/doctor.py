"""Examines an index and mends it: the order of things, and what each part may count on.

An examination reads one moment of the store and changes nothing, so that it may run beside servers
and ingests. A repair holds the lock of ingests throughout.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.doctor.base import Check, DoctorReport, Findings, OnProgress, Progress, Repair, Subject
from rag.doctor.database import examine_file
from rag.ingest.locking import ingest_lock
from rag.store.connections import Snapshot, connect
from rag.store.reader import SqliteReader

if TYPE_CHECKING:
    from embeddings.base import Encoder
    from rag.ingest.embedding import DocumentSplitter
    from rag.ingest.sync import Ingestor
    from rag.settings import Settings
    from rag.store.base import Generation

OnCheck = Callable[[Check], None]
OnRepair = Callable[[Repair], None]


@dataclass(frozen=True, slots=True)
class Tools:
    """What a doctor works with.

    Attributes:
        settings: Those in force.
        database: The store's file.
        index_dir: Where the indexes over vectors and words lie.
        migrate: Opens the store once, so that it is of this version's schema.
        open_ingestor: An ingestor into the store.
        refresh_index: Brings the index's files up to date.
        wanted: The generation that the settings ask for.
        load_encoder: Loads the model.
        make_chunker: The splitter that goes with it.
        language_model, reader: See `Subject`.
    """

    settings: "Settings"
    database: Path
    index_dir: Path
    migrate: Callable[[], None]
    open_ingestor: "Callable[[], AbstractContextManager[Ingestor]]"
    refresh_index: Callable[[], None]
    wanted: "Callable[[], Generation]"
    load_encoder: "Callable[[], Encoder]"
    make_chunker: "Callable[[Encoder], DocumentSplitter]"
    language_model: Callable[[], str] | None
    reader: Callable[[], str] | None = None


class Doctor:
    """Examines and mends the index in a data folder."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def examine(
        self,
        *,
        deep: bool = False,
        on_check: OnCheck | None = None,
        on_progress: OnProgress | None = None,
    ) -> DoctorReport:
        """Looks at everything and changes nothing.

        Args:
            deep: Whether to read every file and to split every document again.
            on_check: Told of each check when it is made.
            on_progress: Told how far a long check is.

        Raises:
            NothingIndexed: There is no index.
        """
        checks, _ = self._look(on_check or _ignore, on_progress or _ignore, deep=deep)
        return DoctorReport(checks)

    def repair(
        self,
        *,
        deep: bool = False,
        on_check: OnCheck | None = None,
        on_repair: OnRepair | None = None,
        on_progress: OnProgress | None = None,
    ) -> DoctorReport:
        """Mends what can be mended, from the store or from the files, and looks again.

        Nothing that can still be read is thrown away: a damaged database is kept beside the new
        one.

        Args:
            deep: As for `examine`.
            on_check: Told of each check that is made after the repairs.
            on_repair: Told of each repair.
            on_progress: Told how far it is.

        Raises:
            NothingIndexed: There is no index.
            IngestBusy: An ingest is running.
        """
        from rag.doctor.repair import Repairs

        tell, progress = on_repair or _ignore, on_progress or _ignore
        repairs: list[Repair] = []
        with ingest_lock(self._tools.settings.data_dir):
            for _ in range(2):  # a database that was mended shows what else is to be done
                checks, findings = self._look(_ignore, progress, deep=deep, locked=True)
                wrong = [check for check in checks if check.repairable]
                if not wrong:
                    break
                for repair in Repairs(self._tools, findings, progress).carry_out(wrong):
                    tell(repair)
                    repairs.append(repair)
                if wrong[0].name != "database" or not repairs[-1].done:
                    break
        checks, _ = self._look(on_check or _ignore, progress, deep=deep)
        return DoctorReport(checks, tuple(repairs))

    def _look(
        self, on_check: OnCheck, on_progress: OnProgress, *, deep: bool, locked: bool = False
    ) -> tuple[tuple[Check, ...], Findings]:
        from rag.doctor.registry import examine

        findings = Findings()
        on_progress(Progress("database", 0, None))
        first = examine_file(self._tools.database, self._tools.migrate)
        on_check(first)
        checks = [first]
        if first.ok:
            with self._subject(on_progress, findings, deep=deep, locked=locked) as subject:
                for check in examine(subject):
                    on_check(check)
                    checks.append(check)
        return tuple(checks), findings

    @contextlib.contextmanager
    def _subject(
        self, on_progress: OnProgress, findings: Findings, *, deep: bool, locked: bool
    ) -> Iterator[Subject]:
        tools = self._tools
        snapshot = Snapshot(tools.database, connect(tools.database, create=False))
        with contextlib.closing(snapshot):
            yield Subject(
                data_dir=tools.settings.data_dir,
                database=tools.database,
                index_dir=tools.index_dir,
                settings=tools.settings,
                store=SqliteReader(snapshot),
                db=snapshot.db,
                wanted=tools.wanted,
                load_encoder=tools.load_encoder,
                make_chunker=tools.make_chunker,
                language_model=tools.language_model,
                reader=tools.reader,
                locked=locked,
                deep=deep,
                on_progress=on_progress,
                findings=findings,
            )


def _ignore(told: object) -> None:
    pass
