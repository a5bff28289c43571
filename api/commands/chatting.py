"""`quoth chat`: a conversation on the terminal, or line by line through a pipe."""

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import typer

from api.commands.common import (
    ConversationOption,
    FilterOption,
    JsonOption,
    PassagesOption,
    prepare,
)
from api.errors import EXIT_DONE

if TYPE_CHECKING:
    from collections.abc import Generator

    from api.chat import Chat
    from api.chat_views import ChatView

HISTORY_NAME = "chat_history"
"""Where in the data folder the lines typed are kept, for the arrow keys."""


def chat(
    ctx: typer.Context,
    conversation: ConversationOption = None,
    k: PassagesOption = 8,
    filters: FilterOption = [],  # noqa: B006 - typer copies it
    as_json: JsonOption = False,
) -> int:
    """Hold a conversation: a follow-up question is understood from those before it.

    Piped input is one question a line; with --json each answer is one object on one line.
    """
    from api.chat import Chat
    from api.chat_views import JsonView, ReadableView
    from api.filters import parse_filters
    from api.line_input import piped_lines, typed_lines

    engine, settings = prepare(ctx)
    conditions = parse_filters(filters)
    with engine.open_conversations(settings) as conversations:
        view = JsonView(settings) if as_json else ReadableView(conversations.assistant.store)
        live = settings.llm_base_url is not None
        held = Chat(conversations, view, k=k, filters=conditions, live=live)
        if conversation is not None:
            held.resume(conversation)
        if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            for line in piped_lines(sys.stdin):
                if not held.take(line):
                    break
        else:
            _talk(held, view, typed_lines(settings.data_dir / HISTORY_NAME))
    return EXIT_DONE


def _talk(held: "Chat", view: "ChatView", lines: "Generator[str]") -> None:
    view.say("Ask about the documents. /help lists the commands, Ctrl-D leaves.")
    with closing(lines):
        for line in lines:
            try:
                if not held.take(line):
                    break
            except KeyboardInterrupt:
                view.say("Interrupted.")
    if held.conversation_id is not None:
        view.say(f"To go on with it: quoth chat --conversation {held.conversation_id}")
