"""Many askers, one model: questions that wait are encoded together.

A batch of eight questions takes the model about three times as long as one, so under load a
question costs less than half. Nobody waits for company: whoever finds the model free takes along
what is there at that moment.
"""

import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from embeddings.base import CharSpan, EncodedDocuments, Encoder, FloatArray, OnEncoded

MOST_AT_ONCE = 16
"""8 encode about a tenth fewer questions a second; more would let each wait longer."""


class _Waiting:
    """A question in the queue; `ready` is set when it is answered, or to lead the next batch."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.ready = threading.Event()
        self.vector: FloatArray | None = None
        self.error: BaseException | None = None

    @property
    def is_done(self) -> bool:
        return self.vector is not None or self.error is not None


class QueuedEncoder:
    """An encoder whose `encode_query` is called by many threads at once.

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
        """How many questions wait for the model now."""
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
        mine = _Waiting(query)
        with self._lock:
            self._queue.append(mine)
            leads, self._busy = not self._busy, True
        if not leads:
            mine.ready.wait()
        if not mine.is_done:
            self._lead()
        if mine.error is not None:
            raise mine.error
        assert mine.vector is not None
        return mine.vector

    def encode_queries(self, queries: Sequence[str]) -> FloatArray:
        return self._encoder.encode_queries(queries)

    def encode_documents(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None = None,
        on_encoded: OnEncoded | None = None,
    ) -> EncodedDocuments:
        return self._encoder.encode_documents(texts, spans, on_encoded)

    def count_tokens(self, text: str) -> int:
        return self._encoder.count_tokens(text)

    def _lead(self) -> None:
        """Encodes what is first in the queue, the caller's own question among it."""
        with self._lock:
            batch = [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]
        try:
            vectors = self._encoder.encode_queries([each.query for each in batch])
            for each, vector in zip(batch, vectors, strict=True):
                each.vector = vector
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
