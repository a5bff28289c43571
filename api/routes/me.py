"""`GET /v1/me`: what the sender of a request may do."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.deps import KeyHolderDep
from api.problems import problems
from api.replies import reply
from rag.store.keys_base import Scope

router = APIRouter(tags=["keys"])


class MeModel(BaseModel):
    """What the sender may do, and whether that takes a key."""

    key_required: bool
    scopes: list[Scope]


@router.get("/v1/me", summary="See what you may do", response_model=MeModel, responses=problems())
def me(caller: KeyHolderDep) -> Response:
    """The scopes of the key that was sent; all of them where none is needed."""
    return reply(MeModel(key_required=caller.key_id is not None, scopes=list(caller.scopes)))
