"""`GET /v1/models`: the one model, for clients that list them first."""

from typing import Literal

from fastapi import APIRouter, BackgroundTasks
from pydantic import BaseModel

from api.deps import AskerDep
from api.openai.errors import OpenAIRoute, failures
from api.openai.refusals import MODEL, check_model
from rag.tokens import count_tokens

router = APIRouter(tags=["openai"], route_class=OpenAIRoute)


class ModelModel(BaseModel):
    """What answers, as OpenAI lists models; it has no date of its own."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: Literal[0] = 0
    owned_by: str = MODEL


class ModelsModel(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[ModelModel]


@router.get("/v1/models", summary="List models", responses=failures())
async def list_models(caller: AskerDep, later: BackgroundTasks) -> ModelsModel:
    """The model `quoth`, in OpenAI's format."""
    # Whoever lists models is about to chat: the first count of tokens loads their table.
    later.add_task(count_tokens, "")
    return ModelsModel(data=[ModelModel()])


@router.get("/v1/models/{model}", summary="Look up a model", responses=failures(404))
async def get_model(model: str, caller: AskerDep) -> ModelModel:
    """The model `quoth`, in OpenAI's format."""
    check_model(model)
    return ModelModel()
