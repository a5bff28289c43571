import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.reading.spans import MOST_TOKENS, best_spans, trimmed, whole_words

TEXTS = st.text(st.sampled_from(" \n,;:.ab\"'()[]“”‘’«»„`{}é中"), max_size=30)


def best_by_trying(edges: np.ndarray, low: int, high: int) -> float:
    """The highest sum of logits of a span."""
    return max(
        float(edges[first, 0] + edges[last, 1])
        for first in range(low, high)
        for last in range(first, min(high, first + MOST_TOKENS))
    )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 4), st.integers(3, 70))
def test_the_best_span_is_the_one_that_trying_all_finds(seed: int, batch: int, length: int) -> None:
    draw = np.random.default_rng(seed)
    edges = draw.normal(size=(batch, length, 2)).astype(np.float32)
    lows = draw.integers(1, length - 1, batch)
    highs = np.array([draw.integers(low + 1, length) for low in lows])

    best = best_spans(edges, lows, highs)

    for row in range(batch):
        first, last = best.firsts[row], best.lasts[row]
        assert lows[row] <= first <= last < highs[row]
        assert last - first < MOST_TOKENS
        score = edges[row, first, 0] + edges[row, last, 1]
        assert score == pytest.approx(best_by_trying(edges[row], lows[row], highs[row]))
        assert best.margins[row] == pytest.approx(score - edges[row, 0].sum(), abs=1e-5)


@pytest.mark.parametrize(
    ("first", "last", "whole"),
    [(0, 0, (0, 0)), (1, 1, (1, 2)), (2, 3, (1, 3)), (4, 4, (4, 5)), (5, 6, (4, 6))],
)
def test_a_span_grows_to_whole_words(first: int, last: int, whole: tuple[int, int]) -> None:
    assert whole_words([0, 1, 1, 2, 3, 3, None], first, last) == whole


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("in 1882", "in 1882"),
        (" 35 percent,", "35 percent"),
        ('"The Tunnel', "The Tunnel"),
        ('"The Tunnel"', '"The Tunnel"'),
        ("(1882", "1882"),
        ("f(x)", "f(x)"),
        ("London)", "London"),
        ("“navvies”);", "“navvies”"),
        ("„navvies“", "„navvies“"),
        ("the dogs'", "the dogs"),
        ("it's", "it's"),
        ("12 m]", "12 m"),
        ("U.S.", "U.S."),
        ("(", "("),
        (" ,, ", ",,"),
        ("  ", "  "),
    ],
)
def test_what_says_nothing_is_trimmed(said: str, kept: str) -> None:
    start, end = trimmed(f"ab {said} cd", 3, 3 + len(said))
    assert f"ab {said} cd"[start:end] == kept


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(0, 30), st.integers(0, 30))
def test_trimming_stays_inside_the_span_and_leaves_something(
    text: str, start: int, end: int
) -> None:
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    first, after = trimmed(text, start, end)

    assert start <= first <= after <= end
    assert first < after or start == end
    if text[start:end].strip():
        assert text[first:after] == text[first:after].strip()
    assert trimmed(text, first, after) == (first, after)
