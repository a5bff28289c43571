"""Many askers, one model: what waits is encoded together, questions and a few sentences alike.

A batch of eight questions takes the model about three times as long as one, so under load a
question costs less than half. Nobody waits for company: whoever finds the model free takes along
what is there at that moment.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from embeddings.base import CharSpan, EncodedDocuments, Encoder, FloatArray, OnEncoded

MOST_AT_ONCE = 16
"""Texts; 8 encode about a tenth fewer questions a second; more would let each wait longer."""

FEW_TEXTS = 8
"""So many documents wait in the queue with the questions; more are an ingest's."""


class _Waiting:
    """Texts in the queue; `ready` is set when they are encoded, or to lead the next batch."""

    def __init__(self, texts: Sequence[str], *, are_queries: bool) -> None:
        self.texts = texts
        self.are_queries = are_queries
        self.ready = threading.Event()
        self.vectors: FloatArray | None = None
        self.error: BaseException | None = None

    @property
    def is_done(self) -> bool:
        return self.vectors is not None or self.error is not None


class QueuedEncoder:
    """An encoder that many threads call at once, with a question or a few sentences each.

    There is no thread of its own: the first in the queue encodes for those behind it, then hands
    the model to the next.
    """

    def __init__(self, encoder: Encoder, most_at_once: int = MOST_AT_ONCE) -> None:
        self._encoder = encoder
        self._most = most_at_once
        self._lock = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._busy = False

    @property
    def waiting(self) -> int:
        """How many wait for the model now."""
        return len(self._queue)

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def max_tokens(self) -> int:
        return self._encoder.max_tokens

    @property
    def tokenizer_file(self) -> Path | None:
        return self._encoder.tokenizer_file

    def encode_query(self, query: str) -> FloatArray:
        vector: FloatArray = self._in_turn(_Waiting((query,), are_queries=True))[0]
        return vector

    def encode_queries(self, queries: Sequence[str]) -> FloatArray:
        return self._encoder.encode_queries(queries)

    def encode_documents(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None = None,
        on_encoded: OnEncoded | None = None,
    ) -> EncodedDocuments:
        if spans is not None or not 0 < len(texts) <= FEW_TEXTS:
            return self._encoder.encode_documents(texts, spans, on_encoded)
        vectors = self._in_turn(_Waiting(tuple(texts), are_queries=False))
        if on_encoded is not None:
            on_encoded(len(texts))
        return EncodedDocuments(vectors, tuple(vectors[:0] for _ in texts))

    def count_tokens(self, text: str) -> int:
        return self._encoder.count_tokens(text)

    def _in_turn(self, mine: _Waiting) -> FloatArray:
        with self._lock:
            self._queue.append(mine)
            leads, self._busy = not self._busy, True
        if not leads:
            mine.ready.wait()
        if not mine.is_done:
            self._lead()
        if mine.error is not None:
            raise mine.error
        assert mine.vectors is not None
        return mine.vectors

    def _lead(self) -> None:
        """Encodes what is first in the queue, the caller's own texts among it."""
        with self._lock:
            batch = self._taken()
        try:
            self._encode([each for each in batch if each.are_queries], self._encoder.encode_queries)
            self._encode([each for each in batch if not each.are_queries], self._documents)
        except BaseException as exc:
            for each in batch:
                each.error = exc
            raise
        finally:
            with self._lock:
                # The model goes on before those who have their vectors do.
                self._busy = bool(self._queue)
                if self._queue:
                    self._queue[0].ready.set()
            for each in batch:
                each.ready.set()

    def _taken(self) -> list[_Waiting]:
        batch = [self._queue.popleft()]
        room = self._most - len(batch[0].texts)
        while self._queue and len(self._queue[0].texts) <= room:
            batch.append(self._queue.popleft())
            room -= len(batch[-1].texts)
        return batch

    def _documents(self, texts: Sequence[str]) -> FloatArray:
        return self._encoder.encode_documents(texts).vectors

    def _encode(
        self, batch: Sequence[_Waiting], encode: Callable[[Sequence[str]], FloatArray]
    ) -> None:
        if not batch:
            return
        vectors = encode([text for each in batch for text in each.texts])
        end = 0
        for each in batch:
            start, end = end, end + len(each.texts)
            each.vectors = vectors[start:end]
