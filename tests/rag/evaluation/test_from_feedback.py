import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.evaluation.from_feedback import all_feedback, history_in, question_lines
from rag.evaluation.questions import DISPUTED, Evidence, read_questions
from rag.store.feedback_base import Feedback
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.types import Answer, Turn
from tests.answers import QUOTE, make_answer, make_refusal

NOW = "2025-06-16T08:00:00.000000Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        yield opened


def liked(answer: Answer, comment: str | None = None) -> tuple[Feedback, Answer]:
    return Feedback(answer.id, "up", comment, NOW, NOW), answer


def disliked(answer: Answer) -> tuple[Feedback, Answer]:
    return Feedback(answer.id, "down", "Wrong year.", NOW, NOW), answer


def read_back(folder: Path, *items: tuple[Feedback, Answer], **options: bool):
    path = folder / "set.jsonl"
    lines = [json.dumps(line) for line in question_lines(items, **options)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_questions(path)


def test_the_lines_of_one_answer_that_several_liked_have_ids_of_their_own():
    answer = make_answer()
    lines = list(question_lines([liked(answer), liked(answer, "Yes."), disliked(answer)]))
    assert [line["id"] for line in lines] == [answer.id, f"{answer.id}-2"]


def test_a_liked_answer_becomes_a_question_with_its_quotes_and_files(tmp_path: Path) -> None:
    (question,) = read_back(tmp_path, liked(make_answer()))
    assert (question.id, question.question) == ("ans_1", "By how much did trade grow?")
    assert (question.answerable, question.answers) == (True, (QUOTE,))
    assert question.sources == ("hr/trade.md",)
    assert question.evidence == (Evidence("hr/trade.md", QUOTE),)


def test_a_liked_refusal_becomes_a_question_without_an_answer(tmp_path: Path) -> None:
    (question,) = read_back(tmp_path, liked(make_refusal()))
    assert (question.answerable, question.answers, question.kind) == (False, (), "")


def test_whether_an_answer_in_part_is_enough_is_not_judged(tmp_path: Path) -> None:
    (question,) = read_back(tmp_path, liked(make_answer(status="partial")))
    assert (question.answerable, question.kind) == (True, "partial")


def test_a_disliked_answer_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    items = [disliked(make_answer()), liked(make_answer(id="ans_2"))]
    assert [question.id for question in read_back(tmp_path, *items)] == ["ans_2"]
    first, _ = read_back(tmp_path, *items, disputed=True)
    assert (first.id, first.kind, first.answers) == ("ans_1", DISPUTED, ())


def test_the_comment_is_kept_for_people() -> None:
    (line,) = question_lines([liked(make_answer(), "Just right.")])
    assert (line["rating"], line["comment"]) == ("up", "Just right.")


def test_a_question_of_another_encoding_is_still_valid_text() -> None:
    (line,) = question_lines([liked(make_answer(question="caf\udce9?"))])
    assert line["question"] == "caf??"


def test_a_follow_up_comes_with_the_turns_before_it(store: SqliteStore) -> None:
    conversations = store.conversations()
    made = conversations.create()
    for number in range(8):
        answer = replace(
            make_answer(), id=f"ans_{number}", question=f"Q{number}", text=f"A{number}"
        )
        conversations.append_turns(made.id, answer)
    store.feedback().put("ans_1", "up")
    store.feedback().put("ans_7", "up")
    lines = list(
        question_lines(all_feedback(store.feedback()), history_of=history_in(conversations))
    )
    texts = {line["id"]: [turn["text"] for turn in line["history"]] for line in lines}
    assert texts["ans_1"] == ["Q0", "A0"]
    assert texts["ans_7"] == [f"{who}{n}" for n in range(2, 7) for who in "QA"]


def test_an_answer_without_a_conversation_has_no_history(store: SqliteStore) -> None:
    history_of = history_in(store.conversations())
    assert history_of(make_answer()) == ()


def test_roles_of_the_history_are_read_back(tmp_path: Path) -> None:
    turns = (Turn("user", "Q0"), Turn("assistant", "A0"))
    (line,) = question_lines([liked(make_answer())], history_of=lambda answer: turns)
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(line), encoding="utf-8")
    (question,) = read_questions(path)
    assert question.history == turns
