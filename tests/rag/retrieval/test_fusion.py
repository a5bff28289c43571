import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.fusion import best_first, fuse, thinned

unit = st.floats(0, 1, width=32)


def test_the_fused_score_weighs_meaning_and_words_as_told() -> None:
    fused = fuse(np.float32([1, 0]), np.float32([0, 1]), dense_share=0.25)
    assert fused.tolist() == [0.25, 0.75]


@given(st.lists(st.tuples(unit, unit), min_size=1, max_size=40))
def test_a_candidate_better_on_both_sides_never_scores_less(
    pairs: list[tuple[float, float]],
) -> None:
    dense, lexical = (np.float32(side) for side in zip(*pairs, strict=True))
    fused = fuse(dense, lexical)
    for i, (d1, l1) in enumerate(pairs):
        for j, (d2, l2) in enumerate(pairs):
            if d1 >= d2 and l1 >= l2:
                assert fused[i] >= fused[j] - 1e-6


@given(st.lists(st.tuples(st.integers(0, 10**9), unit), unique_by=lambda pair: pair[0]))
def test_best_first_orders_by_score_and_then_by_id(pairs: list[tuple[int, float]]) -> None:
    ids = np.asarray([pair[0] for pair in pairs], np.int64)
    scores = np.asarray([pair[1] for pair in pairs], np.float32)
    ordered = [(-scores[i], ids[i]) for i in best_first(ids, scores)]
    assert ordered == sorted(ordered)


def test_a_long_document_does_not_crowd_out_one_that_fits_nearly_as_well() -> None:
    documents = ["long"] * 5 + ["short"]
    scores = [0.9, 0.89, 0.88, 0.87, 0.86, 0.85]
    assert thinned(documents, scores, 4) == [0, 1, 2, 5]


def test_a_long_document_still_fills_the_list_where_nothing_else_fits() -> None:
    assert thinned(["long"] * 5 + ["other"], [0.9, 0.89, 0.88, 0.87, 0.86, 0.1], 5) == [
        0,
        1,
        2,
        3,
        4,
    ]


@given(st.lists(st.tuples(st.sampled_from("abc"), unit), max_size=30), st.integers(1, 10))
def test_thinning_returns_each_position_once_and_at_most_k(
    candidates: list[tuple[str, float]], k: int
) -> None:
    candidates.sort(key=lambda pair: -pair[1])
    kept = thinned([c[0] for c in candidates], [c[1] for c in candidates], k)
    assert len(kept) == len(set(kept)) == min(k, len(candidates))


def test_lists_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        thinned(["a"], [], 1)
