"""Puts small documents straight into a store, one chunk each, for tests of what comes after it."""

import hashlib

import numpy as np

from embeddings.base import Encoder
from rag.ingest.context import embedding_text
from rag.store.base import (
    DocumentStore,
    EncodedChunk,
    FileRecord,
    Generation,
    NewDocument,
    SyncBatch,
)
from rag.types import ChunkDraft, ParsedDocument, Place


def put(
    store: DocumentStore,
    encoder: Encoder,
    texts: dict[str, str],
    *,
    title: str | None = None,
    date: str | None = None,
    page_starts: tuple[int, ...] = (),
    places: tuple[Place, ...] = (),
) -> None:
    """Adds or replaces files by path; each sentence ends in a full stop and a space."""
    generation = store.open_generation(
        Generation(encoder.name, encoder.fingerprint, encoder.dimension, "test")
    )
    root = store.add_root("/docs")
    parsed = [
        ParsedDocument(
            text, "text/plain", title=title, date=date, page_starts=page_starts, places=places
        )
        for text in texts.values()
    ]
    documents = tuple(_document(encoder, each) for each in parsed)
    files = tuple(
        FileRecord(path, len(text), 1, document.sha256, document.id, "indexed")
        for (path, text), document in zip(texts.items(), documents, strict=True)
    )
    store.write(SyncBatch(generation.id, documents=documents, files={root.id: files}))


def drop(store: DocumentStore, *paths: str) -> None:
    """Removes files by path."""
    generation = store.generation()
    assert generation is not None
    root = store.add_root("/docs")
    store.write(SyncBatch(generation.id, gone={root.id: paths}))


def _document(encoder: Encoder, parsed: ParsedDocument) -> NewDocument:
    text = parsed.text
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    sentences = _sentences(text)
    full, offset = embedding_text(parsed.title, None, text)
    encoded = encoder.encode_documents(
        [full], [[(start + offset, end + offset) for start, end in sentences]]
    )
    directions = np.round(encoded.span_vectors[0] * 127).astype(np.int8)
    pages = (1, len(parsed.page_starts)) if parsed.page_starts else (None, None)
    draft = ChunkDraft(0, text, 0, len(text), 1, 1, None, *pages, len(text) // 4, sentences)
    chunk = EncodedChunk(draft, encoded.vectors[0], directions)
    return NewDocument(f"doc_{sha256[:20]}", "default", sha256, parsed, (chunk,))


def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    spans, start = [], 0
    for part in text.split(". "):
        end = min(start + len(part) + 1, len(text))
        spans.append((start, end))
        start = end + 1
    return tuple(spans)
