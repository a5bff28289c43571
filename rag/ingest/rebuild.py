"""A new generation of chunks and vectors, built from the store's own documents.

The old generation answers until the new one is whole. A rebuild that was stopped goes on with the
documents that are still missing.
"""

import logging
from collections.abc import Callable

from rag.ingest.embedding import BATCH_CHUNKS, Drafts, Embedder, OnChunks
from rag.store.base import DocumentStore, Generation
from rag.types import SyncProgress, SyncStage

OnProgress = Callable[[SyncProgress], None]

logger = logging.getLogger(__name__)


def rebuild(
    store: DocumentStore, embedder: Embedder, generation: Generation, on_progress: OnProgress
) -> tuple[str, ...]:
    """Gives every document its chunks in a generation, then lets it serve.

    Returns:
        A sentence for each document that could not be split, and so cannot be found until its file
        changes.
    """
    warnings: list[str] = []
    total = store.counts().documents
    encoded = 0

    def note_encoded(chunks: int) -> None:
        nonlocal encoded
        encoded += chunks
        on_progress(SyncProgress(SyncStage.ENCODING, encoded, None))

    pending: dict[str, Drafts] = {}
    for done, (document, parsed) in enumerate(store.documents_outside(generation.id)):
        on_progress(SyncProgress(SyncStage.READING, done, total, document.path))
        embedder.load()
        try:
            drafts = embedder.split(parsed)
        except Exception as exc:  # one bad document must not stop the others
            logger.warning("Splitting %s failed.", document.id, exc_info=True)
            warnings.append(f"{document.uri!r} could not be split: {type(exc).__name__}: {exc}")
            drafts = ()
        pending[document.id] = parsed, drafts
        if sum(len(drafts) for _, drafts in pending.values()) >= BATCH_CHUNKS:
            _write(store, embedder, generation, pending, note_encoded)
    _write(store, embedder, generation, pending, note_encoded)
    store.switch_generation(generation.id)
    return tuple(warnings)


def _write(
    store: DocumentStore,
    embedder: Embedder,
    generation: Generation,
    pending: dict[str, Drafts],
    on_encoded: OnChunks,
) -> None:
    if not pending:
        return
    encoded = embedder.encode(tuple(pending.values()), on_encoded)
    for document_id, chunks in zip(pending, encoded, strict=True):
        store.add_chunks(generation.id, document_id, chunks)
    pending.clear()
