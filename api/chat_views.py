"""How a chat is shown: to a person as text, to a program as one JSON object a line.

Standard output holds answers alone; what went wrong stands on standard error, except for programs,
which get it as an object in the answer's place.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Protocol

from rich.text import Text

from api.commands.common import print_json
from api.errors import kind_of
from api.live_text import print_live, print_notice
from api.rendering import print_brief, print_sources
from api.terminal import harmless, make_console
from embeddings.errors import QuothError
from rag.settings import Settings
from rag.store.base import DocumentReader
from rag.store.conversations_base import KeptTurn
from rag.streaming import AnswerEvent, answer_of
from rag.types import Answer, Role

SPEAKERS: dict[Role, str] = {"user": "You", "assistant": "Quoth"}


class ChatView(Protocol):
    """What a chat has to show."""

    def answer(self, answer: Answer) -> None: ...

    def live(self, events: Iterator[AnswerEvent]) -> Answer:
        """Shows an answer while it is written, and returns it."""
        ...

    def sources(self, answer: Answer) -> None:
        """The passages of an answer in full."""
        ...

    def turns(self, turns: Sequence[KeptTurn]) -> None: ...

    def say(self, text: str) -> None:
        """Words of Quoth's own; only they may have several lines."""
        ...

    def problem(self, error: QuothError) -> None: ...


class ReadableView:
    """For a person, on a terminal or in a file."""

    def __init__(self, documents: DocumentReader) -> None:
        self._documents = documents
        self._console = make_console()

    def answer(self, answer: Answer) -> None:
        print_brief(self._console, answer)
        self._console.print()

    def live(self, events: Iterator[AnswerEvent]) -> Answer:
        answer = print_live(self._console, events)
        print_brief(self._console, answer, with_text=False)
        print_notice(answer)
        self._console.print()
        return answer

    def sources(self, answer: Answer) -> None:
        print_sources(self._console, answer, self._documents)
        self._console.print()

    def turns(self, turns: Sequence[KeptTurn]) -> None:
        for turn in turns:
            speaker = f"{SPEAKERS[turn.role]}: "
            self._console.print(Text.assemble((speaker, "bold"), harmless(turn.text)))
        self._console.print()

    def say(self, text: str) -> None:
        for line in text.splitlines():
            self._console.print(Text(harmless(line), "dim"))

    def problem(self, error: QuothError) -> None:
        sys.stderr.write(harmless(f"{error.message} {error.hint}".strip()) + "\n")


class JsonView:
    """For a program: questions are answered with objects, commands are answered with nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def answer(self, answer: Answer) -> None:
        from api.schemas import answer_json

        print_json(answer_json(answer, self._settings), indent=None)
        sys.stdout.flush()

    def live(self, events: Iterator[AnswerEvent]) -> Answer:
        """The whole answer at once: a program reads objects."""
        answer = answer_of(events)
        self.answer(answer)
        return answer

    def sources(self, answer: Answer) -> None:
        """Nothing: they are in the answer."""

    def turns(self, turns: Sequence[KeptTurn]) -> None:
        """Nothing: the program has said and read them."""

    def say(self, text: str) -> None:
        """Nothing."""

    def problem(self, error: QuothError) -> None:
        shown = {"type": kind_of(error).slug, "message": error.message, "hint": error.hint}
        print_json({"error": shown}, indent=None)
        sys.stdout.flush()
