"""`quoth eval`: how good the answers are."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.commands.common import JsonOption, prepare, print_json
from api.errors import EXIT_DONE


def evaluate(
    ctx: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            help="JSON Lines of {question, answers, sources, answerable} about your own index; "
            "or a question set, a folder with corpus.jsonl.gz and queries.jsonl; or a folder of "
            "several."
        ),
    ],
    k: Annotated[
        int, typer.Option("-k", min=1, max=100, help="How many passages to answer from.")
    ] = 8,
    off_topic: Annotated[
        Path | None,
        typer.Option(
            help="A file of questions, or another set's folder: asked too, as unanswerable."
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep the index of a question set here, so that a second run need not make it; "
            "else it is made in a temporary folder.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Ask at most so many questions, from all over a set.")
    ] = None,
    reader: Annotated[
        Literal["on", "off"] | None,
        typer.Option(
            help="Whether the reader reads the passages, whatever the settings say; without it, "
            "as they say.",
            show_default=False,
        ),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="OLD.json", help="Show what changed since that --json was written."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with plots as well.")
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="With --json, what was quoted and retrieved.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Ask every question of a file or a set, and report how good the answers are."""
    from api.evaluation import Evaluation, check_page, write_page
    from api.evaluation_reports import evaluation_json, evaluation_tables

    engine, settings = prepare(ctx)
    if reader:
        settings = settings.model_copy(update={"reader": reader})
    if html:
        check_page(html)
    evaluation = Evaluation(engine, settings, k=k, keep=keep, quiet=as_json)
    reports = evaluation.run(path, off_topic=off_topic, limit=limit, compare_with=compare)
    if html:
        write_page(html, reports)
    if as_json:
        print_json(evaluation_json(reports, details=details))
        return EXIT_DONE
    from api.terminal import make_console

    console = make_console()
    for report in reports:
        for table in evaluation_tables(report):
            console.print(table)
    return EXIT_DONE
