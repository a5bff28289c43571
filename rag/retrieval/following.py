"""Retrieval that goes on when another process has built the index anew with another model.

The encoder must be the one that made the generation that serves. When another generation takes its
place, its model is loaded, questions wait for that, and none is answered with vectors of two
models.
"""

import threading
from collections.abc import Callable, Sequence

from embeddings.base import Encoder
from rag.errors import IndexMismatch
from rag.filters import Access, Filters
from rag.index.base import SearchIndex
from rag.retrieval.retriever import Retrieval, Retriever
from rag.store.base import DocumentReader, Generation

LoadEncoder = Callable[[Generation], Encoder | None]
"""The encoder that made a generation; None where there is none here."""

_TRIES = 3


class FollowingRetriever:
    """A retriever for the generation that serves. Safe to use from several threads.

    Args:
        store: Says which generation serves.
        index: Finds candidates.
        encoder: The one to begin with.
        load_encoder: Loads another; None never does.
    """

    def __init__(
        self,
        store: DocumentReader,
        index: SearchIndex,
        encoder: Encoder,
        load_encoder: LoadEncoder | None = None,
    ) -> None:
        self._store = store
        self._index = index
        self._load_encoder = load_encoder
        self._lock = threading.Lock()
        self._current = encoder, Retriever(store, index, encoder)

    @property
    def last(self) -> Retriever:
        """The retriever that the last question was given to."""
        return self._current[1]

    def retrieve(
        self,
        question: str,
        *,
        k: int,
        filters: Filters,
        access: Access,
        earlier: Sequence[str],
        read: int,
    ) -> Retrieval:
        """As `Retriever.retrieve`.

        Raises:
            IndexMismatch: The model that made the index is not here.
        """
        for _ in range(_TRIES):
            encoder, retriever = self._serving()
            try:
                found = retriever.retrieve(
                    question, k=k, filters=filters, access=access, earlier=earlier, read=read
                )
            except IndexMismatch:  # the generation changed between the two
                continue
            if self._fits(encoder):
                return found
        raise self._mismatch(self._current[0])

    def _serving(self) -> tuple[Encoder, Retriever]:
        """The encoder that fits the generation that serves, and its retriever."""
        if self._fits(self._current[0]):
            return self._current
        with self._lock:  # one thread loads the model, the others wait for it
            if not self._fits(self._current[0]):
                generation = self._store.generation()
                encoder = None
                if generation is not None and self._load_encoder is not None:
                    encoder = self._load_encoder(generation)
                if encoder is None:
                    raise self._mismatch(self._current[0])
                self._current = encoder, Retriever(self._store, self._index, encoder)
            return self._current

    def _fits(self, encoder: Encoder) -> bool:
        generation = self._store.generation()
        return generation is None or generation.fingerprint == encoder.fingerprint

    def _mismatch(self, encoder: Encoder) -> IndexMismatch:
        generation = self._store.generation()
        made_with = generation.model if generation is not None else "none"
        return IndexMismatch(
            f"The index was made with the model {made_with!r}, "
            f"and the settings name {encoder.name!r} (or another version of it).",
            hint="Run `quoth ingest` to build the index anew with it, or set QUOTH_MODEL back.",
        )
