"""Sentences encoded by themselves, a few at a time, where that tells more than their place does.

A sentence's stored direction comes from its chunk's pass over the model, so its neighbours speak in
it too. That helps to find the passage; by itself the sentence tells better whether it answers.
"""

import threading
from collections.abc import Sequence

import numpy as np

from embeddings.base import Encoder, FloatArray

MOST_SENTENCES = 8192
"""1.5 kB each."""

SentenceKey = tuple[int, int]
"""A chunk's id, which is never used twice, and where in the document the sentence begins."""


class AloneSentences:
    """Encodes single sentences and remembers them. Safe to use from several threads."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lock = threading.Lock()
        self._kept: dict[SentenceKey, FloatArray] = {}

    def cosines(
        self, vector: FloatArray, sentences: Sequence[tuple[SentenceKey, str]]
    ) -> list[float]:
        """The cosine of a unit vector and each sentence.

        Args:
            vector: Shape (dimension,).
            sentences: Keys and texts.
        """
        with self._lock:
            found = {key: self._kept[key] for key, _ in sentences if key in self._kept}
        missing = {key: text for key, text in sentences if key not in found}
        if missing:
            vectors = self._encoder.encode_documents(list(missing.values())).vectors
            found |= dict(zip(missing, vectors, strict=True))
            with self._lock:
                self._kept |= {key: found[key] for key in missing}
                while len(self._kept) > MOST_SENTENCES:
                    del self._kept[next(iter(self._kept))]
        return [float(np.dot(found[key], vector)) for key, _ in sentences]
