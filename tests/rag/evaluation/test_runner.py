import dataclasses

from rag.errors import QuestionInvalid
from rag.evaluation.questions import DISPUTED, EvalQuestion
from rag.evaluation.runner import EvaluationReport, evaluate
from rag.types import Answer
from tests.answers import (
    QUOTE,
    ScriptedAssistant,
    Texts,
    make_answer,
    make_citation,
    make_document,
    make_refusal,
)

GROWTH = EvalQuestion("1", "By how much?", ("35 percent",), ("trade.md",), True)
OFF_TOPIC = EvalQuestion("2", "Who won?", (), (), False)


def report_of(assistant: ScriptedAssistant, *questions: EvalQuestion) -> EvaluationReport:
    return evaluate(assistant, questions)


def test_a_right_answer_counts_in_every_share_of_the_answerable() -> None:
    report = report_of(ScriptedAssistant(), GROWTH)
    assert [report.value(key) for key in ("right_at_1", "grounded", "file_at_1")] == [1, 1, 1]


def test_an_answer_to_an_unanswerable_question_is_wrongly_answered() -> None:
    report = report_of(ScriptedAssistant(), GROWTH, OFF_TOPIC)
    assert report.value("wrongly_answered") == 1.0
    assert [outcome.verdict for outcome in report.worst(5)] == ["wrongly answered"]


def test_an_answer_that_was_disliked_before_is_shown_and_not_judged() -> None:
    disputed = dataclasses.replace(OFF_TOPIC, kind=DISPUTED)
    report = report_of(ScriptedAssistant(), GROWTH, disputed)
    assert [outcome.verdict for outcome in report.worst(5)] == ["not judged"]
    assert "wrongly_answered" not in report.figures


def test_a_refusal_is_right_or_wrong_by_the_question() -> None:
    report = report_of(ScriptedAssistant(make_refusal()), GROWTH, OFF_TOPIC)
    assert (report.value("wrongly_refused"), report.value("wrongly_answered")) == (1.0, 0.0)


def test_the_worst_questions_are_graver_first() -> None:
    wrong = EvalQuestion("3", "By how little?", ("2 percent",), (), True)
    report = report_of(ScriptedAssistant(), wrong, GROWTH, OFF_TOPIC)
    assert [o.question.id for o in report.worst(5)] == ["2", "3"]


def test_exactness_is_measured_in_the_stored_text() -> None:
    moved = ScriptedAssistant(store=Texts({"doc_1": "x" + "y" * 200}))
    assert report_of(moved, GROWTH).value("citations_exact") == 0.0
    assert report_of(ScriptedAssistant(), GROWTH).value("citations_exact") == 1.0


def test_a_citation_of_a_document_that_is_gone_is_not_exact() -> None:
    assert report_of(ScriptedAssistant(store=Texts({})), GROWTH).value("citations_exact") == 0.0


def test_a_question_that_is_refused_as_none_counts_as_refused() -> None:
    assistant = ScriptedAssistant(error=QuestionInvalid("It holds no word."))
    assert report_of(assistant, GROWTH).value("wrongly_refused") == 1.0


def test_any_path_of_the_same_content_is_the_right_file() -> None:
    original = make_document(uri="copies/other.md")
    shared = dataclasses.replace(original, paths=("copies/other.md", "hr/trade.md"))
    alone = make_answer(original, citations=(make_citation(original),))
    copied = make_answer(shared, citations=(make_citation(shared),))
    assert report_of(ScriptedAssistant(alone), GROWTH).value("grounded") == 0.0
    assert report_of(ScriptedAssistant(copied), GROWTH).value("grounded") == 1.0


def test_the_answer_length_is_of_answers_alone() -> None:
    assert report_of(ScriptedAssistant(), GROWTH).value("mean_answer_chars") == len(f"{QUOTE} [1]")
    refused = report_of(ScriptedAssistant(make_refusal()), GROWTH)
    assert "mean_answer_chars" not in refused.figures


def test_progress_is_told_after_each_question() -> None:
    done: list[int] = []
    evaluate(ScriptedAssistant(), [GROWTH, OFF_TOPIC], on_answered=done.append)
    assert done == [1, 2]


def read(answer: Answer) -> Answer:
    (hit,) = answer.hits
    return dataclasses.replace(
        answer, hits=(dataclasses.replace(hit, scores={**hit.scores, "reader_margin": 3.0}),)
    )


def test_short_answers_are_judged_where_a_reader_gives_them() -> None:
    said = make_answer(short_answer="35 percent")
    report = report_of(ScriptedAssistant(read(said)), GROWTH, OFF_TOPIC)
    keys = ("short_exact", "short_f1", "short_given")
    assert [report.value(key) for key in keys] == [1.0, 1.0, 1.0]
    assert report.figures["short_exact"].n == 1
    assert "short_exact" not in report_of(ScriptedAssistant(said), GROWTH).figures


def test_a_refusal_has_no_short_answer() -> None:
    refused = read(dataclasses.replace(make_refusal(), short_answer="35 percent"))
    assert report_of(ScriptedAssistant(refused), GROWTH).value("short_given") == 0.0
