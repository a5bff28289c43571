"""From parsed documents to chunks with vectors, encoded in batches across documents.

The encoder and the chunker are loaded at the first document that needs them, so that an ingest
that finds nothing new never loads a model.
"""

import pickle
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Protocol

from embeddings.base import CharSpan, Encoder, FloatArray
from rag.errors import IndexMismatch
from rag.ingest.context import embedding_text
from rag.ingest.languages import is_foreign
from rag.store.base import EncodedChunk, Generation, SentenceVectors
from rag.types import ChunkDraft, ParsedDocument

CHUNKER_VERSION = 1
"""Grows when the same document may give other chunks than before."""

BATCH_CHUNKS = 512
"""Chunks encoded at once: enough for sorting by length to save padding."""


class DocumentSplitter(Protocol):
    """What an ingest needs of a chunker."""

    @property
    def version(self) -> str: ...

    def split(self, parsed: ParsedDocument) -> tuple[ChunkDraft, ...]: ...

    def drafts(self, parsed: ParsedDocument) -> Iterator[ChunkDraft]:
        """As `split`, one after another."""
        ...


def chunker_version(max_tokens: int) -> str:
    """The version of `rag.ingest.chunker` at a size, without importing it."""
    return f"{CHUNKER_VERSION}/{max_tokens}"


Drafts = tuple[ParsedDocument, tuple[ChunkDraft, ...]]
OnChunks = Callable[[int], None]


class Embedder:
    """Splits documents and encodes their chunks, for one generation."""

    def __init__(
        self,
        load_encoder: Callable[[], Encoder],
        make_chunker: Callable[[Encoder], DocumentSplitter],
        generation: Generation,
    ) -> None:
        self._load_encoder = load_encoder
        self._make_chunker = make_chunker
        self._generation = generation
        self._loading: Future[tuple[Encoder, DocumentSplitter]] | None = None

    def prepare(self) -> None:
        """Begins to load the encoder and the chunker beside what the caller does, unless begun."""
        if self._loading is None:
            executor = ThreadPoolExecutor(1, "embedder")
            self._loading = executor.submit(self._load)
            executor.shutdown(wait=False)

    def load(self) -> None:
        """Loads the encoder and the chunker, unless they are.

        Raises:
            IndexMismatch: They are not those of the generation.
            EmbeddingError: There is no such model, or it cannot be used.
        """
        self._parts()

    def split(self, parsed: ParsedDocument) -> tuple[ChunkDraft, ...]:
        """The chunks of a document."""
        _, chunker = self._parts()
        return chunker.split(parsed)

    def is_foreign(self, parsed: ParsedDocument) -> bool:
        """Whether the encoder does not know the document's language."""
        encoder, _ = self._parts()
        return is_foreign(parsed.text, encoder.count_tokens)

    def encode(
        self, documents: Sequence[Drafts], on_encoded: OnChunks | None = None
    ) -> tuple[tuple[EncodedChunk, ...], ...]:
        """The chunks of each document with their vectors.

        Args:
            documents: Each with its chunks.
            on_encoded: Told the number of chunks that each step finished.
        """
        encoder, _ = self._parts()
        flat = [(parsed.title, draft) for parsed, drafts in documents for draft in drafts]
        chunks: list[EncodedChunk] = []
        for first in range(0, len(flat), BATCH_CHUNKS):
            batch = flat[first : first + BATCH_CHUNKS]
            chunks.extend(_encode_batch(encoder, batch, on_encoded))
        ready = iter(chunks)
        return tuple(tuple(next(ready) for _ in drafts) for _, drafts in documents)

    def encode_to_disk(
        self, parsed: ParsedDocument, folder: Path, on_encoded: OnChunks | None = None
    ) -> "SpooledChunks":
        """The chunks of one long document, a batch of them in memory at a time.

        Args:
            parsed: The document.
            folder: Where they lie until they are forgotten.
            on_encoded: As in `encode`.
        """
        encoder, chunker = self._parts()
        spooled = SpooledChunks(folder)
        drafts = iter(chunker.drafts(parsed))
        while batch := [(parsed.title, draft) for draft in islice(drafts, BATCH_CHUNKS)]:
            for chunk in _encode_batch(encoder, batch, on_encoded):
                spooled.append(chunk)
        return spooled

    def _parts(self) -> tuple[Encoder, DocumentSplitter]:
        self.prepare()
        assert self._loading is not None
        return self._loading.result()

    def _load(self) -> tuple[Encoder, DocumentSplitter]:
        encoder = self._load_encoder()
        chunker = self._make_chunker(encoder)
        loaded = Generation(encoder.name, encoder.fingerprint, encoder.dimension, chunker.version)
        if not loaded.matches(self._generation):
            raise IndexMismatch(
                f"The model that was loaded, {encoder.name!r} ({encoder.fingerprint}), is not the "
                f"one that was announced, {self._generation.model!r} "
                f"({self._generation.fingerprint}).",
                hint="Run the same command again; if that fails, empty the cache folder.",
            )
        return encoder, chunker


class SpooledChunks(Collection[EncodedChunk]):
    """Chunks in a file without a name, which goes with the last reference to it or the process."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - see close
        self._count = 0

    def append(self, chunk: EncodedChunk) -> None:
        """Adds a chunk; not while they are being read."""
        pickle.dump(chunk, self._file, protocol=5)
        self._count += 1

    def close(self) -> None:
        """Gives the room back; they are gone."""
        self._file.close()

    def __del__(self) -> None:
        self.close()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[EncodedChunk]:
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)

    def __contains__(self, chunk: object) -> bool:
        return any(each is chunk for each in self)


def sentence_directions(vectors: FloatArray) -> SentenceVectors:
    """Unit vectors of shape (n, dimension) as int8, each scaled so that its largest is ±127."""
    import numpy as np

    if not len(vectors):
        return np.zeros(vectors.shape, dtype=np.int8)
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = vectors / np.maximum(largest, np.finfo(np.float32).tiny) * 127
    directions: SentenceVectors = np.rint(scaled).astype(np.int8)
    return directions


def _encode_batch(
    encoder: Encoder, batch: Sequence[tuple[str | None, ChunkDraft]], on_encoded: OnChunks | None
) -> Iterator[EncodedChunk]:
    texts: list[str] = []
    spans: list[list[CharSpan]] = []
    for title, draft in batch:
        text, offset = embedding_text(title, draft.heading, draft.text)
        shift = offset - draft.start
        texts.append(text)
        spans.append([(start + shift, end + shift) for start, end in draft.sentences])
    encoded = encoder.encode_documents(texts, spans, on_encoded)
    for (_, draft), vector, sentences in zip(
        batch, encoded.vectors, encoded.span_vectors, strict=True
    ):
        yield EncodedChunk(draft, vector, sentence_directions(sentences))
