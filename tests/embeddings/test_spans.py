import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embeddings.spans import span_vectors, unit

STATES = np.array([[9, 9], [1, 0], [0, 1], [1, 1], [7, 7]], dtype=np.float32)
OFFSETS = [(0, 0), (0, 3), (3, 7), (8, 9), (0, 0)]
TEXT_VECTOR = unit(np.array([3.0, 4.0]))


def vectors_of(*spans: tuple[int, int]) -> list[list[float]]:
    vectors = span_vectors(STATES, OFFSETS, spans, TEXT_VECTOR)
    return [[round(float(value), 4) for value in vector] for vector in vectors]


def test_a_span_is_the_unit_mean_of_its_tokens() -> None:
    assert vectors_of((0, 7)) == [[0.7071, 0.7071]]


def test_special_tokens_belong_to_no_span() -> None:
    assert vectors_of((0, 3)) == [[1.0, 0.0]]


def test_a_token_with_the_blank_before_it_belongs_to_the_span_of_its_last_character() -> None:
    assert vectors_of((4, 7)) == [[0.0, 1.0]]


def test_a_span_between_tokens_has_the_texts_vector() -> None:
    assert vectors_of((7, 8)) == [[0.6, 0.8]]


def test_no_spans_give_an_empty_array() -> None:
    assert span_vectors(STATES, OFFSETS, [], TEXT_VECTOR).shape == (0, 2)


def test_a_text_without_tokens_gives_its_own_vector_to_every_span() -> None:
    assert np.allclose(span_vectors(STATES, [], [(0, 5)], TEXT_VECTOR), [TEXT_VECTOR])


@given(st.integers(0, 30), st.lists(st.integers(1, 4), min_size=1, max_size=30))
def test_spans_side_by_side_share_every_token_among_them(cut: int, widths: list[int]) -> None:
    ends = np.cumsum(widths)
    offsets = [(int(end - width), int(end)) for end, width in zip(ends, widths, strict=True)]
    states = np.eye(len(widths), dtype=np.float32)
    middle = min(cut, int(ends[-1]))

    parts = span_vectors(
        states, offsets, [(0, middle), (middle, int(ends[-1]))], np.zeros(len(widths), np.float32)
    )

    assert ((parts > 0).sum(axis=0) == 1).all()


def test_a_zero_vector_stays_zero() -> None:
    assert unit(np.zeros((1, 3))).tolist() == [[0.0, 0.0, 0.0]]
