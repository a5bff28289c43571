"""An encoder that needs no model: words are hashed to dimensions, so shared words mean likeness.

For tests that need a real ranking, quickly and the same everywhere. It knows nothing of meaning:
two texts are alike as far as they have the same words.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from embeddings.base import CharSpan, EncodedDocuments, FloatArray, OnEncoded
from embeddings.spans import unit

_WORD = re.compile(r"\w+")


class HashingEncoder:
    """Unit vectors of hashed words; a text without words gets one vector of its own."""

    def __init__(self, dimension: int = 256, *, max_tokens: int = 512) -> None:
        """At least one dimension, and at least one word."""
        self._dimension = dimension
        self._max_tokens = max_tokens

    @property
    def name(self) -> str:
        return "hashing"

    @property
    def fingerprint(self) -> str:
        return f"hashing-1-{self._dimension}-{self._max_tokens}"

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @property
    def tokenizer_file(self) -> Path | None:
        return None

    def encode_query(self, query: str) -> FloatArray:
        return self._vector(self._words(query))

    def encode_queries(self, queries: Sequence[str]) -> FloatArray:
        rows = [self.encode_query(query) for query in queries]
        return np.array(rows, dtype=np.float32).reshape(-1, self._dimension)

    def encode_documents(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None = None,
        on_encoded: OnEncoded | None = None,
    ) -> EncodedDocuments:
        """Words have no context here: a span's vector is that of its own words."""
        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        span_vectors = []
        for position, text in enumerate(texts):
            words = self._words(text)
            vectors[position] = self._vector(words)
            wanted = spans[position] if spans is not None else ()
            rows = [self._span_vector(words, span, vectors[position]) for span in wanted]
            span_vectors.append(np.array(rows, dtype=np.float32).reshape(-1, self._dimension))
            if on_encoded is not None:
                on_encoded(1)
        return EncodedDocuments(vectors, tuple(span_vectors))

    def count_tokens(self, text: str) -> int:
        return sum(1 for _ in _WORD.finditer(text))

    def _words(self, text: str) -> list[tuple[int, str]]:
        """The words the encoder sees, lower-cased, with the offset of each one's last character."""
        words = [(match.end() - 1, match.group().lower()) for match in _WORD.finditer(text)]
        return words[: self._max_tokens]

    def _span_vector(
        self, words: list[tuple[int, str]], span: CharSpan, text_vector: FloatArray
    ) -> FloatArray:
        inside = [(last, word) for last, word in words if span[0] <= last < span[1]]
        return self._vector(inside) if inside else text_vector

    def _vector(self, words: list[tuple[int, str]]) -> FloatArray:
        vector = np.zeros(self._dimension, dtype=np.float32)
        for _, word in words:
            index, sign = self._feature(word)
            vector[index] += sign
        if not vector.any():
            index, _ = self._feature("")
            vector[index] = 1.0
        return unit(vector)

    def _feature(self, word: str) -> tuple[int, float]:
        """Hashed signs keep collisions from adding up (arXiv:0902.2206)."""
        number = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest())
        return (number >> 1) % self._dimension, 1.0 if number & 1 else -1.0
