"""`quoth ingest`, `quoth forget` and `quoth status`: what is in the index."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import JsonOption, prepare, print_json
from api.errors import EXIT_DONE, EXIT_FAILED

if TYPE_CHECKING:
    from api.engine import Engine, Ingesting
    from rag.ingest.targets import Patterns
    from rag.settings import Settings
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
    include: Annotated[
        list[str] | None,
        typer.Option(
            "--include",
            metavar="PATTERN",
            help="Take only files that match, as '*.md'; repeatable, remembered, "
            "'' takes all again.",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            metavar="PATTERN",
            help="Leave out files and folders that match, as in a .quothignore file; repeatable, "
            "remembered, '' leaves out nothing more.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be done with each file, and do nothing."),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and follow every change until Ctrl-C.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Make the index equal the folders: add, update, move, delete."""
    from api.progress import shown_progress
    from api.reports import ingest_json, ingest_lines
    from rag.ingest.targets import Patterns

    if dry_run and watch:
        raise typer.BadParameter("--dry-run does nothing, so there is nothing to --watch")
    patterns = Patterns(_given(include), _given(exclude))
    engine, settings = prepare(ctx)
    if dry_run:
        return _preview(engine, settings, paths or None, patterns, allow_empty, as_json)
    with engine.open_ingestor(settings, None if as_json else _print_stage) as ingestor:
        if watch:
            return _watch(ingestor, paths or None, patterns, as_json)
        with shown_progress(quiet=as_json) as on_progress:
            report = ingestor.sync(
                paths or None, allow_empty=allow_empty, patterns=patterns, on_progress=on_progress
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


def _given(patterns: list[str] | None) -> tuple[str, ...] | None:
    if not patterns:
        return None
    return tuple(pattern for pattern in patterns if pattern)


def _preview(
    engine: "Engine",
    settings: "Settings",
    paths: "list[Path] | None",
    patterns: "Patterns",
    allow_empty: bool,
    as_json: bool,
) -> int:
    from tempfile import TemporaryDirectory

    from api.progress import shown_progress
    from api.reports import preview_json, preview_lines

    with TemporaryDirectory(prefix="quoth-") as folder:
        if not settings.data_dir.exists():
            # Not even an empty index is left behind.
            settings = settings.model_copy(update={"data_dir": Path(folder)})
        with (
            engine.open_ingestor(settings, None) as ingestor,
            shown_progress(quiet=as_json) as on_progress,
        ):
            found = ingestor.preview(
                paths, allow_empty=allow_empty, patterns=patterns, on_progress=on_progress
            )
    if as_json:
        print_json(preview_json(found))
    else:
        sys.stdout.writelines(f"{line}\n" for line in preview_lines(found))
    return EXIT_DONE


def _watch(
    ingestor: "Ingesting", paths: "list[Path] | None", patterns: "Patterns", as_json: bool
) -> int:
    from api.reports import WatchedReports

    reports = WatchedReports(sys.stdout, as_json=as_json)
    with contextlib.suppress(KeyboardInterrupt):
        ingestor.watch(paths, on_synced=reports, patterns=patterns)
    if not as_json:
        sys.stdout.write("Stopped watching; what was brought in is kept.\n")
    return EXIT_DONE


def _print_stage(stage: str) -> None:
    sys.stderr.write(f"{stage}\n")


def _nothing_but_failures(report: "SyncReport") -> bool:
    brought_in = report.added + report.updated + report.moved + report.unchanged
    return bool(report.failed) and not brought_in
