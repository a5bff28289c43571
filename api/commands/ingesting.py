"""`quoth ingest`, `quoth forget` and `quoth status`: what is in the index."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import JsonOption, prepare, print_json
from api.errors import EXIT_DONE, EXIT_FAILED

if TYPE_CHECKING:
    from rag.types import SyncReport


def ingest(
    ctx: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Folders or files; none means all known ones."),
    ] = None,
    allow_empty: Annotated[
        bool,
        typer.Option(
            "--allow-empty", help="Accept a known folder that is gone or empty: its documents go."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Make the index equal the folders: add, update, move, delete."""
    from api.progress import shown_progress
    from api.reports import ingest_json, ingest_lines

    engine, settings = prepare(ctx)
    with engine.open_ingestor(settings, None if as_json else _print_stage) as ingestor:
        if as_json:
            report = ingestor.sync(paths or None, allow_empty=allow_empty)
        else:
            with shown_progress() as on_progress:
                report = ingestor.sync(
                    paths or None, allow_empty=allow_empty, on_progress=on_progress
                )
    if as_json:
        print_json(ingest_json(report))
    else:
        sys.stdout.writelines(f"{line}\n" for line in ingest_lines(report))
    return EXIT_FAILED if _nothing_but_failures(report) else EXIT_DONE


def forget(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(help="A folder or file that was ingested.")],
    as_json: JsonOption = False,
) -> int:
    """Drop a folder from the index, and what came from it."""
    engine, settings = prepare(ctx)
    with engine.open_ingestor(settings, None) as ingestor:
        documents = ingestor.forget(path)
    if as_json:
        print_json({"documents": documents})
    else:
        from api.terminal import harmless

        noun = "document" if documents == 1 else "documents"
        sys.stdout.write(f"Forgot {harmless(str(path))}: {documents} {noun} removed.\n")
    return EXIT_DONE


def status(ctx: typer.Context, as_json: JsonOption = False) -> int:
    """Show what is indexed, from where, and which files failed."""
    from api.reports import status_json, status_lines

    engine, settings = prepare(ctx)
    with engine.open_store(settings) as store:
        if as_json:
            print_json(status_json(store))
        else:
            sys.stdout.writelines(f"{line}\n" for line in status_lines(store))
    return EXIT_DONE


def _print_stage(stage: str) -> None:
    sys.stderr.write(f"{stage}\n")


def _nothing_but_failures(report: "SyncReport") -> bool:
    brought_in = report.added + report.updated + report.moved + report.unchanged
    return bool(report.failed) and not brought_in
