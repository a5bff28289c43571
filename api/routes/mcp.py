"""`/mcp`: the MCP server over streamable HTTP, for agents on other machines or in other processes.

The same keys, host and origin checks as everything else hold. Each request stands alone, so that
any worker process can take it, and no stream waits for what the server may say by itself. The SDK
is imported at the first request.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api.auth import Caller
from api.deps import AskerDep
from api.extras import extra
from api.metrics import Metrics
from rag.filters import Access

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

router = APIRouter()


class McpSessions:
    """The MCP server of an application, made when it is first asked for."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._manager: StreamableHTTPSessionManager | None = None
        self._making = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """For the life of the application."""
        try:
            yield
        finally:
            self._stopped.set()
            if self._task is not None:
                await self._task

    async def manager(self) -> "StreamableHTTPSessionManager":
        """
        Raises:
            ExtraMissing: The SDK is not installed.
        """
        async with self._making:
            if self._manager is None:
                manager = await run_in_threadpool(_manager_of, self._app)
                running = asyncio.Event()
                self._task = asyncio.create_task(self._run(manager, running))
                await running.wait()
                self._manager = manager
            return self._manager

    async def _run(self, manager: "StreamableHTTPSessionManager", running: asyncio.Event) -> None:
        async with manager.run():
            running.set()
            await self._stopped.wait()


@router.post("/mcp", include_in_schema=False)
async def mcp(request: Request, caller: AskerDep) -> Response:
    """Speaks the Model Context Protocol."""
    sessions: McpSessions = request.app.state.mcp
    return _Handed(await sessions.manager())


class _Handed(Response):
    """A response that something else writes."""

    def __init__(self, manager: "StreamableHTTPSessionManager") -> None:
        super().__init__()
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


def _manager_of(app: FastAPI) -> "StreamableHTTPSessionManager":
    with extra("mcp", "The MCP server"):
        from mcp.server.transport_security import TransportSecuritySettings

        from api.mcp_server import make_server

    metrics: Metrics = app.state.metrics
    server = make_server(
        app.state.service,
        app.state.settings,
        access_of=_access_of,
        on_answer=metrics.observe_answer,
    )
    server.streamable_http_app(
        json_response=True,
        stateless_http=True,
        # Hosts and origins are checked for the whole application: `api.hosts`.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return server.session_manager


def _access_of(context: "Context[Any, Any]") -> Access:
    request: Request | None = context.request_context.request
    assert request is not None, "HTTP gives every call its request"
    caller: Caller = request.state.caller
    return caller.access
