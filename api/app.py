"""The HTTP API as an application object; nothing of it is kept in a module.

A service that is given is used and left open; otherwise one is opened when the application starts
and closed when it stops.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio
from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool

from api.auth import RateLimits
from api.description import describe
from api.engine import Engine
from api.hosts import HostCheck
from api.metrics import MeasureRequests, Metrics
from api.middleware import BodyLimit, RequestContext
from api.problems import REQUEST_ID_HEADER, install_problem_handlers
from api.routes import (
    ask,
    conversations,
    documents,
    feedback,
    health,
    mcp,
    me,
    metrics,
    openai_chat,
    openai_models,
    openai_responses,
    pages,
    search,
    slack,
    web,
)
from api.slack.setup import is_wanted_over_http
from api.telemetry import TraceRequests, Tracing
from embeddings.errors import QuothError
from rag.service import Service
from rag.settings import Settings

logger = logging.getLogger(__name__)

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""The framework's own would send paths, query strings and errors' texts; see `api.telemetry`."""

UPLOAD = ("POST", "/v1/documents")
FORGET_EVERY_S = 6 * 3600
UPLOADS_AT_ONCE = 1
"""They wait for each other anyway; so they do not hold the threads that questions need."""


def create_app(
    settings: Settings,
    service: Service | None = None,
    engine: Engine | None = None,
    tracing: Tracing | None = None,
) -> FastAPI:
    """The application.

    Args:
        settings: The settings in force.
        service: What answers; None opens one with the engine for the application's life.
        engine: What opens a service; None means the real one.
        tracing: Makes spans of requests and answers; None makes none.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            if service is None:
                opened = (engine or Engine()).open_service(settings)
                app.state.service = stack.enter_context(opened)
            app.state.metrics.watch(app.state.service)
            await run_in_threadpool(_warm_up, app.state.service)
            app.state.slack = await run_in_threadpool(stack.enter_context, slack.open_bot(app))
            async with app.state.mcp.open(), anyio.create_task_group() as tasks:
                tasks.start_soon(_forget_old_conversations, app.state.service, settings)
                yield
                tasks.cancel_scope.cancel()

    app = FastAPI(
        title="Quoth",
        version=version("quoth"),
        summary="Answers questions from documents and quotes the exact places.",
        lifespan=lifespan,
        # Their pages load scripts from a content network; `api.routes.web` has one that does not.
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    app.openapi = _description_of(app)  # type: ignore[method-assign]
    app.state.settings = settings
    app.state.service = service
    app.state.metrics = Metrics.from_environment(version("quoth"))
    app.state.mcp = mcp.McpSessions(app)
    app.state.rate_limits = RateLimits()
    app.state.readiness = health.Readiness()
    app.state.upload_slots = CapacityLimiter(UPLOADS_AT_ONCE)
    app.state.page_slots = CapacityLimiter(pages.AT_ONCE)
    install_problem_handlers(app)
    if tracing is not None:
        app.state.metrics.also_tell(tracing.observe_answer)
    _add_middleware(app, settings, tracing)
    for each in (ask, search, documents, pages, conversations, feedback, me, health, mcp, metrics):
        app.include_router(each.router)
    for each in (web, openai_chat, openai_models, openai_responses):
        app.include_router(each.router)
    if is_wanted_over_http(settings):
        app.include_router(slack.router)
    return app


def _add_middleware(app: FastAPI, settings: Settings, tracing: Tracing | None) -> None:
    """From the inside out: the last one is the first that sees a request."""
    largest_upload = settings.max_upload_bytes + documents.FORM_BYTES
    app.add_middleware(BodyLimit, others={UPLOAD: largest_upload})
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", REQUEST_ID_HEADER],
            expose_headers=[REQUEST_ID_HEADER, "Retry-After"],
        )
    app.add_middleware(HostCheck, settings=settings)
    app.add_middleware(MeasureRequests, metrics=app.state.metrics)
    if tracing is not None:
        app.add_middleware(TraceRequests, tracing=tracing)
    app.add_middleware(RequestContext)


def _description_of(app: FastAPI) -> Callable[[], dict[str, Any]]:
    return lambda: describe(app)


async def _forget_old_conversations(service: Service, settings: Settings) -> None:
    """What is kept for too long goes while the server runs, and not only when it starts."""
    while settings.conversation_days:
        await anyio.sleep(FORGET_EVERY_S)
        try:
            await run_in_threadpool(
                service.conversations.store.purge_older_than, settings.conversation_days
            )
        except QuothError as exc:
            logger.warning("Old conversations were not removed: %s", exc.message)


def _warm_up(service: Service) -> None:
    """A server that cannot answer yet still starts, and `/readyz` says what is missing."""
    try:
        service.assistant.warm_up()
    except QuothError as exc:
        logger.warning("Not ready: %s", exc.message)
