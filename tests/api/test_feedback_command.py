"""`quoth feedback` over a real store."""

import json
from pathlib import Path

import pytest

from api.cli import run
from api.engine import Engine
from rag.evaluation.questions import DISPUTED, read_questions
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from tests.answers import make_answer

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    data_dir = tmp_path / "data"
    with SqliteStore.open(data_dir / DATABASE_NAME, create=True) as store:
        conversation = store.conversations().create()
        for name in ("ans_good", "ans_bad"):
            store.conversations().append_turns(conversation.id, make_answer(id=name))
        store.feedback().put("ans_good", "up")
        store.feedback().put("ans_bad", "down", "Another year.")
    return Engine(load_settings=lambda: Settings(data_dir=data_dir))


def test_what_is_exported_is_a_question_set(
    engine: Engine, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "set.jsonl"
    assert run(["feedback", "export", str(path)], engine) == 0
    assert capsys.readouterr().out.startswith("1 question written to ")
    (question,) = read_questions(path)
    assert (question.id, question.answerable) == ("ans_good", True)


def test_without_a_file_the_lines_are_printed(engine: Engine, capsys: Capture) -> None:
    assert run(["feedback", "export"], engine) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "ans_good"


def test_disliked_answers_come_with_all(engine: Engine, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "set.jsonl"
    assert run(["feedback", "export", str(path), "--all", "--json"], engine) == 0
    assert json.loads(capsys.readouterr().out)["questions"] == 2
    kinds = {question.id: question.kind for question in read_questions(path)}
    assert kinds == {"ans_good": "", "ans_bad": DISPUTED}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["feedback", "export", "--json"], "needs a FILE"),
        (["feedback", "export", "/nowhere/x.jsonl", "--json"], "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_said(
    engine: Engine, capsys: Capture, arguments: list[str], said: str
) -> None:
    assert run(arguments, engine) == 2
    assert said in json.loads(capsys.readouterr().out)["error"]["message"]


def test_without_a_store_there_is_nothing_to_export(tmp_path: Path, capsys: Capture) -> None:
    engine = Engine(load_settings=lambda: Settings(data_dir=tmp_path / "none"))
    assert run(["feedback", "export"], engine) == 1
    assert "Nothing has been ingested" in capsys.readouterr().err
