"""Answers on the terminal while a model writes them, over a real connection."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from api.cli import run
from api.engine import Engine
from api.live_text import print_live, wrapped
from rag.assistant import Assistant
from rag.conversations import Conversations
from rag.llm.building import generation_of
from rag.service import Service
from rag.settings import Settings
from rag.streaming import CompleteEvent, DeltaEvent, events_of
from tests.answers import make_answer
from tests.api.client import QUESTION, QUOTE
from tests.llm.model_server import ModelServer, error
from tests.llm.writing import model_settings, open_written_service

LEAVE = "Parental leave lasts sixteen weeks [1]."
WRONG = "Parental leave lasts ninety weeks [1]."


@pytest.fixture(scope="module")
def settings(model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("told")
    return model_settings(folder, model_server, llm_unsupported="strike")


@pytest.fixture(scope="module")
def opened(settings: Settings) -> Iterator[Service]:
    with open_written_service(settings) as service:
        yield service


@pytest.fixture
def engine(opened: Service, settings: Settings) -> Engine:
    opened.assistant.generation = generation_of(settings)

    @contextmanager
    def open_assistant(settings: Settings) -> Iterator[Assistant]:
        yield opened.assistant

    @contextmanager
    def open_conversations(settings: Settings) -> Iterator[Conversations]:
        yield opened.conversations

    return Engine(
        load_settings=lambda: settings,
        open_assistant=open_assistant,
        open_conversations=open_conversations,
    )


def test_the_answer_is_printed_once_with_its_sources(
    engine: Engine, model_server: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    model_server.says(f"{LEAVE} {WRONG}")
    assert run(["ask", QUESTION], engine) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[0] == (
        "Parental leave lasts sixteen weeks. [1] ~~Parental leave lasts ninety weeks.~~"
    )
    assert told.count("lasts sixteen weeks") == 1
    assert f"«{QUOTE}»" in told


def test_that_the_documents_are_quoted_is_said_on_standard_error(
    engine: Engine, model_server: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    model_server.says(error(401))
    assert run(["ask", QUESTION], engine) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{QUOTE} [1]")
    assert "so the answer is quoted from the documents." in told.err
    assert "quoted from" not in told.out


def test_a_program_gets_one_object(
    engine: Engine, model_server: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    model_server.says(LEAVE)
    run(["ask", QUESTION, "--json"], engine)
    assert json.loads(capsys.readouterr().out)["method"] == "llm"


def test_a_chat_shows_what_the_model_writes(
    engine: Engine,
    model_server: ModelServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model_server.says(LEAVE)
    monkeypatch.setattr("sys.stdin", StringIO(f"{QUESTION}\n"))
    assert run(["chat"], engine) == 0
    told = capsys.readouterr().out
    assert "Parental leave lasts sixteen weeks. [1]" in told
    assert "hr/leave.md" in told


@given(st.lists(st.text("ab \n", max_size=12)), st.integers(8, 20))
def test_lines_are_broken_between_words_alone(pieces: list[str], width: int) -> None:
    column, shown = 0, ""
    for piece in pieces:
        text, column = wrapped(piece, column, width)
        shown += text
    assert "".join(shown.split()) == "".join("".join(pieces).split())
    assert wrapped("".join(pieces), 0, None)[0] == "".join(pieces)


def test_the_short_answer_stands_before_the_first_words() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=40)
    told = events_of(make_answer(short_answer="35 percent"))
    print_live(console, told)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert shown.startswith("\x1b[1m35 percent\x1b[0m\n\nIt grew by 35 percent")


def test_words_of_a_document_do_not_command_the_terminal() -> None:
    answer = make_answer(text="a\x1b[31m")
    console = Console(file=StringIO(), force_terminal=True, width=20)
    print_live(console, iter([DeltaEvent("a\x1b[31m"), CompleteEvent(answer)]))
    assert "\x1b[31m" not in console.file.getvalue()  # type: ignore[attr-defined]
