import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.cli import run
from api.engine import Engine
from rag.errors import NothingIndexed, RootMissing
from rag.filters import DateRange, Filters
from rag.ingest.targets import UNCHANGED, Patterns
from rag.settings import Settings
from rag.types import FailedFile, SyncProgress, SyncReport
from tests.answers import QUOTE, ScriptedAssistant, make_refusal

QUESTIONS = '{"question": "By how much?", "answers": ["35 percent"], "answerable": true}\n'


@dataclass
class ScriptedIngestor:
    """Reports what it is told to, and keeps what it was asked for."""

    report: SyncReport = field(default_factory=SyncReport)
    error: BaseException | None = None
    synced: list[tuple[Sequence[Path] | None, bool]] = field(default_factory=list)

    def sync(
        self,
        paths: Sequence[Path] | None,
        *,
        allow_empty: bool = False,
        patterns: Patterns = UNCHANGED,
        on_progress: Callable[[SyncProgress], None] | None = None,
    ) -> SyncReport:
        if self.error is not None:
            raise self.error
        self.synced.append((paths, allow_empty))
        return self.report

    def forget(self, path: Path) -> int:
        return 2


def engine_of(
    assistant: ScriptedAssistant | None = None, ingestor: ScriptedIngestor | None = None
) -> Engine:
    @contextmanager
    def open_assistant(settings: Settings) -> Iterator[ScriptedAssistant]:
        yield assistant or ScriptedAssistant()

    @contextmanager
    def open_ingestor(settings: Settings, on_stage: object) -> Iterator[ScriptedIngestor]:
        yield ingestor or ScriptedIngestor()

    return Engine(open_assistant=open_assistant, open_ingestor=open_ingestor)


def printed_json(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value


def test_an_answer_is_printed_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "By how much?"], engine_of()) == 0
    printed = capsys.readouterr()
    assert f"{QUOTE} [1]" in printed.out
    assert "[1] hr/trade.md:3" in printed.out
    assert printed.err == ""


def test_not_found_exits_with_3() -> None:
    assert run(["ask", "Who won?"], engine_of(ScriptedAssistant(make_refusal()))) == 3


def test_an_answer_as_json_is_the_public_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "By how much?", "--json"], engine_of()) == 0
    answer = printed_json(capsys)
    assert (answer["id"], answer["status"]) == ("ans_1", "answered")


def test_not_found_as_json_exits_with_3_and_is_an_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = engine_of(ScriptedAssistant(make_refusal()))
    assert run(["ask", "Who won?", "--json"], engine) == 3
    assert printed_json(capsys)["status"] == "not_found"


def test_k_and_filters_reach_the_assistant() -> None:
    assistant = ScriptedAssistant()
    arguments = ["ask", "What?", "-k", "3", "--filter", "filename=*.md", "--filter", "date>=2025"]
    run(arguments, engine_of(assistant))
    filters = Filters(filename=("*.md",), date=DateRange(gte="2025"))
    assert assistant.asked == [("What?", 3, filters)]


def test_a_search_prints_hits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "trade", "-k", "5"], engine_of()) == 0
    assert capsys.readouterr().out.startswith("1. hr/trade.md:1  0.83\n")


def test_a_search_as_json_prints_hits(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "trade", "--json"], engine_of()) == 0
    hits = printed_json(capsys)["hits"]
    assert isinstance(hits, list)
    assert len(hits) == 1


def test_an_ingest_reports_its_counts(capsys: pytest.CaptureFixture[str]) -> None:
    ingestor = ScriptedIngestor(
        SyncReport(added=2, unchanged=1, failed=(FailedFile("b.txt", "It is binary."),))
    )
    assert run(["ingest", "docs", "--allow-empty"], engine_of(ingestor=ingestor)) == 0
    assert ingestor.synced == [([Path("docs")], True)]
    printed = capsys.readouterr().out
    assert "2 added, 0 updated, 0 moved, 0 deleted, 1 unchanged, 0 skipped, 1 failed" in printed
    assert "failed: b.txt: It is binary.\n" in printed


def test_an_ingest_without_a_path_is_of_all_known_roots() -> None:
    ingestor = ScriptedIngestor()
    run(["ingest"], engine_of(ingestor=ingestor))
    assert ingestor.synced == [(None, False)]


def test_an_ingest_as_json_prints_the_promised_fields(capsys: pytest.CaptureFixture[str]) -> None:
    ingestor = ScriptedIngestor(SyncReport(added=1, failed=(FailedFile("b.txt", "It is binary."),)))
    assert run(["ingest", "docs", "--json"], engine_of(ingestor=ingestor)) == 0
    report = printed_json(capsys)
    assert report["added"] == 1
    assert report["failed"] == [{"path": "b.txt", "reason": "It is binary."}]
    promised = {"added", "updated", "moved", "deleted", "unchanged", "skipped", "failed"}
    assert promised | {"elapsed_s"} <= set(report)


def test_an_ingest_of_which_nothing_can_be_read_fails() -> None:
    ingestor = ScriptedIngestor(SyncReport(failed=(FailedFile("b.txt", "It is binary."),)))
    assert run(["ingest", "b.txt"], engine_of(ingestor=ingestor)) == 1


def test_forgetting_says_how_many_documents_went(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forget", "docs"], engine_of()) == 0
    assert capsys.readouterr().out == "Forgot docs: 2 documents removed.\n"


def test_an_evaluation_prints_its_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(QUESTIONS, encoding="utf-8")
    assert run(["eval", str(path)], engine_of()) == 0
    assert "wrongly refused" in capsys.readouterr().out


def test_an_evaluation_as_json_has_figures_and_verdicts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(QUESTIONS, encoding="utf-8")
    assert run(["eval", str(path), "--json"], engine_of()) == 0
    report = printed_json(capsys)
    assert (report["right_at_1"], report["citations_exact"]) == (1.0, 1.0)
    assert report["outcomes"][0]["verdict"] == "right"  # type: ignore[index]


def test_an_error_is_one_sentence_and_a_hint_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = NothingIndexed("Nothing was ingested yet.", hint="Run `quoth ingest FOLDER`.")
    assert run(["ask", "What?"], engine_of(ScriptedAssistant(error=error))) == 1
    printed = capsys.readouterr()
    assert printed.err == "Nothing was ingested yet.\nRun `quoth ingest FOLDER`.\n"
    assert printed.out == ""


def test_an_error_as_json_is_an_object_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ingestor = ScriptedIngestor(error=RootMissing("It is gone.", hint="Mount it."))
    assert run(["ingest", "--json"], engine_of(ingestor=ingestor)) == 1
    assert printed_json(capsys) == {
        "error": {"type": "root-missing", "message": "It is gone.", "hint": "Mount it."}
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask"], "Missing argument"),
        (["ask", "What?", "-k", "0"], "-k"),
        (["ask", "What?", "-k", "many"], "-k"),
        (["ask", "What?", "--colour"], "--colour"),
        (["fetch"], "fetch"),
        (["ask", "What?", "--filter", "author=Ada"], "There is no filter 'author'"),
    ],
)
def test_a_usage_error_is_a_sentence_and_exits_with_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments, engine_of()) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert "Traceback" not in printed.err


def test_a_usage_error_as_json_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "--json"], engine_of()) == 2
    assert printed_json(capsys)["error"]["type"] == "usage"  # type: ignore[index]


def test_a_bug_is_called_a_bug_and_shows_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    engine = engine_of(ScriptedAssistant(error=KeyError("x")))
    assert run(["ask", "What?"], engine) == 1
    printed = capsys.readouterr().err
    assert "This is a bug." in printed
    assert "Traceback" not in printed


def test_an_interrupt_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    engine = engine_of(ingestor=ScriptedIngestor(error=KeyboardInterrupt()))
    assert run(["ingest", "docs"], engine) == 1
    assert capsys.readouterr().err == "Interrupted; what was done before is kept.\n"


def test_an_escape_in_an_error_does_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = NothingIndexed("Nothing at \x1b[31m.")
    run(["ask", "What?"], engine_of(ScriptedAssistant(error=error)))
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--help"], ["ask", "--help"]])
def test_help_is_shown(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments, engine_of()) == 0
    assert capsys.readouterr().out.startswith("Usage: quoth")


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["version"], engine_of()) == 0
    assert capsys.readouterr().out.startswith("quoth ")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_serving_other_machines_is_refused(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--host", host], engine_of()) == 2
    assert f"Quoth does not listen on {host!r}" in capsys.readouterr().err


def test_a_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUOTH_PORT", "many")
    assert run(["ask", "What?"], engine_of()) == 2
    assert "QUOTH_PORT" in capsys.readouterr().err
