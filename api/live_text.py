"""An answer on the terminal while a model writes it."""

import sys
from collections.abc import Iterator
from itertools import chain

from rich.console import Console
from rich.text import Text

from api.rendering import MARKER_STYLE, STRUCK_STYLE, print_leading
from api.short_answers import LeadEvent, Leading
from api.terminal import harmless
from rag.streaming import AnswerEvent, CompleteEvent, DeltaEvent
from rag.types import Answer


def print_live(console: Console, events: Iterator[AnswerEvent]) -> Answer:
    """Prints the short answer and the text as it comes, and returns the answer, whose sources are
    still to be shown.

    On a terminal lines are broken between words; elsewhere as the answer has them.
    """
    width = console.width if console.is_terminal else None
    column = 0
    answer: Answer | None = None
    leading = Leading()
    for event in chain.from_iterable(map(leading.take, events)):
        if isinstance(event, LeadEvent):
            print_leading(console, event.text)
        elif isinstance(event, DeltaEvent):
            shown, column = wrapped(event.text, column, width)
            text = Text(shown, end="")
            text.highlight_regex(r"\[\d+\]" if event.between else r"^~~.*~~$", _style(event))
            console.print(text, soft_wrap=True, end="")
            console.file.flush()
        elif isinstance(event, CompleteEvent):
            answer = event.answer
    console.print()
    assert answer is not None
    return answer


def print_notice(answer: Answer) -> None:
    """What is to be said of how an answer came about, on standard error."""
    if answer.notice is not None:
        sys.stderr.write(f"{harmless(answer.notice)}\n")


def wrapped(text: str, column: int, width: int | None) -> tuple[str, int]:
    """The text with line breaks between words, harmless, and the column that it ends in.

    Args:
        text: What comes next.
        column: Where it begins, from 0.
        width: Of a line; None breaks none.
    """
    shown = []
    for number, line in enumerate(text.split("\n")):
        if number:
            shown.append("\n")
            column = 0
        for at, word in enumerate(harmless(line).split(" ")):
            space = " " if at else ""
            if width is not None and column + len(space) + len(word) > width and column:
                space, column = ("\n", 0) if at else ("", column)
            shown.append(space + word)
            column += len(word) + (len(space) if space != "\n" else 0)
    return "".join(shown), column


def _style(event: DeltaEvent) -> str:
    return MARKER_STYLE if event.between else STRUCK_STYLE
