"""`quoth export` and `quoth import`: an index as one file, for another machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import JsonOption, prepare, print_json
from api.errors import EXIT_DONE


def export(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to; an earlier export there is replaced.")],
    with_conversations: Annotated[
        bool,
        typer.Option("--with-conversations", help="Take along what was asked, answered and rated."),
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Write the whole index into one file, for a backup or another machine."""
    from api.terminal import harmless

    engine, settings = prepare(ctx)
    written = engine.open_transfer(settings).export_to(file, with_conversations=with_conversations)
    if as_json:
        print_json(
            {
                "file": str(file),
                "documents": written.documents,
                "chunks": written.chunks,
                "bytes": file.stat().st_size,
                "conversations": written.conversations,
            }
        )
        return EXIT_DONE
    sys.stdout.write(
        f"Exported {_documents(written.documents)} to {harmless(str(file))} "
        f"({file.stat().st_size / 2**20:,.1f} MiB).\n"
    )
    return EXIT_DONE


def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `quoth export` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Give up the index that is here for it.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Bring in an exported index; it answers at once, without its folders and without the model."""
    from api.terminal import harmless

    engine, settings = prepare(ctx)
    brought = engine.open_transfer(settings).import_from(file, replace=replace)
    if as_json:
        print_json(
            {
                "documents": brought.documents,
                "chunks": brought.chunks,
                "conversations": brought.conversations,
                "roots": list(brought.roots),
            }
        )
        return EXIT_DONE
    sys.stdout.write(f"Imported {_documents(brought.documents)}.\n")
    for root in brought.roots:
        sys.stdout.write(f"from another machine: {harmless(root)}\n")
    if brought.roots:
        sys.stdout.write(
            "Where such a folder is on this machine, run `quoth ingest FOLDER` to keep it in step "
            "again; what has not changed is not encoded again.\n"
        )
    return EXIT_DONE


def _documents(number: int) -> str:
    return f"{number:,} {'document' if number == 1 else 'documents'}"
