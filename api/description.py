"""The OpenAPI description: FastAPI's, with examples, and with problems under the media type that
they come in.
"""

from typing import Any

from fastapi import FastAPI

from api.problems import MEDIA_TYPE
from api.schemas_examples import REPLIES, REQUESTS

_PROBLEM = "#/components/schemas/ProblemModel"


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of an app's routes; FastAPI builds it once."""
    built = app.openapi_schema is not None
    description = FastAPI.openapi(app)
    if not built:
        schemas = description["components"]["schemas"]
        for name, examples in REQUESTS.items():
            schemas[name]["examples"] = examples
        for name, example in REPLIES.items():
            schemas[name]["examples"] = [example]
        for path in description["paths"].values():
            for operation in path.values():
                for response in operation["responses"].values():
                    _correct(response.get("content", {}))
    return description


def _correct(content: dict[str, Any]) -> None:
    """FastAPI puts every model of a response under the media type of the route's own answer."""
    for media_type, media in list(content.items()):
        if media.get("schema") == {"$ref": _PROBLEM}:
            del content[media_type]
            content[MEDIA_TYPE] = media
