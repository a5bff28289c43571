"""`quoth serve`: the web page, the HTTP API and MCP over HTTP."""

import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import prepare
from api.engine import Engine
from api.errors import EXIT_DONE, EXIT_FAILED
from api.listening import ALL_ADDRESSES, is_loopback, listen, require_key, url_of
from rag.errors import NothingIndexed

if TYPE_CHECKING:
    from rag.settings import Settings


def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None,
        typer.Option(
            help="Address or name of this machine to listen on; other than loopback needs a key."
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that answer.")
    ] = None,
) -> int:
    """Answer over HTTP: the web page at /, the API at /docs, MCP at /mcp."""
    engine, settings = prepare(ctx)
    given = {"host": host, "port": port, "workers": workers}
    settings = settings.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    require_key(settings.host, has_key=is_loopback(settings.host) or _has_key(engine, settings))
    with listen(settings.host, settings.port) as listener:
        announce = partial(_announce, engine, settings, url_of(settings.host, listener))
        if settings.workers == 1:
            answer(settings, listener, announce, engine=engine)
        else:
            from api.workers import Workers

            if not Workers(_answer_as_worker, settings, listener).run(announce):
                return EXIT_FAILED
    sys.stderr.write("Stopped.\n")
    return EXIT_DONE


def answer(
    settings: "Settings",
    listener: socket.socket,
    on_ready: Callable[[], None],
    *,
    engine: Engine,
    is_worker: bool = False,
) -> None:
    """Answers on a socket, which may have been waiting for that, until a signal.

    Raises:
        QuothError: The service cannot be opened, or what the settings ask for is not there.
    """
    from api.slack.setup import check_setup, is_wanted_over_http
    from api.telemetry import open_tracing

    with ExitStack() as stack:
        tracing = open_tracing(settings, os.environ)
        if tracing is not None:
            stack.callback(tracing.close)
        if is_wanted_over_http(settings):
            check_setup(settings)
        service = stack.enter_context(engine.open_service(settings))
        from api.app import create_app
        from api.server import Server

        app = create_app(settings, service, tracing=tracing)
        server = Server(
            app,
            grace_s=settings.shutdown_grace_s,
            on_started=on_ready,
            is_worker=is_worker,
        )
        server.answer(listener)


def _answer_as_worker(
    settings: "Settings", listener: socket.socket, on_ready: Callable[[], None]
) -> None:
    answer(settings, listener, on_ready, engine=Engine(), is_worker=True)


def _announce(engine: Engine, settings: "Settings", url: str) -> None:
    lines = [f"Quoth listens on {url} (the page is at /, the API at /docs). Ctrl-C stops it."]
    if settings.host in ALL_ADDRESSES:
        lines.append("Other machines reach it by every address and name of this one.")
    if _is_empty(engine, settings):
        lines.append(
            "Nothing is indexed yet: run `quoth ingest FOLDER` meanwhile, or upload documents on "
            "the page."
        )
    sys.stderr.writelines(f"{line}\n" for line in lines)
    sys.stderr.flush()


def _is_empty(engine: Engine, settings: "Settings") -> bool:
    try:
        with engine.open_store(settings) as store:
            return not store.counts().documents
    except NothingIndexed:
        return True


def _has_key(engine: Engine, settings: "Settings") -> bool:
    try:
        # A refusal makes no data folder.
        with engine.open_store(settings), engine.open_keys(settings) as keys:
            return keys.required()
    except NothingIndexed:
        return False
