"""`POST /v1/ask`: a question in, an answer with its citations out."""

from fastapi import APIRouter

from api.deps import AssistantDep, SettingsDep
from api.filters import filters_from_json
from api.schemas import AnswerModel, AskRequest, answer_json

router = APIRouter(tags=["ask"])


@router.post("/v1/ask")
def ask(request: AskRequest, assistant: AssistantDep, settings: SettingsDep) -> AnswerModel:
    """Answers a question; "not found in these documents" is an answer too, by its status."""
    filters = filters_from_json(request.filters)
    answer = assistant.ask(request.question, k=request.k, filters=filters)
    return answer_json(answer, settings)
