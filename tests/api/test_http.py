"""What every route has in common: problems, request ids, limits of bodies, the log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.engine import Engine
from api.middleware import MAX_BODY_BYTES
from rag.errors import StoreBusy, StoreCorrupt
from rag.service import Service
from rag.settings import Settings
from tests.api.client import HOST, QUESTION, client_of, open_hashed_service, problem_of

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def failing(service: Service, settings: Settings) -> Iterator[TestClient]:
    """A client of an app with more routes, which fail."""
    app = create_app(settings, service)

    @app.get("/busy")
    def busy() -> None:
        raise StoreBusy("It is busy.")

    @app.get("/broken")
    def broken() -> None:
        raise StoreCorrupt("secret path")

    @app.get("/bug")
    def bug() -> None:
        raise RuntimeError("secret path")

    with TestClient(app, base_url=HOST, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"question"',
        b"\xff\xfe",
        b'{"question": "\xff"}',
        b'{"question": "\\ud800"}',
        b'{"question": "What?", "filters": {"filename": "\\ud800"}}',
        b'{"question": "What?", "filters": {"\\ud800": "a"}}',
        b'{"question": "What?", "filters": {"filename": NaN}}',
        b'{"question": "What?", "filters": {"filename": 1e999}}',
        b'{"question": "What?", "k": NaN}',
        b'{"question": "What?", "k": Infinity}',
        b'{"question": "What?", "k": 1e400}',
        b'{"question": "What?", "k": ' + b"9" * 5000 + b"}",
        b'{"question": "What?", "k": "8"}',
        b'{"question": "What?", "stream": 1}',
        b'{"question": "\\u0000"}',
        b"[" * 100_000,
        b'{"question": "What?", "filters": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
        b'{"question": "What?", "filters": {"filename": ' + b"[" * 200 + b"]" * 200 + b"}}",
        b'{"a":' * 100_000,
    ],
    ids=lambda content: repr(content[:60]),
)
def test_a_body_that_cannot_be_read_is_a_problem(client: TestClient, content: bytes) -> None:
    status, _ = problem_of(client.post("/v1/ask", content=content, headers=JSON))
    assert status in {400, 422}


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "nonsense", ""])
def test_a_body_that_is_not_said_to_be_json_is_a_problem(
    client: TestClient, media_type: str
) -> None:
    response = client.post(
        "/v1/ask",
        content=b'{"question": "What is there?"}',
        headers={"Content-Type": media_type},
    )
    assert problem_of(response) == (415, "not-json")


def test_a_long_list_of_filters_is_refused_in_words(client: TestClient) -> None:
    names = [f"x{number}" for number in range(900)]
    for filters in ({"filename": names}, {"folder": names}, {"metadata.a": names}):
        response = client.post("/v1/search", json={"query": "leave", "filters": filters})
        assert problem_of(response) == (422, "filter-invalid")


def test_a_problem_does_not_repeat_what_was_sent(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": ["my secret"]})
    assert "my secret" not in response.text


def test_an_unknown_path_is_a_problem(client: TestClient) -> None:
    assert problem_of(client.get("/v1/nothing")) == (404, "not-found")


def test_a_wrong_method_is_a_problem_that_names_the_right_one(client: TestClient) -> None:
    response = client.get("/v1/ask")
    assert problem_of(response) == (405, "method-not-allowed")
    assert response.headers["allow"] == "POST"


def test_an_error_that_may_pass_says_when_to_try_again(failing: TestClient) -> None:
    response = failing.get("/busy")
    assert problem_of(response) == (503, "store-busy")
    assert response.json()["detail"] == "It is busy."
    assert response.headers["retry-after"] == "1"


def test_what_went_wrong_with_the_server_is_told_to_its_log_alone(
    failing: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = failing.get("/broken")
    assert problem_of(response) == (500, "store-corrupt")
    assert "secret path" not in response.text
    assert "secret path" in caplog.text


def test_a_bug_is_a_problem_that_tells_nothing_of_the_inside(failing: TestClient) -> None:
    response = failing.get("/bug")
    assert problem_of(response) == (500, "internal")
    assert "secret path" not in response.text
    assert response.headers.get_list("x-content-type-options") == ["nosniff"]


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    body = b'{"question": "' + b"x" * MAX_BODY_BYTES + b'"}'
    assert problem_of(client.post("/v1/ask", content=body)) == (413, "body-too-large")


def test_a_body_over_the_limit_is_refused_without_its_length_too(client: TestClient) -> None:
    parts = (b"x" * 2**16 for _ in range(17))
    response = client.post("/v1/ask", content=parts, headers=JSON)
    assert problem_of(response) == (413, "body-too-large")


def test_a_body_over_the_limit_is_refused_where_there_is_no_route_too(client: TestClient) -> None:
    response = client.post("/nowhere", content=b"x" * (MAX_BODY_BYTES + 1))
    assert problem_of(response) == (413, "body-too-large")


def test_a_request_id_is_given_back(client: TestClient) -> None:
    response = client.get("/healthz", headers={"X-Request-Id": "abc-1"})
    assert response.headers["x-request-id"] == "abc-1"


@pytest.mark.parametrize("path", ["/v1/documents", "/v1/nothing", "/", "/docs", "/openapi.json"])
def test_no_answer_is_taken_for_what_it_does_not_say_it_is(client: TestClient, path: str) -> None:
    assert client.get(path).headers.get_list("x-content-type-options") == ["nosniff"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "\x1b[31m"])
def test_a_request_id_that_is_not_usable_is_replaced(client: TestClient, given: str) -> None:
    response = client.get("/healthz", headers={"X-Request-Id": given})
    assert response.headers["x-request-id"].isalnum()
    assert response.headers["x-request-id"] != given


def test_questions_are_not_in_the_log_at_info(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.post("/v1/ask", json={"question": "my secret"})
        client.get("/my-secret?q=my-secret")
    ours = "\n".join(
        r.getMessage() for r in caplog.records if r.name.startswith(("api", "rag", "embeddings"))
    )
    assert "POST /v1/ask 200" in ours
    assert "secret" not in ours


def test_a_service_that_was_opened_for_the_app_is_closed_with_it(settings: Settings) -> None:
    events: list[str] = []

    @contextmanager
    def opened(settings: Settings) -> Iterator[Service]:
        events.append("opened")
        with open_hashed_service(settings) as service:
            yield service
        events.append("closed")

    app = create_app(settings, engine=Engine(open_service=opened))
    with TestClient(app, base_url=HOST) as client:
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
        assert events == ["opened"]
    assert events == ["opened", "closed"]


def test_a_server_over_nothing_starts_and_answers_once_something_is_uploaded(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with open_hashed_service(settings, {}) as service, client_of(service, settings) as client:
        asked = {"question": "What are zebras?"}
        assert problem_of(client.post("/v1/ask", json=asked)) == (409, "nothing-indexed")
        client.post("/v1/documents", files={"file": ("a.txt", "Zebras are striped animals.")})
        assert client.post("/v1/ask", json=asked).json()["status"] == "answered"


def test_every_problem_is_described_with_its_media_type(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    assert "HTTPValidationError" not in description["components"]["schemas"]
    problem = {"schema": {"$ref": "#/components/schemas/ProblemModel"}}
    responses = description["paths"]["/v1/ask"]["post"]["responses"]
    assert {status for status in responses if status >= "400"} == {
        *("400", "401", "403", "404", "409", "413", "415", "421", "422", "429", "500", "503")
    }
    assert all(
        response["content"] == {"application/problem+json": problem}
        for status, response in responses.items()
        if status >= "400"
    )


def test_every_route_of_the_api_is_described(client: TestClient) -> None:
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
