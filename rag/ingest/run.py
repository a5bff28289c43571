"""One ingest from plans to committed documents.

Documents are collected until a batch is full, encoded together and written in one transaction with
the records of their files. Records of files that are gone come last, so that content which moved
is found again before its old place is dropped. Whenever the process is killed, what was written
stands, and the next run takes up the rest.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from embeddings.errors import QuothError
from rag.errors import FileUnreadable
from rag.ingest.embedding import BATCH_CHUNKS, Embedder
from rag.ingest.files import FileContent, document_id, parser_key, read_file
from rag.ingest.languages import foreign_warning
from rag.ingest.plan import Plan, Reading, display_path
from rag.ingest.targets import Target
from rag.store.base import DocumentStore, FileRecord, Generation, NewDocument, SyncBatch
from rag.types import (
    ChunkDraft,
    FailedFile,
    ParsedDocument,
    SyncProgress,
    SyncReport,
    SyncStage,
)

Outcome = Literal["added", "updated", "moved", "unchanged", "failed"]
OnProgress = Callable[[SyncProgress], None]

_MAX_PENDING_FILES = 1_000
_MAX_PENDING_CHARS = 16 * 2**20

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A document that was split and waits for its vectors."""

    id: str
    collection: str
    sha256: str
    parsed: ParsedDocument
    drafts: tuple[ChunkDraft, ...]


@dataclass(frozen=True, slots=True)
class _Record:
    """A file's new record that waits for the next transaction, and what it will count as."""

    root_id: int
    file: FileRecord
    outcome: Outcome


class SyncRun:
    """Carries out plans; used once. `files_in` of `files_total` files are committed."""

    def __init__(
        self,
        store: DocumentStore,
        embedder: Embedder,
        plans: Sequence[Plan],
        generation: Generation,
        *,
        max_file_bytes: int,
        on_progress: OnProgress,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._plans = plans
        self._generation = generation
        self._max_file_bytes = max_file_bytes
        self._on_progress = on_progress
        self._documents: dict[str, _Draft] = {}
        self._pending_chunks = self._pending_chars = 0
        self._records: list[_Record] = []
        # Several plans may be for parts of one root.
        self._gone: defaultdict[int, list[FileRecord]] = defaultdict(list)
        for plan in plans:
            self._gone[plan.target.root.id].extend(plan.gone)
        self._vanished = Counter(
            file.document_id for plan in plans for file in plan.gone if file.document_id
        )
        self._counts: Counter[Outcome] = Counter()
        self._failed = [failed for plan in plans for failed in plan.failed]
        self._warnings = [warning for plan in plans for warning in plan.warnings]
        self._foreign: list[str] = []
        self._chunks_encoded = 0
        self.files_in = sum(plan.unchanged for plan in plans)
        self.files_total = self.files_in + sum(len(plan.readings) for plan in plans)

    def carry_out(self) -> SyncReport:
        """Reads, embeds and writes everything; `elapsed_s` is left to the caller."""
        done = 0
        total = sum(len(plan.readings) for plan in self._plans)
        for plan in self._plans:
            for reading in plan.readings:
                path = display_path(plan.target, reading.found.path)
                self._on_progress(SyncProgress(SyncStage.READING, done, total, path))
                self._take_in(plan.target, reading)
                done += 1
                if self._is_batch_full():
                    self._flush()
        self._flush()
        self._write_gone_and_skipped()
        return self._report()

    def _take_in(self, target: Target, reading: Reading) -> None:
        try:
            content = read_file(reading.found, self._max_file_bytes)
        except FileNotFoundError:
            self._note_vanished(target, reading)
        except FileUnreadable as exc:
            self._fail(target, reading, exc.message, None)
        except OSError as exc:
            self._fail_reading(target, reading, f"It cannot be read: {exc.strerror or exc}.")
        else:
            self._take_in_content(target, reading, content)

    def _take_in_content(self, target: Target, reading: Reading, content: FileContent) -> None:
        collection = target.root.collection
        new_id = document_id(collection, content.sha256, reading.parser)
        if new_id not in self._documents and not self._store.has_document(
            new_id, self._generation.id
        ):
            self._embedder.load()
            try:
                parsed = reading.parser.parse(content.data)
                parsed.text.encode()
                drafts = self._embedder.split(parsed)
            except QuothError as exc:
                self._fail(target, reading, exc.message, content)
                return
            except Exception as exc:  # one bad file must not stop the others
                logger.warning("Parsing %s failed.", reading.found.absolute, exc_info=True)
                reason = f"The parser failed on it: {type(exc).__name__}: {exc}"
                self._fail(target, reading, reason, content)
                return
            path = display_path(target, reading.found.path)
            self._warnings.extend(f"{path}: {warning}" for warning in parsed.warnings)
            if self._embedder.is_foreign(parsed):
                self._foreign.append(path)
            self._documents[new_id] = _Draft(new_id, collection, content.sha256, parsed, drafts)
            self._pending_chunks += len(drafts)
            self._pending_chars += len(parsed.text)
        self._enqueue(target, reading, content, new_id)

    def _enqueue(self, target: Target, reading: Reading, content: FileContent, new_id: str) -> None:
        record = FileRecord(
            path=reading.found.path,
            size=content.size,
            mtime_ns=content.mtime_ns,
            sha256=content.sha256,
            document_id=new_id,
            status="indexed",
            parser=parser_key(reading.parser),
        )
        outcome = self._outcome(reading.before, new_id)
        self._records.append(_Record(target.root.id, record, outcome))

    def _outcome(self, before: FileRecord | None, new_id: str) -> Outcome:
        if before is not None and before.document_id is not None:
            return "unchanged" if before.document_id == new_id else "updated"
        if before is None and self._vanished[new_id] > 0:
            self._vanished[new_id] -= 1
            return "moved"
        return "added"

    def _note_vanished(self, target: Target, reading: Reading) -> None:
        """A file that was there a moment ago counts as deleted."""
        if reading.before is None:
            return
        self._gone[target.root.id].append(reading.before)
        if reading.before.document_id is not None:
            self._vanished[reading.before.document_id] += 1

    def _fail_reading(self, target: Target, reading: Reading, reason: str) -> None:
        """The disk refused: what was indexed of the file before stays, and it is tried again."""
        if reading.before is not None and reading.before.document_id is not None:
            self._failed.append(FailedFile(display_path(target, reading.found.path), reason))
            return
        self._fail(target, reading, reason, None)

    def _fail(
        self, target: Target, reading: Reading, reason: str, content: FileContent | None
    ) -> None:
        record = FileRecord(
            path=reading.found.path,
            size=content.size if content else reading.found.size,
            mtime_ns=content.mtime_ns if content else reading.found.mtime_ns,
            sha256=content.sha256 if content else None,
            document_id=None,
            status="failed",
            reason=reason,
            parser=parser_key(reading.parser),
        )
        self._failed.append(FailedFile(display_path(target, reading.found.path), reason))
        self._records.append(_Record(target.root.id, record, "failed"))

    def _is_batch_full(self) -> bool:
        return (
            len(self._records) >= _MAX_PENDING_FILES
            or self._pending_chunks >= BATCH_CHUNKS
            or self._pending_chars >= _MAX_PENDING_CHARS
        )

    def _flush(self) -> None:
        """Encodes and writes what has been collected, in one transaction."""
        if not self._records:
            return
        pending = list(self._documents.values())
        encoded = (
            self._embedder.encode(
                [(document.parsed, document.drafts) for document in pending], self._note_encoded
            )
            if pending
            else ()
        )
        documents = tuple(
            NewDocument(document.id, document.collection, document.sha256, document.parsed, chunks)
            for document, chunks in zip(pending, encoded, strict=True)
        )
        self._store.write(SyncBatch(self._generation.id, documents, _by_root(self._records)))
        self._counts.update(record.outcome for record in self._records)
        self.files_in += len(self._records)
        self._documents.clear()
        self._pending_chunks = self._pending_chars = 0
        self._records.clear()

    def _note_encoded(self, chunks: int) -> None:
        self._chunks_encoded += chunks
        self._on_progress(SyncProgress(SyncStage.ENCODING, self._chunks_encoded, None))

    def _write_gone_and_skipped(self) -> None:
        skips: defaultdict[int, tuple[FileRecord, ...]] = defaultdict(tuple)
        for plan in self._plans:
            if plan.skips:
                skips[plan.target.root.id] += plan.skips
        gone = {
            root_id: tuple(record.path for record in records)
            for root_id, records in self._gone.items()
            if records
        }
        if skips or gone:
            self._store.write(SyncBatch(self._generation.id, files=skips, gone=gone))

    def _report(self) -> SyncReport:
        return SyncReport(
            added=self._counts["added"],
            updated=self._counts["updated"],
            moved=self._counts["moved"],
            deleted=self._vanished.total(),
            unchanged=self._counts["unchanged"] + sum(plan.unchanged for plan in self._plans),
            skipped=sum(plan.skipped for plan in self._plans),
            failed=tuple(sorted(self._failed, key=lambda failed: failed.path)),
            warnings=(*self._warnings, *foreign_warning(self._foreign)),
        )


def _by_root(records: Sequence[_Record]) -> dict[int, tuple[FileRecord, ...]]:
    grouped: dict[int, list[FileRecord]] = {}
    for record in records:
        grouped.setdefault(record.root_id, []).append(record.file)
    return {root_id: tuple(files) for root_id, files in grouped.items()}
