"""`quoth ask` and `quoth search`: what the documents say."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import (
    ConversationOption,
    FilterOption,
    JsonOption,
    PassagesOption,
    prepare,
    print_json,
)
from api.errors import EXIT_DONE, EXIT_NOT_FOUND

if TYPE_CHECKING:
    from api.engine import Engine
    from rag.answering.findings import Finding
    from rag.filters import Filters
    from rag.settings import Settings
    from rag.store.base import DocumentReader
    from rag.types import Answer


def ask(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    k: PassagesOption = 8,
    filters: FilterOption = [],  # noqa: B006 - typer copies it
    conversation: ConversationOption = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what was weighed; not in a conversation.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Answer a question: the short answer first where there is one, then the sentences that say
    it, and the exact places they come from.
    """
    from api.filters import parse_filters

    engine, settings = prepare(ctx)
    conditions = parse_filters(filters)
    if explain and conversation is not None:
        raise typer.BadParameter("--explain cannot be used with --conversation.")
    if explain:
        with engine.open_assistant(settings) as assistant:
            answer, findings = assistant.explain(question, k=k, filters=conditions)
            return _show(answer, assistant.store, settings, as_json=as_json, findings=findings)
    if settings.llm_base_url is not None and not as_json:
        return _show_live(engine, settings, question, conversation, k, conditions)
    if conversation is None:
        with engine.open_assistant(settings) as assistant:
            answer = assistant.ask(question, k=k, filters=conditions)
            return _show(answer, assistant.store, settings, as_json=as_json)
    with engine.open_conversations(settings) as conversations:
        answer = conversations.ask(question, conversation, k=k, filters=conditions)
        return _show(answer, conversations.assistant.store, settings, as_json=as_json)


def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: PassagesOption = 10,
    filters: FilterOption = [],  # noqa: B006 - typer copies it
    as_json: JsonOption = False,
) -> int:
    """Find passages, best first."""
    from api.filters import parse_filters

    engine, settings = prepare(ctx)
    conditions = parse_filters(filters)
    # A search asks no reader, so none is loaded.
    with engine.open_assistant(settings.model_copy(update={"reader": "off"})) as assistant:
        hits = assistant.search(query, k=k, filters=conditions)
    if as_json:
        from api.schemas import search_json

        print_json(search_json(hits))
    else:
        from api.rendering import print_hits
        from api.terminal import make_console

        print_hits(make_console(), hits)
    return EXIT_DONE if hits else EXIT_NOT_FOUND


def _show_live(
    engine: "Engine",
    settings: "Settings",
    question: str,
    conversation: str | None,
    k: int,
    filters: "Filters",
) -> int:
    """The answer while a model writes it."""
    from api.live_text import print_live, print_notice
    from api.rendering import print_answer
    from api.terminal import make_console

    console = make_console()
    if conversation is None:
        with engine.open_assistant(settings) as assistant:
            answer = print_live(console, assistant.stream(question, k=k, filters=filters))
            print_answer(console, answer, assistant.store, with_text=False)
    else:
        with engine.open_conversations(settings) as conversations:
            events = conversations.stream(question, conversation, k=k, filters=filters)
            answer = print_live(console, events)
            print_answer(console, answer, conversations.assistant.store, with_text=False)
    print_notice(answer)
    return EXIT_NOT_FOUND if answer.status == "not_found" else EXIT_DONE


def _show(
    answer: "Answer",
    store: "DocumentReader",
    settings: "Settings",
    *,
    as_json: bool,
    findings: "tuple[Finding, ...]" = (),
) -> int:
    if as_json:
        from api.schemas import answer_json

        shown = answer_json(answer, settings).model_dump(mode="json")
        if findings:
            from api.explaining import explanation_json

            shown["explanation"] = explanation_json(findings)
        print_json(shown)
    else:
        from api.rendering import print_answer
        from api.terminal import harmless, make_console

        console = make_console()
        print_answer(console, answer, store)
        if answer.notice is not None:
            sys.stderr.write(f"{harmless(answer.notice)}\n")
        if findings:
            from api.explaining import print_explanation

            print_explanation(console, findings)
    return EXIT_NOT_FOUND if answer.status == "not_found" else EXIT_DONE
