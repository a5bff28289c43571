"""`/healthz` and `/readyz`: for those who watch over the process."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.deps import ServiceDep
from api.errors import NOT_READY
from api.problems import problem, problems, request_id_of
from api.schemas import HealthModel
from embeddings.errors import QuothError
from rag.errors import NothingIndexed
from rag.service import Service
from rag.store.base import Generation

router = APIRouter(tags=["operations"])


class Readiness:
    """Remembers what the process is ready for, so that asking again costs one look at the store."""

    def __init__(self) -> None:
        self._ready_for: Generation | None = None

    def check(self, service: Service) -> None:
        """Loads what is missing; once it is there, looks only whether the index is still the same.

        Raises:
            QuothError: What keeps the process from answering.
        """
        generation = service.documents.generation()
        if generation is None:
            raise NothingIndexed(
                "Nothing has been ingested yet.",
                hint="Run `quoth ingest FOLDER`, or upload a document.",
            )
        if generation != self._ready_for:
            service.assistant.warm_up()
            self._ready_for = generation


@router.get("/healthz", responses=problems(key=False))
async def healthz() -> HealthModel:
    """The process lives."""
    return HealthModel(status="ok")


@router.get("/readyz", response_model=HealthModel, responses=problems(key=False))
async def readyz(request: Request, service: ServiceDep) -> HealthModel | Response:
    """The index and the model are loaded, so that a question is answered at once.

    What is missing is tried again, so that a server that was started first gets ready when
    something has been ingested.
    """
    readiness: Readiness = request.app.state.readiness
    try:
        await run_in_threadpool(readiness.check, service)
    except QuothError as exc:
        return problem(request_id_of(request), NOT_READY, exc.message, exc.hint, retryable=True)
    return HealthModel(status="ready")
