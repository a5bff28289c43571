import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.coverage import QuestionWords

WEIGHTS = {"bus": 2.0, "cold": 1.0, "trade": 0.4}


def test_rare_words_count_more() -> None:
    wanted = QuestionWords({"bus": 2.0, "cold": 1.0}, frozenset({"bus", "cold"}))
    assert wanted.share({"bus"}) == pytest.approx(2 / 3)
    assert wanted.share({"cold", "other"}) == pytest.approx(1 / 3)


def test_words_of_earlier_turns_help_and_are_little_missed() -> None:
    wanted = QuestionWords({"cold": 1.0, "bus": 0.4}, frozenset({"cold"}))
    assert wanted.share({"cold"}) > 0.9
    assert wanted.share({"cold", "bus"}) == 1
    assert 0 < wanted.share({"bus"}) < wanted.share({"cold"})


def test_a_question_without_words_of_its_own_is_covered_by_what_it_leans_on() -> None:
    assert QuestionWords({"bus": 0.4}, frozenset()).share({"bus"}) == 1


def test_no_words_at_all_cover_nothing() -> None:
    assert QuestionWords({}, frozenset()).share({"bus"}) == 0


@given(st.sets(st.sampled_from(sorted(WEIGHTS))), st.sets(st.sampled_from(sorted(WEIGHTS))))
def test_more_words_never_cover_less(some: set[str], more: set[str]) -> None:
    wanted = QuestionWords(WEIGHTS, frozenset({"bus", "cold"}))
    assert 0 <= wanted.share(some) <= wanted.share(some | more) <= 1


def test_the_best_share_is_that_of_one_sentence_with_what_frames_it() -> None:
    wanted = QuestionWords({"bus": 2.0, "cold": 1.0, "red": 1.0}, {"bus", "cold", "red"})
    sentences = [frozenset({"cold"}), frozenset({"cold", "red"}), frozenset()]
    assert wanted.best_share(frozenset({"bus"}), sentences) == 1
    assert wanted.best_share(frozenset(), sentences) == 0.5
    assert wanted.best_share(frozenset(), []) == 0
