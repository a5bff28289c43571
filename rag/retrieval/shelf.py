"""Chunks that were looked at lately, taken apart: most questions meet chunks that others met.

Reading a dozen chunks and finding the words of their sentences takes longer than searching the
index. What is kept is dropped when the store's revision changes, so that no question is answered
from a text, a title or a path that is gone.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from embeddings.base import FloatArray
from rag.retrieval.alone import SentenceKey
from rag.store.base import DocumentReader, SentenceVectors
from rag.types import Chunk, Document

MOST_CHUNKS = 2048
"""Some 20 kB each."""


@dataclass(frozen=True, slots=True)
class OpenChunk:
    """A chunk taken apart.

    Attributes:
        texts: Its sentences, as the document has them.
        words: The words of each sentence.
        framing: The words of what it stands under: title and headings.
        units: Unit vectors of the sentences, shape (sentences, dimension).
    """

    chunk: Chunk
    document: Document
    texts: tuple[str, ...]
    words: tuple[frozenset[str], ...]
    framing: frozenset[str]
    units: FloatArray

    def sentence(self, place: int) -> tuple[SentenceKey, str]:
        """A sentence with its key."""
        return (self.chunk.id, self.chunk.sentences[place][0]), self.texts[place]


class Shelf:
    """Gives chunks taken apart, and remembers them. Safe to use from several threads.

    Args:
        reader: Gives chunks and sentence vectors.
        word_set: Gives the words of a text as the index knows them.
        dimension: Of the vectors.
    """

    def __init__(
        self, reader: DocumentReader, word_set: Callable[[str], frozenset[str]], dimension: int
    ) -> None:
        self._reader = reader
        self._word_set = word_set
        self._dimension = dimension
        self._lock = threading.Lock()
        self._revision = 0
        self._kept: dict[int, OpenChunk] = {}

    def get(self, ids: Sequence[int], revision: int) -> list[OpenChunk]:
        """The chunks that exist of the ids asked for, in their order.

        Args:
            ids: Of chunks.
            revision: The store's, as it was before now.
        """
        with self._lock:
            if revision != self._revision:
                self._kept, self._revision = {}, revision
            kept = self._kept
            found = {each: kept[each] for each in ids if each in kept}
        missing = [each for each in ids if each not in found]
        if missing:
            opened = self._open(missing)
            found |= opened
            with self._lock:
                # Where the revision has changed meanwhile, this fills a dictionary that is gone.
                kept |= opened
                while len(kept) > MOST_CHUNKS:
                    del kept[next(iter(kept))]
        return [found[each] for each in ids if each in found]

    def _open(self, ids: Sequence[int]) -> dict[int, OpenChunk]:
        chunks = self._reader.chunks(ids)
        directions = self._reader.sentence_vectors(ids)
        return {
            each: self._taken_apart(*chunks[each], directions[each])
            for each in ids
            if each in chunks and each in directions
        }

    def _taken_apart(
        self, chunk: Chunk, document: Document, directions: SentenceVectors
    ) -> OpenChunk:
        texts = tuple(
            chunk.text[start - chunk.start : end - chunk.start] for start, end in chunk.sentences
        )
        return OpenChunk(
            chunk,
            document,
            texts,
            tuple(self._word_set(text) for text in texts),
            self._word_set(f"{document.title} {chunk.heading or ''}"),
            _units(directions, self._dimension),
        )


def _units(directions: SentenceVectors, dimension: int) -> FloatArray:
    if not len(directions):
        return np.empty((0, dimension), np.float32)
    units = directions.astype(np.float32)
    units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1.0)
    return units
