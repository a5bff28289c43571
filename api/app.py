"""The HTTP API as an application object; nothing of it is kept in a module.

An assistant that is given is used and left open; otherwise one is opened when the application
starts and closed when it stops.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api.engine import Answering, Engine
from api.metrics import MeasureRequests, Metrics
from api.middleware import BodyLimit, RequestContext
from api.problems import install_problem_handlers
from api.routes import ask, health, metrics, search, web
from api.schemas import ProblemModel
from embeddings.errors import QuothError
from rag.settings import Settings

logger = logging.getLogger(__name__)


def create_app(
    settings: Settings, assistant: Answering | None = None, engine: Engine | None = None
) -> FastAPI:
    """The application.

    Args:
        settings: The settings in force.
        assistant: What answers; None opens one with the engine for the application's life.
        engine: What opens an assistant; None means the real one.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            if assistant is None:
                opened = (engine or Engine()).open_assistant(settings)
                app.state.assistant = stack.enter_context(opened)
            await run_in_threadpool(_warm_up, app.state.assistant)
            yield

    app = FastAPI(
        title="Quoth",
        version=version("quoth"),
        summary="Answers questions from documents and quotes the exact places.",
        lifespan=lifespan,
        # Their pages would load scripts from a content network.
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"model": ProblemModel}, "5XX": {"model": ProblemModel}},
    )
    app.state.settings = settings
    app.state.assistant = assistant
    app.state.metrics = Metrics.from_environment(version("quoth"))
    install_problem_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(MeasureRequests, metrics=app.state.metrics)
    app.add_middleware(RequestContext)
    app.include_router(ask.router)
    app.include_router(search.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(web.router)
    return app


def _warm_up(assistant: Answering) -> None:
    """A server that cannot answer yet still starts, and `/readyz` says what is missing."""
    try:
        assistant.warm_up()
    except QuothError as exc:
        logger.warning("Not ready: %s", exc.message)
