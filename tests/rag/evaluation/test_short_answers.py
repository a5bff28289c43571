import pytest

from rag.evaluation.questions import EvalQuestion
from rag.evaluation.short_answers import Likeness, likeness, squad_words
from rag.evaluation.values import short_answer_values

GROWTH = EvalQuestion("1", "By how much?", ("35 percent",), ("trade.md",), True)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("The  Normans,", ["normans"]),
        ("the U.S. dollar", ["us", "dollar"]),
        ("an A-B test", ["ab", "test"]),
        ("“10th”", ["“10th”"]),
        ("the", []),
    ],
)
def test_words_are_normalised_as_in_the_official_script(said: str, words: list[str]) -> None:
    assert squad_words(said) == words


def test_an_answer_is_compared_with_the_accepted_one_that_is_most_like_it() -> None:
    accepted = ("10th and 11th centuries", "in the 10th and 11th centuries")
    assert likeness("In 10th and 11th centuries!", accepted) == Likeness(1.0, 1.0)
    assert likeness("11th centuries", accepted) == Likeness(0.0, pytest.approx(4 / 6))
    assert likeness("France", accepted) == Likeness(0.0, 0.0)


def test_repeated_words_count_as_often_as_both_have_them() -> None:
    assert likeness("the very very end", ("very end",)).f1 == pytest.approx(4 / 5)


def test_an_answer_without_words_is_like_another_without_words_alone() -> None:
    assert likeness("the", ("a",)) == Likeness(1.0, 1.0)
    assert likeness("the", ("France",)) == Likeness(0.0, 0.0)


def test_no_short_answer_is_wrong_where_there_is_an_accepted_one() -> None:
    assert short_answer_values(GROWTH, None) == {
        "short_exact": 0.0,
        "short_f1": 0.0,
        "short_given": 0.0,
    }


def test_a_question_without_an_accepted_answer_has_no_short_one_to_judge() -> None:
    assert short_answer_values(EvalQuestion("2", "Who won?", (), (), False), "Ann") == {}
    assert short_answer_values(EvalQuestion("3", "How?", (), ("a.txt",), True), "So") == {}
