"""`quoth chat` through a pipe, over a real store; on a terminal see `test_chat_terminal`."""

import io
import json
from pathlib import Path

import pytest

from api.cli import run
from rag.errors import QuestionInvalid
from rag.filters import Filters
from rag.types import Turn
from tests.answers import (
    NOT_FOUND,
    QUOTE,
    ScriptedAssistant,
    make_answer,
    make_citation,
    make_document,
    make_refusal,
)
from tests.api.chatting import conversing_engine

BRIEF = f"{QUOTE} [1]\n[1] hr/trade.md:3  Growth\n\n"


@pytest.fixture
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant()


class Chats:
    """Runs `quoth chat` with lines piped in, each time in a process' place of its own."""

    def __init__(
        self,
        assistant: ScriptedAssistant,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.engine = conversing_engine(assistant, folder)
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *lines: str, options: tuple[str, ...] = (), exits: int = 0) -> str:
        self._monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        assert run(["chat", *options], self.engine) == exits
        printed = self._capsys.readouterr()
        self.said_of_errors = printed.err
        return printed.out

    def objects(self, *lines: str, options: tuple[str, ...] = ()) -> list[dict]:
        printed = self(*lines, options=("--json", *options))
        return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture
def chat(
    assistant: ScriptedAssistant,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Chats:
    return Chats(assistant, tmp_path, capsys, monkeypatch)


def test_an_answer_has_one_line_for_each_source(chat: Chats) -> None:
    assert chat("By how much?") == BRIEF
    assert chat.said_of_errors == ""


def test_each_line_is_a_question_that_hears_of_those_before(
    chat: Chats, assistant: ScriptedAssistant
) -> None:
    chat("By how much?", "Why?")
    assert [asked[0] for asked in assistant.asked] == ["By how much?", "Why?"]
    assert assistant.histories[1] == (
        Turn("user", "By how much?"),
        Turn("assistant", f"{QUOTE} [1]"),
    )


def test_k_and_filters_reach_the_assistant(chat: Chats, assistant: ScriptedAssistant) -> None:
    chat("What?", options=("-k", "3", "--filter", "filename=*.md"))
    assert assistant.asked == [("What?", 3, Filters(filename=("*.md",)))]


def test_as_json_each_answer_is_one_line_of_one_conversation(chat: Chats) -> None:
    first, second = chat.objects("By how much?", "Why?")
    assert (first["id"], first["question"], first["status"]) == (
        "ans_1",
        "By how much?",
        "answered",
    )
    assert first["conversation_id"].startswith("conv_")
    assert second["conversation_id"] == first["conversation_id"]


def test_a_new_conversation_begins_on_demand(chat: Chats, assistant: ScriptedAssistant) -> None:
    first, second = chat.objects("By how much?", "/new", "Why?")
    assert first["conversation_id"] != second["conversation_id"]
    assert assistant.histories == [(), ()]


def test_a_conversation_is_gone_on_with(chat: Chats, assistant: ScriptedAssistant) -> None:
    (first,) = chat.objects("By how much?")
    chat("Why?", options=("--conversation", first["conversation_id"]))
    assert assistant.histories[1][0] == Turn("user", "By how much?")


def test_sources_are_shown_of_a_conversation_gone_on_with(chat: Chats) -> None:
    (first,) = chat.objects("By how much?")
    shown = chat("/sources", options=("--conversation", first["conversation_id"]))
    assert "    Trade The trade grew. «It grew by 35 percent in two years.» More" in shown


def test_an_unknown_conversation_ends_the_chat_before_it_begins(chat: Chats) -> None:
    assert chat("What?", options=("--conversation", "conv_none"), exits=1) == ""
    assert "There is no conversation 'conv_none'." in chat.said_of_errors


def test_sources_show_the_passages_in_full(chat: Chats) -> None:
    shown = chat("By how much?", "/sources")
    assert shown == BRIEF + (
        "[1] hr/trade.md:3\n"
        "    Trade › Growth\n"
        "    Trade The trade grew. «It grew by 35 percent in two years.» More will come.\n\n"
    )


def test_sources_of_a_refusal_are_the_nearest_passages(
    chat: Chats, assistant: ScriptedAssistant
) -> None:
    assistant.answer = make_refusal()
    shown = chat("Who won?", "/sources")
    assert shown.startswith(f"{NOT_FOUND}\n\n1. hr/trade.md:1  0.83\n")


def test_the_history_shows_who_said_what(chat: Chats) -> None:
    shown = chat("By how much?", "/history").removeprefix(BRIEF)
    assert shown == f"You: By how much?\nQuoth: {QUOTE} [1]\n\n"


@pytest.mark.parametrize("command", ["/sources", "/history"])
def test_without_an_answer_there_is_nothing_to_show(chat: Chats, command: str) -> None:
    assert " yet." in chat(command)


def test_help_lists_every_command(chat: Chats) -> None:
    shown = chat("/help")
    assert [line.split()[0] for line in shown.splitlines()] == [
        "/sources",
        "/history",
        "/new",
        "/help",
        "/quit",
    ]


def test_quitting_leaves_the_rest_unread(chat: Chats, assistant: ScriptedAssistant) -> None:
    assert chat("/quit", "By how much?") == ""
    assert assistant.asked == []


def test_an_unknown_command_names_those_that_are_there(chat: Chats) -> None:
    assert chat("/source", "By how much?").startswith(
        "There is no command '/source'; there are /sources, /history, /new, /help, /quit.\n"
    )


def test_a_question_may_begin_with_a_path(chat: Chats, assistant: ScriptedAssistant) -> None:
    chat("/etc/hosts holds what?")
    assert assistant.asked[0][0] == "/etc/hosts holds what?"


def test_a_question_that_fails_is_one_sentence_and_the_chat_goes_on(
    chat: Chats, assistant: ScriptedAssistant
) -> None:
    assistant.errors = {"?!": QuestionInvalid("It holds no word.", hint="Ask in words.")}
    assert chat("?!", "By how much?") == BRIEF
    assert chat.said_of_errors == "It holds no word. Ask in words.\n"


def test_a_question_that_fails_is_an_object_as_json(
    chat: Chats, assistant: ScriptedAssistant
) -> None:
    assistant.errors = {"?!": QuestionInvalid("It holds no word.", hint="Ask in words.")}
    problem, answer = chat.objects("?!", "By how much?")
    assert problem == {
        "error": {
            "type": "question-invalid",
            "message": "It holds no word.",
            "hint": "Ask in words.",
        }
    }
    assert answer["status"] == "answered"


def test_commands_print_nothing_as_json(chat: Chats) -> None:
    assert len(chat.objects("/help", "By how much?", "/sources", "/history", "/x", "/new")) == 1


def test_what_a_terminal_would_obey_is_not_printed(
    chat: Chats, assistant: ScriptedAssistant
) -> None:
    document = make_document(uri="a\x1b[31m.txt")
    citation = make_citation(document, heading="\x1b[31mHot")
    assistant.answer = make_answer(document, text="\x1b[2J [1]", citations=(citation,))
    assert "\x1b" not in chat("What \x1b[31m?", "/sources", "/history")


def test_ask_goes_on_with_a_conversation(
    chat: Chats, assistant: ScriptedAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    (first,) = chat.objects("By how much?")
    arguments = ["ask", "Why?", "--json", "--conversation", first["conversation_id"]]
    assert run(arguments, chat.engine) == 0
    assert json.loads(capsys.readouterr().out)["conversation_id"] == first["conversation_id"]
    assert assistant.histories[1][0] == Turn("user", "By how much?")


def test_asking_into_an_unknown_conversation_fails(
    chat: Chats, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ask", "Why?", "--json", "--conversation", ""], chat.engine) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["type"] == "unknown-conversation"
