"""The vector index on FAISS: exact, in memory, saved whole.

Every search compares the query with every vector, so nothing is ever missed; a removed vector is
gone at once. What is saved is a file and a manifest beside it, each replaced atomically, the
manifest last: after a kill at any moment they either belong together or are seen not to.
"""

import threading
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np

from embeddings.base import FloatArray, IdArray, VectorHits
from embeddings.errors import VectorIndexCorrupt
from embeddings.index_file import read_index_file, write_index_file

_KIND = "flat"


class FlatVectorIndex:
    """Exact inner products over float32 vectors. Safe to use from several threads."""

    def __init__(self, dimension: int) -> None:
        """An empty index over vectors of that length."""
        self._faiss = import_module("faiss")
        self._lock = threading.Lock()
        self._index: Any = self._faiss.IndexIDMap2(self._faiss.IndexFlatIP(dimension))

    @classmethod
    def load(cls, path: Path, *, dimension: int, fingerprint: str) -> tuple[Self, int]:
        """The index that `save` wrote, and the revision it was given.

        Raises:
            VectorIndexCorrupt: The file or its manifest is missing, damaged, half-written, or of
                another dimension, model or format: build the index again.
        """
        index, revision = read_index_file(
            path, kind=_KIND, dimension=dimension, fingerprint=fingerprint
        )
        loaded = cls(dimension)
        flat = loaded._faiss.downcast_index(getattr(index, "index", None))
        if not isinstance(flat, loaded._faiss.IndexFlatIP):
            raise VectorIndexCorrupt(
                f"The vector index {str(path)!r} is not an exact one.",
                hint="Run `quoth doctor --repair` to build it again from the stored vectors.",
            )
        loaded._index = index
        return loaded, revision

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    @property
    def count(self) -> int:
        with self._lock:
            return int(self._index.ntotal)

    def ids(self) -> IdArray:
        """Every id that it holds, in no order."""
        with self._lock:
            return self._ids()

    def add(self, ids: IdArray, vectors: FloatArray) -> None:
        ids = np.ascontiguousarray(ids, dtype=np.int64)
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if ids.ndim != 1 or vectors.shape != (ids.size, self.dimension):
            raise ValueError(
                f"{ids.shape} ids do not fit vectors of shape {vectors.shape}: expected "
                f"(n,) and (n, {self.dimension})"
            )
        if not ids.size:
            return
        if ids.min() < 0 or np.unique(ids).size != ids.size:
            raise ValueError("ids must be 0 or more, and each given once")
        with self._lock:
            there = self._ids()
            # Ids mostly ascend from one call to the next; then nothing has to be sorted.
            taken = np.intersect1d(ids, there) if ids.min() <= there.max(initial=-1) else there[:0]
            if taken.size:
                raise ValueError(f"ids are there already: {taken[:5].tolist()}")
            self._index.add_with_ids(vectors, ids)

    def remove(self, ids: IdArray) -> int:
        ids = np.ascontiguousarray(ids, dtype=np.int64)
        if not ids.size:
            return 0
        with self._lock:
            return int(self._index.remove_ids(ids))

    def search(self, query: FloatArray, k: int, *, among: IdArray | None = None) -> VectorHits:
        """Exact ties at rank k are settled too: of equal scores the smaller ids are returned."""
        queries = np.ascontiguousarray(query, dtype=np.float32).reshape(1, -1)
        if k < 1 or queries.shape[1] != self.dimension:
            raise ValueError(
                f"cannot search the {k} nearest to a query of shape {query.shape}: expected "
                f"k ≥ 1 and ({self.dimension},)"
            )
        # One query is searched by one thread anyway; the others would spin beside it, on cores that
        # the model needs. OpenMP keeps the number for each thread that calls it.
        self._faiss.omp_set_num_threads(1)
        with self._lock:
            total = int(self._index.ntotal)
            parameters = None
            if among is not None:
                allowed = self._membership(among)
                total = min(total, len(among))
                parameters = self._faiss.SearchParameters(sel=self._faiss.IDSelectorBitmap(allowed))
            if not total:
                return _hits(np.empty(0, np.float32), np.empty(0, np.int64), k)
            asked = min(k + 1, total)
            while True:
                scores, ids = self._index.search(queries, asked, params=parameters)
                if not _cuts_a_tie(scores[0], ids[0], k) or asked == total:
                    return _hits(scores[0], ids[0], k)
                asked = min(4 * asked, total)

    def get(self, ids: IdArray) -> FloatArray:
        wanted = np.ascontiguousarray(ids, dtype=np.int64)
        if not wanted.size:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._lock:
            try:
                vectors: FloatArray = self._index.reconstruct_batch(wanted)
            except RuntimeError as exc:
                missing = np.setdiff1d(wanted, self._ids())
                raise KeyError(int(missing[0]) if missing.size else str(exc)) from exc
            return vectors

    def save(self, path: Path, *, revision: int, fingerprint: str) -> None:
        """Replaces what was at the path; searches wait meanwhile.

        Raises:
            EmbeddingError: It cannot be written, as on a full disk; what was there is kept.
        """
        with self._lock:
            write_index_file(
                self._index, path, kind=_KIND, revision=revision, fingerprint=fingerprint
            )

    def _ids(self) -> IdArray:
        ids: IdArray = self._faiss.vector_to_array(self._index.id_map)
        return ids

    def _membership(self, among: IdArray) -> Any:
        """One bit for each id up to the greatest, set for those that may be returned."""
        allowed = np.asarray(among, dtype=np.int64)
        allowed = allowed[allowed >= 0]
        bits = np.zeros(int(allowed.max(initial=0)) + 1, dtype=bool)
        bits[allowed] = True
        return np.packbits(bits, bitorder="little")


def _cuts_a_tie(scores: FloatArray, ids: IdArray, k: int) -> bool:
    """Whether ids that were not returned may have the score of the k-th.

    True as long as the last score returned equals the k-th: the tie may go on beyond it.
    """
    if len(ids) <= k or ids[-1] < 0:
        return False
    return bool(scores[-1] == scores[k - 1])


def _hits(scores: FloatArray, ids: IdArray, k: int) -> VectorHits:
    """FAISS fills up with the id -1 where it found fewer."""
    found = ids >= 0
    scores, ids = scores[found], ids[found]
    order = np.lexsort((ids, -scores))[:k]
    return VectorHits(ids=ids[order], scores=scores[order])
