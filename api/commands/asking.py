"""`quoth ask` and `quoth search`: what the documents say."""

from typing import Annotated

import typer

from api.commands.common import FilterOption, JsonOption, prepare, print_json
from api.errors import EXIT_DONE, EXIT_NOT_FOUND

PassagesOption = Annotated[
    int, typer.Option("-k", min=1, max=100, help="How many passages to look at.")
]


def ask(
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    k: PassagesOption = 8,
    filters: FilterOption = [],  # noqa: B006 - typer copies it
    as_json: JsonOption = False,
) -> int:
    """Answer a question and quote the exact places the answer comes from."""
    from api.filters import parse_filters

    engine, settings = prepare(ctx)
    conditions = parse_filters(filters)
    with engine.open_assistant(settings) as assistant:
        answer = assistant.ask(question, k=k, filters=conditions)
        if as_json:
            from api.schemas import answer_json

            print_json(answer_json(answer, settings))
        else:
            from api.rendering import print_answer
            from api.terminal import make_console

            print_answer(make_console(), answer, assistant.store)
    return EXIT_NOT_FOUND if answer.status == "not_found" else EXIT_DONE


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
    with engine.open_assistant(settings) as assistant:
        hits = assistant.search(query, k=k, filters=conditions)
    if as_json:
        from api.schemas import search_json

        print_json(search_json(hits))
    else:
        from api.rendering import print_hits
        from api.terminal import make_console

        print_hits(make_console(), hits)
    return EXIT_DONE if hits else EXIT_NOT_FOUND
