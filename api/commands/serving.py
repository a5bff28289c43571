"""`quoth serve`: the HTTP API, on this machine only."""

import ipaddress
import socket
import sys
from typing import Annotated

import typer

from api.commands.common import prepare
from api.errors import EXIT_DONE
from rag.errors import SettingsInvalid


def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address of this machine to listen on; loopback only.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
) -> int:
    """Answer over HTTP, with the API's description at /docs."""
    engine, settings = prepare(ctx)
    address = settings.host if host is None else host
    require_loopback(address)
    listener = listen(address, settings.port if port is None else port)
    with listener, engine.open_service(settings) as service:
        import uvicorn

        from api.app import create_app

        app = create_app(settings, service)
        # Requests are logged by the app, by route: paths and queries may hold what people wrote.
        config = uvicorn.Config(app, log_config=None, access_log=False)
        shown_host = f"[{address}]" if ":" in address else address
        sys.stderr.write(
            f"Quoth listens on http://{shown_host}:{listener.getsockname()[1]} (the API is at "
            "/openapi.json). Ctrl-C stops it.\n"
        )
        try:
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt:
            sys.stderr.write("Stopped.\n")
    return EXIT_DONE


def require_loopback(host: str) -> None:
    """Refuses to be reached from other machines: without keys everybody could read the documents.

    Raises:
        SettingsInvalid: The host is another one than this machine's loopback.
    """
    if host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise SettingsInvalid(
        f"Quoth does not listen on {host!r}: other machines could read every document.",
        hint="Use 127.0.0.1, and reach it from elsewhere through a proxy that checks who asks.",
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        SettingsInvalid: The port is taken, or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as exc:
        raise SettingsInvalid(
            f"Quoth cannot listen on port {port!r} of {host!r}: {exc.strerror}.",
            hint="Choose another one with --port, or 0 for any free one.",
        ) from exc
