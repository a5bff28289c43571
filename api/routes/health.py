"""`/healthz` and `/readyz`: for those who watch over the process."""

from fastapi import APIRouter, Request, Response

from api.deps import AssistantDep
from api.errors import NOT_READY
from api.problems import problem, request_id_of
from api.schemas import HealthModel
from embeddings.errors import QuothError

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> HealthModel:
    """The process lives."""
    return HealthModel(status="ok")


@router.get("/readyz", response_model=HealthModel)
def readyz(request: Request, assistant: AssistantDep) -> HealthModel | Response:
    """The index and the model are loaded, so that a question is answered at once.

    What is missing is tried again, so that a server that was started first gets ready when
    something has been ingested.
    """
    try:
        assistant.warm_up()
    except QuothError as exc:
        return problem(request_id_of(request), NOT_READY, exc.message, exc.hint, retryable=True)
    return HealthModel(status="ready")
