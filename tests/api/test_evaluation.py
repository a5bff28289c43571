"""`quoth eval`, with scripted answers over a person's index and the real ones over a set."""

import dataclasses
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from api.cli import run
from api.engine import Engine
from rag.settings import Settings
from tests.answers import ScriptedAssistant, make_refusal
from tests.api.test_cli import engine_of, printed_json
from tests.rag.evaluation.small_set import REWRITES, write_set

QUESTIONS = (
    '{"question": "By how much?", "answers": ["35 percent"], "sources": ["trade.md"], '
    '"answerable": true}\n{"question": "Who won?", "answerable": false}\n'
)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "mine.jsonl"
    path.write_text(QUESTIONS, encoding="utf-8")
    return path


def saved(path: Path, capsys: pytest.CaptureFixture[str], engine: Engine) -> Path:
    assert run(["eval", str(path), "--json"], engine) == 0
    old = path.with_suffix(".old.json")
    old.write_text(capsys.readouterr().out, encoding="utf-8")
    return old


def test_figures_that_do_not_apply_are_null_for_programs_and_left_out_for_people(
    questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", str(questions), "--json"], engine_of()) == 0
    report = printed_json(capsys)
    assert (report["hit_at_1"], report["span_recall_at_5"]) == (1.0, None)
    assert run(["eval", str(questions)], engine_of()) == 0
    printed = capsys.readouterr().out
    assert "hit@1" in printed
    assert "IoU" not in printed


def test_details_are_given_when_asked_for(
    questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["eval", str(questions), "--json"], engine_of())
    assert "quotes" not in printed_json(capsys)["outcomes"][0]  # type: ignore[index]
    run(["eval", str(questions), "--json", "--details"], engine_of())
    outcome = printed_json(capsys)["outcomes"][0]  # type: ignore[index]
    assert outcome["quotes"][0]["files"] == ["hr/trade.md"]
    assert outcome["retrieved"][0]["filename"] == "hr/trade.md"


def test_a_report_is_compared_with_an_old_one(
    questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = saved(questions, capsys, engine_of(ScriptedAssistant(make_refusal())))
    assert run(["eval", str(questions), "--compare", str(old), "--json"], engine_of()) == 0
    differences = printed_json(capsys)["differences"]
    assert isinstance(differences, dict)
    assert differences["right_at_1"]["change"] == 1.0
    assert differences["wrongly_answered"]["change"] == 1.0


def test_a_comparison_is_a_table_for_people(
    questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = saved(questions, capsys, engine_of())
    assert run(["eval", str(questions), "--compare", str(old)], engine_of()) == 0
    assert "+0.000 … +0.000" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "said"),
    [
        (None, "cannot be read: No such file"),
        ("{}", "is no report of an evaluation"),
        ("not json", "is no report of an evaluation"),
        ('{"set": "mine", "outcomes": []}', "no question in common"),
    ],
)
def test_an_old_report_that_cannot_be_compared_with_is_refused(
    questions: Path, old: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = questions.with_name("old.json")
    if old is not None:
        path.write_text(old, encoding="utf-8")
    assert run(["eval", str(questions), "--compare", str(path)], engine_of()) == 1
    assert said in capsys.readouterr().err


def test_a_page_is_written_beside_the_table(
    questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = questions.with_name("report.html")
    assert run(["eval", str(questions), "--html", str(page)], engine_of()) == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    missing = questions.with_name("none") / "report.html"
    assert run(["eval", str(questions), "--html", str(missing)], engine_of()) == 1
    assert "cannot be written: its folder is not there" in capsys.readouterr().err


def test_a_missing_set_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", str(tmp_path / "none")], engine_of()) == 1
    assert "There is no" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "expected"),
    [([], "auto"), (["--reader", "on"], "on"), (["--reader", "off"], "off")],
)
def test_the_reader_is_turned_on_or_off_for_an_evaluation(
    questions: Path, options: list[str], expected: str, tmp_path: Path
) -> None:
    opened: list[str] = []
    scripted = engine_of()

    def open_assistant(settings: Settings) -> AbstractContextManager[ScriptedAssistant]:
        opened.append(settings.reader)
        return scripted.open_assistant(settings)  # type: ignore[return-value]

    settings = Settings(data_dir=tmp_path)
    engine = dataclasses.replace(
        scripted, open_assistant=open_assistant, load_settings=lambda: settings
    )
    assert run(["eval", str(questions), *options], engine) == 0
    assert opened == [expected]


def test_a_set_is_indexed_once_and_measured(
    tmp_path: Path, model_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=tmp_path / "own", cache_dir=model_cache)
    engine = dataclasses.replace(Engine(), load_settings=lambda: settings)
    small = write_set(tmp_path / "sets" / "small", rewrites=REWRITES)
    arguments = ["eval", str(small), "--keep", str(tmp_path / "kept"), "--off-topic", str(small)]
    assert run([*arguments, "--json"], engine) == 0
    report = printed_json(capsys)
    assert (report["hit_at_1"], report["right_at_1"], report["citations_exact"]) == (1, 1, 1)
    assert report["span_recall_at_5"] == 1.0
    assert report["questions"] == {
        "answerable": 2,
        "unanswerable": 1,
        "off_topic": 0,
        "rewrites": 2,
    }
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*.row")}
    assert before
    assert run(arguments, engine) == 0
    assert f"indexed in {tmp_path / 'kept' / 'small'}" in capsys.readouterr().err
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert not settings.data_dir.exists()
