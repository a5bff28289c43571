from collections.abc import Sequence

import pytest

from embeddings.base import CharSpan, EncodedDocuments, OnEncoded
from embeddings.hashing import HashingEncoder
from rag.retrieval import alone as alone_module
from rag.retrieval.alone import AloneSentences


class CountingEncoder(HashingEncoder):
    """Keeps the texts that it encoded."""

    def __init__(self) -> None:
        super().__init__()
        self.encoded: list[str] = []

    def encode_documents(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None = None,
        on_encoded: OnEncoded | None = None,
    ) -> EncodedDocuments:
        self.encoded += texts
        return super().encode_documents(texts, spans, on_encoded)


SENTENCES = [((1, 0), "The bus is red."), ((1, 16), "A letter came.")]


def test_the_cosine_of_each_sentence_is_given_in_order() -> None:
    encoder = CountingEncoder()
    vector = encoder.encode_query("the bus is red")
    assert AloneSentences(encoder).cosines(vector, SENTENCES) == [
        pytest.approx(1.0),
        pytest.approx(0.0, abs=0.3),
    ]
    assert AloneSentences(encoder).cosines(vector, []) == []


def test_a_sentence_is_encoded_once() -> None:
    encoder = CountingEncoder()
    alone = AloneSentences(encoder)
    vector = encoder.encode_query("bus")
    once = alone.cosines(vector, SENTENCES)
    assert alone.cosines(vector, SENTENCES[::-1]) == once[::-1]
    assert encoder.encoded == [text for _, text in SENTENCES]


def test_the_oldest_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone_module, "MOST_SENTENCES", 1)
    encoder = CountingEncoder()
    alone = AloneSentences(encoder)
    vector = encoder.encode_query("bus")
    alone.cosines(vector, SENTENCES)
    alone.cosines(vector, SENTENCES[1:])
    alone.cosines(vector, SENTENCES[:1])
    assert encoder.encoded == [*(text for _, text in SENTENCES), SENTENCES[0][1]]
