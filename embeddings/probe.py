"""Compares two encoders on texts chosen to be different from one another.

A compiled model is trusted only if its vectors are the reference's on all of them: short and long,
one language and many, capitals, numbers, code, emoji, blanks and nothing at all.
"""

from dataclasses import dataclass

import numpy as np

from embeddings.base import CharSpan, EncodedDocuments, Encoder

_SENTENCE = "The committee published its findings on the new railway in the spring of that year. "
_OTHER = "Prices rose by 3.5% while wages, at 1,204 a month, stayed where they had been! "

PROBE_TEXTS = (
    "",
    " \n\t",
    "a",
    "Where is the office?",
    "HOLIDAYS AND SICK LEAVE",
    "Employees may carry over up to five days of leave into the next year.",
    "1234567890 3.14159 -42 2025-06-16 €1,299.00 50%",
    "中国与中亚国家的贸易额再创新高。",
    "Поезд отправляется в семь часов утра с третьей платформы.",
    "القطار يغادر في الساعة السابعة صباحا",
    "Crème brûlée, naïve façade, Straße, İstanbul",
    "def main() -> None:\n    print({'key': [1, 2, 3]})  # comment",
    "🚆🎉 ok?! …—“quoted” <b>tag</b> https://example.org/a?b=c&d=1#e",
    "Supercalifragilisticexpialidocious antidisestablishmentarianism",
    _SENTENCE * 3,
    _OTHER * 6,
    (_SENTENCE + _OTHER) * 5,
    _SENTENCE * 12 + _OTHER * 12,
    (_OTHER + _SENTENCE) * 40,
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The least cosines between the vectors of two encoders."""

    least_cosine: float
    least_span_cosine: float


def probe_spans() -> list[list[CharSpan]]:
    """For each probe text, pieces of sixty characters."""
    return [
        [(start, min(start + 60, len(text))) for start in range(0, len(text), 60)]
        for text in PROBE_TEXTS
    ]


def encode_probe(encoder: Encoder) -> EncodedDocuments:
    """The probe's vectors, with every text once more as a query behind the texts."""
    encoded = encoder.encode_documents(PROBE_TEXTS, probe_spans())
    queries = [encoder.encode_query(text) for text in PROBE_TEXTS]
    return EncodedDocuments(np.vstack([encoded.vectors, *queries]), encoded.span_vectors)


def agreement(first: EncodedDocuments, second: EncodedDocuments) -> Agreement:
    """How far two probes agree; 0 where vectors have different lengths, or are no numbers."""
    if first.vectors.shape != second.vectors.shape:
        return Agreement(0.0, 0.0)
    texts = _least(first.vectors, second.vectors)
    spans = _least(np.vstack(first.span_vectors), np.vstack(second.span_vectors))
    return Agreement(texts, spans)


def _least(first: np.ndarray, second: np.ndarray) -> float:
    least = float(np.einsum("nd,nd->n", first, second).min())
    return least if np.isfinite(least) else 0.0
