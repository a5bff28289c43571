"""`GET /metrics`: what the server counts, for Prometheus."""

from fastapi import APIRouter, Request, Response

from api.deps import AdminDep, ServiceDep
from api.metrics import Metrics
from api.problems import problems

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."},
        **problems(),
    },
)
def metrics(request: Request, service: ServiceDep, caller: AdminDep) -> Response:
    """Requests, latencies by stage, answers by status and the size of the index."""
    counted: Metrics = request.app.state.metrics
    counted.observe_service(service)
    body, media_type = counted.exposition(request.headers.get("accept", ""))
    return Response(body, headers={"Content-Type": media_type})
