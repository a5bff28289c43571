"""The library's figures beside the formulas, written out."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.ranking import ranked_files, ranking_values
from tests.answers import make_document, make_hit

NAMES = [f"d{n}" for n in range(20)]


@given(st.permutations(NAMES), st.sets(st.sampled_from([*NAMES, "missing"]), min_size=1))
def test_figures_are_what_the_formulas_say(ranked: list[str], relevant: set[str]) -> None:
    gains = [float(name in relevant) for name in ranked]
    gained = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains[:10], start=1))
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), 10) + 1))
    first = next((rank for rank, gain in enumerate(gains[:10], start=1) if gain), None)
    assert ranking_values(ranked, relevant) == pytest.approx(
        {
            "ndcg_at_10": gained / ideal,
            "recall_at_5": sum(gains[:5]) / len(relevant),
            "recall_at_10": sum(gains[:10]) / len(relevant),
            "hit_at_1": gains[0],
            "mrr_at_10": 1 / first if first else 0.0,
        }
    )


def test_nothing_found_is_nothing_gained() -> None:
    assert set(ranking_values([], ["a"]).values()) == {0.0}


def test_a_document_stands_at_its_best_passage_under_its_accepted_name() -> None:
    trade = make_hit(make_document(uri="hr/trade.md"))
    assert ranked_files([trade, trade], ["trade.md"]) == ("trade.md",)
    assert ranked_files([trade, trade], ["bus.md"]) == ("doc_1",)
