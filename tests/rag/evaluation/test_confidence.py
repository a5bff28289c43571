import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from rag.evaluation.confidence import (
    Bin,
    auroc,
    expected_calibration_error,
    precision_recall_f1,
    reliability,
    trade_offs,
)

SHARES = st.integers(0, 20).map(lambda n: n / 20)
ASKED = st.lists(st.tuples(SHARES, st.booleans()), min_size=2, max_size=30)


@given(ASKED.filter(lambda asked: len({right for _, right in asked}) == 2))
def test_auroc_is_the_one_of_scikit_learn(asked: list[tuple[float, bool]]) -> None:
    given_, right = zip(*asked, strict=True)
    assert auroc(given_, right) == pytest.approx(roc_auc_score(right, given_))


def test_there_is_no_auroc_of_one_kind() -> None:
    assert auroc([0.1, 0.2], [True, True]) is None


@given(ASKED)
def test_precision_and_recall_are_those_of_scikit_learn(asked: list[tuple[float, bool]]) -> None:
    refused, answerable = [share < 0.5 for share, _ in asked], [right for _, right in asked]
    missing = [not each for each in answerable]
    expected = precision_recall_fscore_support(
        missing, refused, average="binary", pos_label=True, zero_division=0
    )
    assert precision_recall_f1(refused, answerable) == pytest.approx(expected[:3])


def test_the_calibration_error_is_the_mean_distance_weighted_by_size() -> None:
    confidences, right = [0.95, 0.95, 0.95, 0.15], [True, True, False, False]
    assert reliability(confidences, right) == (
        Bin(1, 0.15, 0.0),
        Bin(3, pytest.approx(0.95), pytest.approx(2 / 3)),
    )
    expected = 0.75 * (0.95 - 2 / 3) + 0.25 * 0.15
    assert expected_calibration_error(confidences, right) == pytest.approx(expected)


def test_a_confidence_of_one_is_in_the_last_bin() -> None:
    assert reliability([1.0, 0.95], [True, True])[0].size == 2


@given(ASKED)
def test_a_trade_off_counts_what_the_threshold_does(asked: list[tuple[float, bool]]) -> None:
    has = [share for share, right in asked if right]
    has_not = [share for share, right in asked if not right]
    curve = trade_offs([share for share, _ in asked], [right for _, right in asked])
    assert bool(curve) == bool(has and has_not)
    for each in curve:
        assert each.false_refusals == pytest.approx(
            sum(share < each.threshold for share in has) / len(has)
        )
        assert each.false_answers == pytest.approx(
            sum(share >= each.threshold for share in has_not) / len(has_not)
        )
