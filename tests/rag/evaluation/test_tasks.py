from pathlib import Path

import pytest

from rag.errors import QuestionSetInvalid
from rag.evaluation.tasks import read_off_topic, read_tasks, spread
from tests.rag.evaluation.small_set import REWRITES, write_set

ROW = '{"question": "Who?", "answers": ["Ada"], "answerable": true}\n'


def test_a_file_is_asked_of_the_own_index(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(ROW, encoding="utf-8")
    (task,) = read_tasks(path)
    assert (task.name, task.corpus, len(task.questions)) == ("mine", None, 1)


def test_a_set_is_asked_of_its_own_documents(tmp_path: Path) -> None:
    (task,) = read_tasks(write_set(tmp_path / "small", rewrites=REWRITES))
    assert task.corpus is not None
    assert (task.name, len(task.questions)) == ("small", 3)
    assert [pair.id for pair in task.rewrites] == ["rewrite:r1", "rewrite:r2"]


def test_each_set_of_a_folder_is_a_task(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_set(tmp_path / name)
    assert [task.name for task in read_tasks(tmp_path)] == ["a", "b"]


def test_off_topic_questions_are_asked_as_unanswerable(tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(ROW, encoding="utf-8")
    (task,) = read_tasks(write_set(tmp_path / "small"), off_topic=other)
    question = task.questions[-1]
    assert (question.off_topic, question.answerable, question.answers) == (True, False, ())


def test_a_set_is_not_off_topic_to_itself(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_set(tmp_path / name)
    own, other = read_tasks(tmp_path, off_topic=tmp_path / "a")
    assert not any(question.off_topic for question in own.questions)
    # Its follow-up needs its history, and is not asked elsewhere.
    assert sum(question.off_topic for question in other.questions) == 2


def test_a_missing_off_topic_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetInvalid, match="cannot be read"):
        read_off_topic(tmp_path / "none.jsonl")


def test_a_limit_takes_questions_from_all_over() -> None:
    assert spread(range(10), 3) == (0, 3, 6)
    assert spread(range(2), 3) == spread(range(2), None) == (0, 1)
