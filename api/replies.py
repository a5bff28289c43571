"""Responses made of the models: each is serialised once, and not validated a second time."""

from pydantic import BaseModel
from starlette.responses import Response


def reply(model: BaseModel, status: int = 200) -> Response:
    """A model as the JSON of a response."""
    return Response(model.model_dump_json(), status, media_type="application/json")
