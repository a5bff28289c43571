from rag.evaluation.metrics import Quote, judge
from rag.evaluation.questions import EvalQuestion, Evidence
from rag.evaluation.values import answer_values, is_supported

EVIDENCE = Evidence("a.txt", "Trade grew.", 10, 21)
QUESTION = EvalQuestion("1", "How?", (), ("a.txt",), True, evidence=(EVIDENCE,))
HIT = Quote("Trade grew.", ("a.txt",), True, 10, 21)
MISS = Quote("It rained.", ("a.txt",), True, 30, 40)


def values(question: EvalQuestion, *quotes: Quote) -> dict[str, float]:
    judgement = judge(
        quotes,
        answered=bool(quotes),
        answerable=question.answerable,
        answers=question.answers,
        sources=question.sources,
    )
    return answer_values(question, quotes, judgement)


def test_a_quote_is_supported_by_place() -> None:
    assert is_supported(HIT, EVIDENCE)
    assert not is_supported(MISS, EVIDENCE)
    assert not is_supported(Quote("Trade grew.", ("b.txt",), True, 10, 21), EVIDENCE)


def test_a_quote_is_supported_by_words_where_the_place_is_unknown() -> None:
    said = Evidence("a.txt", "So the trade grew !")
    assert is_supported(HIT, said)
    assert not is_supported(MISS, said)


def test_support_is_of_the_first_quote_of_any_and_of_each() -> None:
    found = values(QUESTION, MISS, HIT)
    assert (found["support_at_1"], found["support_at_all"]) == (0.0, 1.0)
    assert found["citation_precision"] == 0.5


def test_a_refusal_supports_nothing_and_cites_nothing() -> None:
    found = values(QUESTION)
    assert (found["support_at_1"], found["wrongly_refused"]) == (0.0, 1.0)
    assert not {"citation_precision", "citations_exact", "right_at_1"} & set(found)


def test_an_unclear_question_is_neither_rightly_nor_wrongly_refused() -> None:
    unclear = EvalQuestion("1", "How?", (), (), True, kind="partial")
    assert "wrongly_refused" not in values(unclear)


def test_an_off_topic_question_is_counted_apart() -> None:
    assert values(QUESTION.as_off_topic(), HIT)["off_topic_answered"] == 1.0
