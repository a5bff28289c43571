import numpy as np
import pytest

from rag.retrieval.followups import (
    ALONE,
    DECAY,
    LEANING,
    MOST_TURNS,
    EarlierTurn,
    stands_alone,
    with_history,
)

WORDS = ("trade", "growth", "kazakhstan")


def turn(text: str, direction: int) -> EarlierTurn:
    vector = np.zeros(4, np.float32)
    vector[direction] = 1
    return EarlierTurn(text, vector)


def own() -> np.ndarray:
    return np.float32([1, 0, 0, 0])


@pytest.mark.parametrize(
    "question", ["How much did it grow in 2024?", "What about Kyrgyzstan and its railways then?"]
)
def test_a_question_with_a_pronoun_or_opener_leans_on_what_came_before(question: str) -> None:
    assert not stands_alone(question, WORDS)


def test_a_question_of_few_words_leans_on_what_came_before() -> None:
    assert not stands_alone("Kazakhstan?", ("kazakhstan",))


def test_a_full_question_stands_alone() -> None:
    assert stands_alone("How much did trade with Kazakhstan grow in 2024?", WORDS)


def test_without_history_the_question_is_searched_as_it_is() -> None:
    query = with_history("Trade growth in Kazakhstan?", own(), WORDS, [])
    assert query.vector == pytest.approx(own())
    assert query.texts == (("Trade growth in Kazakhstan?", 1.0),)


def test_a_leaning_question_borrows_twice_as_much() -> None:
    alone = with_history("Trade growth in Kazakhstan?", own(), WORDS, [turn("a", 1)])
    leaning = with_history("And there?", own(), (), [turn("a", 1)])
    assert alone.texts[1] == ("a", ALONE)
    assert leaning.texts[1] == ("a", LEANING)
    assert leaning.vector[1] > alone.vector[1] > 0


def test_turns_further_back_lend_less_and_at_last_nothing() -> None:
    turns = [turn(str(n), 1) for n in range(MOST_TURNS + 3)]
    weights = [weight for _, weight in with_history("And there?", own(), (), turns).texts[1:]]
    assert len(weights) == MOST_TURNS
    assert weights[1] == pytest.approx(weights[0] * DECAY)


def test_the_vector_keeps_length_one() -> None:
    query = with_history("And there?", own(), (), [turn("a", 1), turn("b", 2)])
    assert float(np.linalg.norm(query.vector)) == pytest.approx(1, abs=1e-6)
