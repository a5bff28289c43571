import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from embeddings.base import Encoder, FloatArray
from embeddings.hashing import HashingEncoder
from embeddings.queued import QueuedEncoder
from tests.embeddings.encoder_contract import EncoderContract


class GatedEncoder(HashingEncoder):
    """Encodes when it is let, and keeps what came together."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.started = threading.Event()
        self.batches: list[tuple[str, ...]] = []

    def encode_queries(self, queries: Sequence[str]) -> FloatArray:
        self.batches.append(tuple(queries))
        self.started.set()
        assert self.gate.wait(10)
        if "bad" in queries:
            raise ValueError("bad")
        return super().encode_queries(queries)


class TestQueuedEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self) -> Encoder:
        return QueuedEncoder(HashingEncoder())


@pytest.fixture
def gated() -> GatedEncoder:
    return GatedEncoder()


def asked_while_busy(
    queued: QueuedEncoder, gated: GatedEncoder, queries: Sequence[str]
) -> list[FloatArray | BaseException]:
    """What each query got, of those that came, one after another, while "first" was encoded."""
    with ThreadPoolExecutor(len(queries) + 1) as executor:
        futures = [executor.submit(queued.encode_query, "first")]
        assert gated.started.wait(10)
        for place, query in enumerate(queries):
            futures.append(executor.submit(queued.encode_query, query))
            while queued.waiting <= place:
                pass
        gated.gate.set()
        return [each.exception(10) or each.result() for each in futures]


def test_those_who_wait_are_encoded_together(gated: GatedEncoder) -> None:
    queued = QueuedEncoder(gated, most_at_once=3)
    queries = [f"question {number}" for number in range(5)]

    vectors = asked_while_busy(queued, gated, queries)

    assert gated.batches == [("first",), tuple(queries[:3]), tuple(queries[3:])]
    expected = [HashingEncoder().encode_query(query) for query in ["first", *queries]]
    np.testing.assert_array_equal(np.vstack(vectors), np.vstack(expected))  # type: ignore[arg-type]
    assert queued.waiting == 0


def test_an_error_reaches_its_batch_and_no_other(gated: GatedEncoder) -> None:
    queued = QueuedEncoder(gated, most_at_once=2)

    results = asked_while_busy(queued, gated, ["bad", "with it", "after it"])

    assert [isinstance(each, ValueError) for each in results] == [False, True, True, False]
    assert queued.encode_query("later").shape == (gated.dimension,)


def test_a_few_sentences_wait_with_the_questions(gated: GatedEncoder) -> None:
    queued = QueuedEncoder(gated, most_at_once=4)
    with ThreadPoolExecutor(3) as executor:
        first = executor.submit(queued.encode_query, "first")
        assert gated.started.wait(10)
        sentences = executor.submit(queued.encode_documents, ["One.", "Two."])
        while queued.waiting < 1:
            pass
        question = executor.submit(queued.encode_query, "question")
        while queued.waiting < 2:
            pass
        gated.gate.set()
        first.result(10)
        encoded = sentences.result(10)
        question.result(10)
    expected = HashingEncoder().encode_documents(["One.", "Two."])
    np.testing.assert_array_equal(encoded.vectors, expected.vectors)
    assert [each.shape for each in encoded.span_vectors] == [(0, gated.dimension)] * 2


def test_many_threads_each_get_their_own_vector() -> None:
    encoder = HashingEncoder()
    queued = QueuedEncoder(encoder)
    queries = [f"word{number} and word{number * 7}" for number in range(400)]
    with ThreadPoolExecutor(16) as executor:
        vectors = list(executor.map(queued.encode_query, queries))
    np.testing.assert_array_equal(np.vstack(vectors), encoder.encode_queries(queries))
