"""One ingest from plans to committed documents.

Documents are collected until a batch is full, encoded together and written in one transaction with
the records of their files. Records of files that are gone come last, so that content which moved
is found again before its old place is dropped. Whenever the process is killed, what was written
stands, and the next run takes up the rest; a container counts as read when all in it is written.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from embeddings.errors import QuothError
from rag.ingest.batches import Draft, PendingBatch
from rag.ingest.containers import Budget, Members, Unpacking
from rag.ingest.embedding import Embedder, SpooledChunks
from rag.ingest.files import FileState, document_id
from rag.ingest.languages import foreign_warning
from rag.ingest.parsing.tasks import Failed, Parsed
from rag.ingest.plan import Plan, Reading, display_path
from rag.ingest.reading import Begun, DocumentReading
from rag.ingest.targets import Target
from rag.ingest.windows import LARGE_CHARS
from rag.store.base import DocumentStore, FileRecord, Generation, SyncBatch
from rag.types import ChunkDraft, FailedFile, SyncProgress, SyncReport, SyncStage

Outcome = Literal["added", "updated", "moved", "unchanged", "failed", "skipped", "none"]
OnProgress = Callable[[SyncProgress], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A file's record, with the document that must be written with it, if that is new."""

    record: FileRecord
    outcome: Outcome
    draft: Draft | None = None


class SyncRun:
    """Carries out plans; used once. `files_in` of `files_total` files are committed."""

    def __init__(
        self,
        store: DocumentStore,
        embedder: Embedder,
        plans: Sequence[Plan],
        generation: Generation,
        *,
        reading: DocumentReading,
        unpacking: Unpacking,
        on_progress: OnProgress,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._plans = plans
        self._generation = generation
        reading.is_known = self.is_known
        self._reading = reading
        self._unpacking = unpacking
        self._on_progress = on_progress
        self._batch = PendingBatch(store, embedder, generation.id, self._note_encoded)
        # Several plans may be for parts of one root.
        self._gone: defaultdict[int, list[FileRecord]] = defaultdict(list)
        self._vanished: Counter[str] = Counter()
        for plan in plans:
            self._note_gone(plan.target, plan.gone)
        self._late: defaultdict[int, list[FileRecord]] = defaultdict(list)
        self._counts: Counter[Outcome] = Counter()
        self._failed = [failed for plan in plans for failed in plan.failed]
        self._warnings = [warning for plan in plans for warning in plan.warnings]
        self._foreign: list[str] = []
        self._chunks_encoded = 0
        self._unchanged = sum(len(plan.kept) for plan in plans)
        self.files_total = self._unchanged + sum(len(plan.readings) for plan in plans)

    @property
    def files_in(self) -> int:
        """Files that need nothing or are committed."""
        return self._unchanged + self._batch.files_written

    def is_known(self, document_id: str) -> bool:
        """Whether a document is stored, or waits to be with its batch.

        One that is not will be read and then encoded: what encodes is loaded meanwhile.
        """
        known = document_id in self._batch or self._store.has_document(
            document_id, self._generation.id
        )
        if not known:
            self._embedder.prepare()
        return known

    def carry_out(self) -> SyncReport:
        """Reads, embeds and writes everything; `elapsed_s` is left to the caller."""
        done = 0
        total = sum(len(plan.readings) for plan in self._plans)
        for plan in self._plans:
            target = plan.target
            for reading, begun in self._reading.ahead(plan.readings, target.root.collection):
                path = display_path(target, reading.found.path)
                self._on_progress(SyncProgress(SyncStage.READING, done, total, path))
                self._take_in(target, reading, begun)
                done += 1
        self._flush()
        self._write_gone_and_skipped()
        return self._report()

    def _take_in(self, target: Target, reading: Reading, begun: "Begun | Failed | None") -> None:
        if reading.holds is not None:
            self._take_in_container(target, reading, begun)
            return
        ready = self._document(target, reading, begun)
        if ready is not None:
            self._enqueue(target, ready)

    def _document(
        self, target: Target, reading: Reading, begun: "Begun | Failed | None"
    ) -> _Ready | None:
        """A file's own document; None where nothing of it is to be written."""
        outcome = self._reading.document(reading, begun, target.root.collection)
        if isinstance(outcome, Failed):
            return self._failure(target, reading, outcome)
        assert reading.parser is not None
        state = outcome.state
        new_id = document_id(target.root.collection, state.sha256, reading.parser)
        draft = None
        if isinstance(outcome, Parsed) and not self.is_known(new_id):
            self._embedder.load()  # without a model the run fails, and not each file
            try:
                draft = self._drafted(target, reading, outcome, new_id)
            except QuothError as exc:
                return self._failure(target, reading, Failed(exc.message, state))
            except Exception as exc:  # one bad file must not stop the others
                logger.warning("Splitting %s failed.", reading.found.path, exc_info=True)
                reason = f"It could not be split: {type(exc).__name__}: {exc}"
                return self._failure(target, reading, Failed(reason, state))
        record = replace(_record(reading, state), document_id=new_id)
        return _Ready(record, self._outcome(reading.before, new_id), draft)

    def _drafted(self, target: Target, reading: Reading, outcome: Parsed, new_id: str) -> Draft:
        parsed = outcome.document
        drafts: tuple[ChunkDraft, ...] = ()
        encoded: SpooledChunks | None = None
        if len(parsed.text) > LARGE_CHARS:
            folder = self._unpacking.data_dir
            encoded = self._embedder.encode_to_disk(parsed, folder, self._note_encoded)
        else:
            drafts = self._embedder.split(parsed)
        path = display_path(target, reading.found.path)
        self._warnings.extend(f"{path}: {warning}" for warning in parsed.warnings)
        if self._embedder.is_foreign(parsed):
            self._foreign.append(path)
        return Draft(new_id, target.root.collection, outcome.state.sha256, parsed, drafts, encoded)

    def _take_in_container(
        self, target: Target, reading: Reading, begun: "Begun | Failed | None"
    ) -> None:
        """A container on disk with all that it holds; its own record is written last."""
        own = self._document(target, reading, begun) if reading.parser is not None else None
        if reading.parser is not None and own is None:
            return
        before = {record.path: record for record in reading.members}
        seen: set[str] = set()
        failure = self._take_in_members(target, reading, before, Budget(), seen)
        if isinstance(failure, Failed) and (failure.is_gone or failure.is_disk):
            if own is None:
                self._failure(target, reading, failure)
            return
        gone = [record for path, record in sorted(before.items()) if path not in seen]
        self._note_gone(target, gone)
        ready = self._container_record(target, reading, own, failure)
        if gone and ready.draft is None:
            # In one transaction with the records of what is gone: whoever finds it unchanged does
            # not look inside.
            self._late[target.root.id].append(ready.record)
            self._counts[ready.outcome] += 1
        else:
            self._enqueue(target, ready)

    def _container_record(
        self, target: Target, reading: Reading, own: _Ready | None, result: Members | Failed
    ) -> _Ready:
        if isinstance(result, Members):
            return own or _Ready(_record(reading, result.state), "none")
        if own is None:
            self._report_failure(target, reading.found.path, result.reason)
            return _Ready(_failed_record(reading, result), "failed")
        if own.outcome != "failed":
            path = display_path(target, reading.found.path)
            self._warnings.append(f"{path}: what it holds cannot be read: {result.reason}")
        return own

    def _take_in_members(
        self,
        target: Target,
        reading: Reading,
        before: dict[str, FileRecord],
        budget: Budget,
        seen: set[str],
    ) -> Members | Failed:
        """All that a container holds, at any depth; `seen` gets the paths."""
        with self._unpacking.members(reading, before, budget) as members:
            if isinstance(members, Failed):
                return members
            seen |= members.paths()
            for record in members.failed:
                self._report_failure(target, record.path, record.reason or "")
                self._enqueue(target, _Ready(record, "failed"))
            for record in members.skipped:
                self._enqueue(target, _Ready(record, "skipped"))
            for inner, begun in self._reading.ahead(members.readings, target.root.collection):
                own = self._document(target, inner, begun) if inner.parser is not None else None
                if inner.holds is None:
                    ready = own
                else:
                    result = self._take_in_members(target, inner, before, budget, seen)
                    ready = self._container_record(target, inner, own, result)
                if ready is not None:
                    self._enqueue(target, ready)
            return members

    def _outcome(self, before: FileRecord | None, new_id: str) -> Outcome:
        if before is not None and before.document_id is not None:
            return "unchanged" if before.document_id == new_id else "updated"
        if before is None and self._vanished[new_id] > 0:
            self._vanished[new_id] -= 1
            return "moved"
        return "added"

    def _note_gone(self, target: Target, records: Iterable[FileRecord]) -> None:
        for record in records:
            self._gone[target.root.id].append(record)
            if record.document_id is not None:
                self._vanished[record.document_id] += 1

    def _failure(self, target: Target, reading: Reading, failed: Failed) -> _Ready | None:
        """The record of a file that could not be read, if it gets one."""
        if failed.is_gone:
            # A file that was there a moment ago counts as deleted.
            self._note_gone(target, [reading.before] if reading.before else [])
            self._note_gone(target, reading.members)
            return None
        self._report_failure(target, reading.found.path, failed.reason)
        if failed.detail:
            logger.debug("Reading %s failed.\n%s", reading.found.path, failed.detail)
        was_read = reading.before is not None and reading.before.status == "indexed"
        if failed.is_disk and was_read:
            # The disk refused: what was indexed of the file stays, and it is tried again.
            return None
        return _Ready(_failed_record(reading, failed), "failed")

    def _report_failure(self, target: Target, path: str, reason: str) -> None:
        self._failed.append(FailedFile(display_path(target, path), reason))

    def _enqueue(self, target: Target, ready: _Ready) -> None:
        self._batch.add(target.root.id, ready.record, ready.draft)
        self._counts[ready.outcome] += 1
        if self._batch.is_full:
            self._flush()

    def _flush(self) -> None:
        self._batch.write()

    def _note_encoded(self, chunks: int) -> None:
        self._chunks_encoded += chunks
        self._on_progress(SyncProgress(SyncStage.ENCODING, self._chunks_encoded, None))

    def _write_gone_and_skipped(self) -> None:
        files: defaultdict[int, tuple[FileRecord, ...]] = defaultdict(tuple)
        for plan in self._plans:
            if plan.skips:
                files[plan.target.root.id] += plan.skips
        for root_id, records in self._late.items():
            files[root_id] += tuple(records)
        gone = {
            root_id: tuple(record.path for record in records)
            for root_id, records in self._gone.items()
            if records
        }
        if files or gone:
            self._store.write(SyncBatch(self._generation.id, files=files, gone=gone))

    def _report(self) -> SyncReport:
        return SyncReport(
            added=self._counts["added"],
            updated=self._counts["updated"],
            moved=self._counts["moved"],
            deleted=self._vanished.total(),
            unchanged=self._counts["unchanged"] + self._unchanged,
            skipped=self._counts["skipped"] + sum(len(plan.unread) for plan in self._plans),
            left_out=sum(len(plan.left_out) for plan in self._plans),
            failed=tuple(sorted(self._failed, key=lambda failed: failed.path)),
            warnings=(*self._warnings, *foreign_warning(self._foreign)),
        )


def _record(reading: Reading, state: FileState) -> FileRecord:
    return FileRecord(
        path=reading.found.path,
        size=state.size,
        # What lies in a container has no time of its own.
        mtime_ns=state.mtime_ns if reading.container is None else 0,
        sha256=state.sha256,
        document_id=None,
        status="indexed",
        parser=reading.key,
        container=reading.container,
    )


def _failed_record(reading: Reading, failed: Failed) -> FileRecord:
    found = reading.found
    state = failed.state or FileState("", found.size, found.mtime_ns)
    record = replace(_record(reading, state), status="failed", reason=failed.reason)
    return record if failed.state is not None else replace(record, sha256=None)
