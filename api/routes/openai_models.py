"""`GET /v1/models`: the one model, for clients that list them first. And what OpenAI's clients know
besides that is not here, said in the words they read.
"""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, BackgroundTasks, Request
from pydantic import BaseModel

from api.deps import AskerDep
from api.openai.errors import OpenAIRoute, RequestRefused, failures
from api.openai.refusals import MODEL, check_model
from rag.tokens import count_tokens

router = APIRouter(tags=["openai"], route_class=OpenAIRoute)

ABSENT = (
    "assistants",
    "audio",
    "batches",
    "completions",
    "embeddings",
    "files",
    "fine_tuning",
    "images",
    "moderations",
    "realtime",
    "threads",
    "uploads",
    "vector_stores",
)


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


def refuse_absent(request: Request, caller: AskerDep) -> None:
    """Tells what there is of OpenAI's API.

    Raises:
        RequestRefused: Always.
    """
    raise RequestRefused(
        f"There is no {request.method} {request.url.path[:80]} here: Quoth has chat completions "
        "(/v1/chat/completions), responses (/v1/responses) and models (/v1/models).",
        code="unknown_url",
        status=HTTPStatus.NOT_FOUND,
    )


for _name in ABSENT:
    for _path in (f"/v1/{_name}", f"/v1/{_name}/{{rest:path}}"):
        router.add_api_route(
            _path, refuse_absent, methods=["GET", "POST", "DELETE"], include_in_schema=False
        )
