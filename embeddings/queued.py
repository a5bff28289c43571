"""Many askers, one model: what waits is encoded together, questions and a few sentences alike.

A batch of eight questions takes the model about three times as long as one, so under load a
question costs less than half (see `embeddings.turns`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embeddings.base import CharSpan, EncodedDocuments, Encoder, FloatArray, OnEncoded
from embeddings.turns import Turns

MOST_AT_ONCE = 16
"""Texts; 8 encode about a tenth fewer questions a second; more would let each wait longer."""

FEW_TEXTS = 8
"""So many documents wait in the queue with the questions; more are an ingest's."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts of one who asks."""

    texts: Sequence[str]
    are_queries: bool


class QueuedEncoder:
    """An encoder that many threads call at once, with a question or a few sentences each."""

    def __init__(self, encoder: Encoder, most_at_once: int = MOST_AT_ONCE) -> None:
        self._encoder = encoder
        self._turns = Turns(self._encode_all, lambda asked: len(asked.texts), most_at_once)

    @property
    def waiting(self) -> int:
        """How many wait for the model now."""
        return self._turns.waiting

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
        vector: FloatArray = self._turns.take(_Texts((query,), are_queries=True))[0]
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
        vectors = self._turns.take(_Texts(tuple(texts), are_queries=False))
        if on_encoded is not None:
            on_encoded(len(texts))
        return EncodedDocuments(vectors, tuple(vectors[:0] for _ in texts))

    def count_tokens(self, text: str) -> int:
        return self._encoder.count_tokens(text)

    def _encode_all(self, asked: Sequence[_Texts]) -> list[FloatArray]:
        """The vectors of each who asks, shape (texts, dimension)."""
        found: dict[int, FloatArray] = {}
        for are_queries in (True, False):
            places = [place for place, each in enumerate(asked) if each.are_queries is are_queries]
            texts = [text for place in places for text in asked[place].texts]
            if not texts:
                continue
            if are_queries:
                vectors = self._encoder.encode_queries(texts)
            else:
                vectors = self._encoder.encode_documents(texts).vectors
            end = 0
            for place in places:
                start, end = end, end + len(asked[place].texts)
                found[place] = vectors[start:end]
        return [found[place] for place in range(len(asked))]
