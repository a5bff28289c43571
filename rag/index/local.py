"""The search index of one machine: FAISS for vectors and tantivy for words, in one folder.

Both sides keep the store's revision that they show. Vectors catch up in memory, words on disk (see
`rag.index.words`); a damaged file is built anew from the store, so that nothing but time is lost.
"""

import itertools
import logging
import shutil
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.base import IdArray, VectorHits
from embeddings.errors import VectorIndexCorrupt
from embeddings.faiss_index import FlatVectorIndex
from rag.errors import IndexMismatch, NothingIndexed
from rag.index.analysis import Analyzer
from rag.index.base import Candidates, SearchQuery
from rag.index.words import WordHits, WordIndex
from rag.index.written import vectors_file
from rag.store.base import DocumentReader, Generation

logger = logging.getLogger(__name__)

_ROWS_AT_ONCE = 4096
_TRIES = 3


@dataclass(slots=True)
class _Sides:
    """Both sides of one generation, and the store's revision that its vectors show."""

    generation: Generation
    folder: Path
    vectors: FlatVectorIndex
    vectors_revision: int
    words: WordIndex


class LocalIndex:
    """A `SearchIndex` in a folder.

    Args:
        folder: Where its files are; each generation has a folder of its own in it.
        reader: The store that it follows.
    """

    def __init__(self, folder: Path, reader: DocumentReader) -> None:
        self._folder = folder
        self._reader = reader
        self._analyzer = Analyzer()
        self._lock = threading.RLock()
        self._sides: _Sides | None = None

    def search(self, query: SearchQuery, *, depth: int, among: IdArray | None = None) -> Candidates:
        """See `SearchIndex.search`.

        Raises:
            NothingIndexed: The store has no generation yet.
        """
        for _ in range(_TRIES):
            sides = self._current()
            # A chunk that is found may be gone before its vector is asked for.
            with suppress(KeyError):
                return _search(sides, query, depth, among)
        with self._lock:
            return _search(self._current(), query, depth, among)

    def open(self) -> None:
        """Opens its files now, where there is anything to open, and not at the first search."""
        if self._reader.generation() is not None:
            self._current()

    def words(self, text: str) -> tuple[str, ...]:
        return self._analyzer.words(text)

    def word_set(self, text: str) -> frozenset[str]:
        return self._analyzer.word_set(text)

    def word_weights(self, words: Sequence[str]) -> Mapping[str, float]:
        return self._opened().words.word_weights(words)

    def unknown_words(self, words: Sequence[str]) -> frozenset[str]:
        return self._opened().words.unknown_words(words)

    def refresh(self) -> None:
        sides = self._current()
        with self._lock:
            sides.vectors.save(
                vectors_file(sides.folder),
                revision=sides.vectors_revision,
                fingerprint=sides.generation.fingerprint,
            )
        for folder in self._folder.glob("g*"):  # whoever has one of those open goes on with it
            if folder != sides.folder:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        with self._lock:
            self._sides = None

    def _opened(self) -> _Sides:
        """Both sides as the last search left them."""
        return self._sides or self._current()

    def _current(self) -> _Sides:
        """Both sides, showing the store as it is now."""
        with self._lock:
            generation = self._serving()
            while True:
                if self._sides is None or self._sides.generation.id != generation.id:
                    self._sides = self._open(generation)
                revision = self._reader.revision()
                self._catch_up_vectors(self._sides, revision)
                self._sides.words.catch_up(self._reader, revision)
                before, generation = generation, self._serving()
                if generation.id == before.id:
                    return self._sides
                # What was read may be of either; the other one is opened anew.
                self._sides = None

    def _serving(self) -> Generation:
        generation = self._reader.generation()
        if generation is None:
            raise NothingIndexed(
                "Nothing has been ingested yet.", hint="Run `quoth ingest FOLDER` first."
            )
        return generation

    def _open(self, generation: Generation) -> _Sides:
        folder = self._folder / f"g{generation.id}"
        vectors, revision = FlatVectorIndex(generation.dimension), 0
        if (file := vectors_file(folder)).exists():
            try:
                vectors, revision = FlatVectorIndex.load(
                    file, dimension=generation.dimension, fingerprint=generation.fingerprint
                )
            except VectorIndexCorrupt as exc:
                logger.warning("%s The vectors are taken from the store instead.", exc)
        return _Sides(generation, folder, vectors, revision, WordIndex(folder, self._analyzer))

    def _catch_up_vectors(self, sides: _Sides, revision: int) -> None:
        if sides.vectors_revision >= revision:
            return
        sides.vectors.remove(self._reader.removed_after(sides.vectors_revision))
        rows = self._reader.rows_after(sides.vectors_revision)
        while some := tuple(itertools.islice(rows, _ROWS_AT_ONCE)):
            ids = np.asarray([row.chunk_id for row in some], np.int64)
            # Rows newer than `revision` may be among these, and come again the next time.
            sides.vectors.remove(ids)
            sides.vectors.add(ids, np.stack([row.vector for row in some]))
        sides.vectors_revision = revision


def _search(sides: _Sides, query: SearchQuery, depth: int, among: IdArray | None) -> Candidates:
    if query.vector.shape != (sides.generation.dimension,):
        raise IndexMismatch(
            f"The question was encoded with another model than {sides.generation.model!r}.",
            hint="Ask it again.",
        )
    revision = sides.vectors_revision
    near = sides.vectors.search(query.vector, depth, among=among)
    worded = sides.words.search(query.texts, depth, among)
    return _union(sides.vectors, query, near, worded, revision)


def _union(
    vectors: FlatVectorIndex,
    query: SearchQuery,
    near: VectorHits,
    worded: WordHits,
    revision: int,
) -> Candidates:
    by_meaning = set(near.ids.tolist())
    by_words_alone = np.asarray(
        [each for each in worded.ids.tolist() if each not in by_meaning], np.int64
    )
    ids = np.concatenate((near.ids, by_words_alone))
    dense = np.concatenate((near.scores, vectors.get(by_words_alone) @ query.vector))
    order = np.argsort(ids)
    ids, dense = ids[order], dense[order].astype(np.float32)
    lexical = np.zeros(len(ids), np.float32)
    lexical[np.searchsorted(ids, worded.ids)] = worded.scores
    return Candidates(ids, dense, lexical, revision)
