"""`quoth eval`: how good the answers are."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import JsonOption, prepare, print_json
from api.errors import EXIT_DONE


def evaluate(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="JSON Lines of {question, answers, sources, answerable}.")
    ],
    k: Annotated[
        int, typer.Option("-k", min=1, max=100, help="How many passages to answer from.")
    ] = 8,
    as_json: JsonOption = False,
) -> int:
    """Ask every question of a file and report how many were answered right."""
    from api.reports import evaluation_json, evaluation_tables
    from rag.evaluation.questions import read_questions
    from rag.evaluation.runner import evaluate as run_evaluation

    engine, settings = prepare(ctx)
    questions = read_questions(file)
    with engine.open_assistant(settings) as assistant:
        assistant.warm_up()
        report = run_evaluation(assistant, questions, k=k)
    if as_json:
        print_json(evaluation_json(report))
        return EXIT_DONE
    from api.terminal import make_console

    console = make_console()
    for table in evaluation_tables(report):
        console.print(table)
    return EXIT_DONE
