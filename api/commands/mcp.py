"""`quoth mcp`: the documents for an agent on this machine, over standard input and output."""

import typer

from api.commands.common import prepare
from api.errors import EXIT_DONE
from api.extras import extra


def mcp(ctx: typer.Context) -> int:
    """Serve an agent as an MCP server, over standard input and output.

    Agents start it themselves. Over HTTP, `quoth serve` does the same at /mcp.
    """
    engine, settings = prepare(ctx)
    with extra("mcp", "`quoth mcp`"):
        from api.mcp_server import make_server
    with engine.open_service(settings) as service:
        make_server(service, settings).run("stdio")
    return EXIT_DONE
