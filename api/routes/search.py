"""`POST /v1/search`: a query in, passages out."""

from fastapi import APIRouter

from api.deps import AssistantDep
from api.filters import filters_from_json
from api.schemas import SearchModel, SearchRequest, search_json

router = APIRouter(tags=["search"])


@router.post("/v1/search")
def search(request: SearchRequest, assistant: AssistantDep) -> SearchModel:
    """Finds passages, best first."""
    filters = filters_from_json(request.filters)
    return search_json(assistant.search(request.query, k=request.k, filters=filters))
