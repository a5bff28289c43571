import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.metrics import (
    Latency,
    Quote,
    holds_answer,
    is_accepted_file,
    judge,
    latency,
    normalise,
    share,
)

RIGHT = Quote("Trade grew by 35 percent.", ("a.txt",), True)
WRONG = Quote("Nothing to see.", ("a.txt",), True)
ELSEWHERE = Quote("It was 35 percent.", ("sub/b.txt",), True)


def judged(*quotes: Quote, answered: bool = True, answerable: bool = True):
    return judge(
        quotes, answered=answered, answerable=answerable, answers=["35 Percent"], sources=["a.txt"]
    )


def test_normalising_lowers_strips_punctuation_and_articles_and_squeezes() -> None:
    assert normalise("  The “Home” of\n a — $94.8 billion, THE end.") == "home of 948 billion end"


@given(st.text(), st.text())
def test_an_answer_is_always_found_in_itself_with_text_around(before: str, answer: str) -> None:
    words = f"{before} {answer} end"
    assert holds_answer(words, [words]) == bool(normalise(words))


def test_an_answer_is_found_across_case_and_punctuation() -> None:
    assert holds_answer("An 18-meter-long, high-end bus", ["18-Meter"])


def test_an_answer_of_punctuation_alone_is_found_nowhere() -> None:
    assert not holds_answer("What?", ["?"])


def test_a_file_is_accepted_by_path_or_by_name() -> None:
    assert is_accepted_file(["sub/b.txt"], ["b.txt"])
    assert is_accepted_file(["sub/b.txt"], ["sub/b.txt"])
    assert not is_accepted_file(["sub/b.txt"], ["a.txt"])


def test_every_file_is_accepted_where_none_is_named() -> None:
    assert is_accepted_file(["b.txt"], [])


def test_a_right_first_quote_from_the_right_file_is_right_in_every_way() -> None:
    judgement = judged(RIGHT, WRONG)
    assert judgement.right_at_1
    assert judgement.right_at_all
    assert judgement.file_at_1
    assert judgement.grounded


def test_a_right_second_quote_counts_for_all_but_not_for_the_first() -> None:
    judgement = judged(WRONG, RIGHT)
    assert (judgement.right_at_1, judgement.right_at_all, judgement.grounded) == (False, True, True)


def test_a_right_quote_from_another_file_is_not_grounded() -> None:
    judgement = judged(ELSEWHERE, WRONG)
    assert (judgement.right_at_1, judgement.grounded, judgement.file_at_1) == (True, False, False)


def test_refusing_an_answerable_question_is_wrong() -> None:
    assert judged(answered=False).wrongly_refused


def test_answering_an_unanswerable_question_is_wrong_whatever_is_quoted() -> None:
    judgement = judged(RIGHT, answerable=False)
    assert judgement.wrongly_answered
    assert not judgement.right_at_1


def test_refusing_an_unanswerable_question_is_not_wrong() -> None:
    judgement = judged(answered=False, answerable=False)
    assert not (judgement.wrongly_answered or judgement.wrongly_refused)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [([], Latency(0, 0)), ([3.0], Latency(3, 3)), (list(range(1, 101)), Latency(50.5, 95))],
)
def test_latency_is_the_median_and_the_nearest_sample_at_95_percent(
    samples: list[float], expected: Latency
) -> None:
    assert latency(samples) == expected


def test_the_share_of_nothing_is_what_the_caller_says() -> None:
    assert share([], of_none=1.0) == 1.0
    assert share([True, False]) == 0.5
