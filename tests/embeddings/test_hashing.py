import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.base import Encoder
from embeddings.hashing import HashingEncoder
from tests.embeddings.encoder_contract import EncoderContract


class TestHashingEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self) -> Encoder:
        return HashingEncoder()


def test_more_shared_words_mean_more_likeness() -> None:
    encoder = HashingEncoder()
    query = encoder.encode_query("red green blue")

    scores = encoder.encode_documents(["red green blue", "red green pink", "red teal pink"]).vectors

    assert list(scores @ query) == sorted(scores @ query, reverse=True)


def test_vectors_are_the_same_in_every_process() -> None:
    program = (
        "from embeddings.hashing import HashingEncoder;"
        "print(HashingEncoder(16).encode_query('red green').tolist())"
    )

    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert other.stdout.strip() == str(HashingEncoder(16).encode_query("red green").tolist())


def test_case_does_not_matter() -> None:
    encoder = HashingEncoder()

    assert encoder.encode_query("Red GREEN") @ encoder.encode_query("red green") > 0.999


@given(st.text(), st.integers(1, 8))
def test_any_text_has_a_unit_vector(text: str, dimension: int) -> None:
    vector = HashingEncoder(dimension).encode_query(text)

    assert vector @ vector == pytest.approx(1.0, abs=1e-5)
