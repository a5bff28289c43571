"""What waits for the next transaction of an ingest: documents, and the records of their files."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from rag.ingest.embedding import BATCH_CHUNKS, Embedder
from rag.store.base import DocumentStore, EncodedChunk, FileRecord, NewDocument, SyncBatch
from rag.types import ChunkDraft, ParsedDocument

_MAX_FILES = 1_000
_MAX_CHARS = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that was split and waits for its vectors, or has them already.

    Attributes:
        drafts: Its chunks; none where they are encoded.
        encoded: Its chunks with their vectors, of a long document.
    """

    id: str
    collection: str
    sha256: str
    parsed: ParsedDocument
    drafts: tuple[ChunkDraft, ...] = ()
    encoded: Collection[EncodedChunk] | None = None


class PendingBatch:
    """Collects documents with their files' records; `files_written` files on disk are committed.

    A document is written in the same transaction as a record that points to it, so that none is
    ever left without a file.
    """

    def __init__(
        self,
        store: DocumentStore,
        embedder: Embedder,
        generation_id: int,
        on_encoded: Callable[[int], None],
    ) -> None:
        self.files_written = 0
        self._store = store
        self._embedder = embedder
        self._generation_id = generation_id
        self._on_encoded = on_encoded
        self._documents: dict[str, Draft] = {}
        self._files: dict[int, list[FileRecord]] = {}
        self._records = self._chunks = self._chars = 0

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._documents

    @property
    def is_full(self) -> bool:
        """Whether it is time to write."""
        return (
            self._records >= _MAX_FILES or self._chunks >= BATCH_CHUNKS or self._chars >= _MAX_CHARS
        )

    def add(self, root_id: int, record: FileRecord, draft: Draft | None = None) -> None:
        """A file's new record, and its document where that is new."""
        if draft is not None and draft.id not in self._documents:
            self._documents[draft.id] = draft
            self._chunks += len(draft.drafts)
            self._chars += len(draft.parsed.text)
        self._files.setdefault(root_id, []).append(record)
        self._records += 1

    def write(self) -> None:
        """Encodes and writes what has been collected, in one transaction."""
        if not self._records:
            return
        pending = list(self._documents.values())
        texts = [(each.parsed, each.drafts) for each in pending]
        encoded = self._embedder.encode(texts, self._on_encoded) if pending else ()
        documents = tuple(
            NewDocument(
                each.id,
                each.collection,
                each.sha256,
                each.parsed,
                chunks if each.encoded is None else each.encoded,
            )
            for each, chunks in zip(pending, encoded, strict=True)
        )
        files = {root_id: tuple(records) for root_id, records in self._files.items()}
        self._store.write(SyncBatch(self._generation_id, documents, files))
        self.files_written += sum(
            record.container is None for records in files.values() for record in records
        )
        self._documents.clear()
        self._files.clear()
        self._records = self._chunks = self._chars = 0
