"""`POST /v1/search`: a query in, passages out."""

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import AskerDep, ServiceDep
from api.filters import filters_from_json
from api.problems import problems
from api.replies import reply
from api.schemas import SearchModel, search_json
from api.schemas_asking import SearchRequest

router = APIRouter(tags=["ask"])


@router.post(
    "/v1/search", summary="Find passages", response_model=SearchModel, responses=problems(409)
)
def search(asked: SearchRequest, service: ServiceDep, caller: AskerDep) -> Response:
    """The passages nearest to a query, best first."""
    filters = filters_from_json(asked.filters)
    hits = service.assistant.search(asked.query, k=asked.k, filters=filters, access=caller.access)
    return reply(search_json(hits))
