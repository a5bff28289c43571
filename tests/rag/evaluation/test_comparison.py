import pytest

from rag.errors import QuestionSetInvalid
from rag.evaluation.comparison import Difference, compare
from tests.rag.evaluation.records import make_record


def only(old: list[float], new: list[float]) -> Difference:
    (difference,) = compare(
        [make_record(f"q{n}", hit_at_1=value) for n, value in enumerate(old)],
        [make_record(f"q{n}", hit_at_1=value) for n, value in enumerate(new)],
    )
    return difference


def test_the_same_report_shows_no_difference() -> None:
    difference = only([1.0, 0.0, 1.0], [1.0, 0.0, 1.0])
    assert (difference.change, difference.low, difference.high) == (0, 0, 0)
    assert not difference.is_clear


def test_a_change_in_every_fifth_question_is_clear() -> None:
    difference = only([0.0] * 100, [1.0, 0.0, 0.0, 0.0, 0.0] * 20)
    assert difference.change == pytest.approx(0.2)
    # The normal approximation: .2 ± 1.96 · sqrt(.2 · .8 / 100).
    assert difference.low == pytest.approx(0.122, abs=0.015)
    assert difference.high == pytest.approx(0.278, abs=0.015)
    assert difference.is_clear


def test_as_many_gains_as_losses_are_not_clear() -> None:
    difference = only([1.0, 0.0] * 50, [0.0, 1.0] * 50)
    assert difference.low < 0 < difference.high


def test_only_questions_of_both_reports_count() -> None:
    assert only([1.0, 1.0, 0.0], [1.0, 0.0]).n == 2


def test_a_figure_of_the_whole_has_an_interval_too() -> None:
    old = [make_record(f"q{n}", answerable=n % 2 == 0, confidence=0.5) for n in range(40)]
    new = [make_record(f"q{n}", answerable=n % 2 == 0, confidence=1 - n % 2) for n in range(40)]
    areas = {each.kind.key: each for each in compare(old, new)}["auroc"]
    assert (areas.old, areas.new, areas.low, areas.high) == (0.5, 1.0, 0.5, 0.5)


def test_a_report_of_other_questions_is_refused() -> None:
    with pytest.raises(QuestionSetInvalid, match="no question in common"):
        compare([make_record("a")], [make_record("b")])
