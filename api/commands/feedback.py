"""`quoth feedback`: what people thought of the answers."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import JsonOption, prepare, print_json
from api.errors import EXIT_DONE

feedback = typer.Typer(help="Use what people thought of the answers.", rich_markup_mode=None)


@feedback.callback()
def _group() -> None:
    """A group even while it has one command."""


@feedback.command()
def export(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; none prints it.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Disliked answers too: `quoth eval` asks them and shows what comes, but cannot "
            "judge it.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Write an evaluation set that `quoth eval FILE` reads, one JSON object a line.

    A liked answer becomes a question with its quotes and files as what is right, a liked refusal
    one that the documents do not answer; a disliked answer says nothing of what would be right.
    """
    from rag.evaluation.from_feedback import all_feedback, history_in, question_lines

    if as_json and file is None:
        raise typer.BadParameter("--json needs a FILE: without one the lines are printed.")
    engine, settings = prepare(ctx)
    with engine.open_feedback(settings) as (kept, conversations):
        lines = [
            json.dumps(line, ensure_ascii=file is None)
            for line in question_lines(
                all_feedback(kept), history_of=history_in(conversations), disputed=everything
            )
        ]
    if file is None:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return EXIT_DONE
    _write(file, lines)
    if as_json:
        print_json({"file": str(file), "questions": len(lines)})
    else:
        from api.terminal import harmless

        noun = "question" if len(lines) == 1 else "questions"
        sys.stdout.write(f"{len(lines)} {noun} written to {harmless(str(file))}.\n")
    return EXIT_DONE


def _write(file: Path, lines: Iterable[str]) -> None:
    try:
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as exc:
        raise typer.BadParameter(f"{str(file)!r} cannot be written: {exc.strerror}.") from exc
