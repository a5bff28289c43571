"""Requests made from the API's own description, good ones and broken ones, against a real service.

Every answer must be one that the description promises: no 5xx, no status, media type or body that
it does not name, no key ignored.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.config import SchemathesisConfig
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from rag.settings import Settings
from tests.api.client import QUESTION, open_hashed_service

HOST = "127.0.0.1"
CONFIG = {
    "seed": 4,
    "generation": {"max-examples": 10, "deterministic": True},
    "checks": {
        # A schema cannot say that a question must hold a word, or that a span lies in its text;
        # the OpenAI format's 400 says what of it is not supported.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "415", "422"]
        },
        # A list of too many items may be too large a body first.
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "405", "409", "413", "415", "422"]
        },
    },
}


class Door:
    """Leads to the app of the tests at hand, so that the description can be read before them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.token = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)
        else:
            # The app's own fixture opens and closes what it needs.
            for phase in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{phase}.complete"})


door = Door(create_app(Settings()))
api = schemathesis.openapi.from_asgi(
    "/openapi.json",
    door,
    config=SchemathesisConfig.from_dict(CONFIG),
    headers={"Host": HOST},
)


@api.auth()
class Key:
    """The key that requests bring along, but for those that are to be refused."""

    def get(self, case: schemathesis.Case, context: schemathesis.AuthContext) -> str:
        return door.token

    def set(self, case: schemathesis.Case, token: str, context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {token}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A service behind the door, with a key, a conversation and feedback."""
    folder: Path = tmp_path_factory.mktemp("schemathesis")
    settings = Settings(data_dir=folder / "data", max_upload_bytes=100_000)
    with open_hashed_service(settings) as service:
        answer = service.conversations.ask(QUESTION)
        service.feedback.put(answer.id, "up")
        _, door.token = service.keys.add("test", ["admin"])
        door.app = create_app(settings, service)
        yield


@api.parametrize()
@hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_description_promises(
    case: schemathesis.Case, server: None
) -> None:
    case.call_and_validate(headers={"Host": HOST})
