import logging
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.engine import Engine
from api.middleware import MAX_BODY_BYTES
from embeddings.errors import ModelNotFound
from rag.errors import NothingIndexed, StoreBusy
from rag.filters import Filters
from rag.settings import Settings
from tests.answers import QUOTE, ScriptedAssistant, make_refusal


@contextmanager
def client_of(assistant: ScriptedAssistant) -> Iterator[TestClient]:
    app = create_app(Settings(), assistant)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant()


@pytest.fixture
def client(assistant: ScriptedAssistant) -> Iterator[TestClient]:
    with client_of(assistant) as client:
        yield client


def problem_of(response: httpx2.Response) -> tuple[int, str]:
    """The status and the type's last part; checks what every problem promises."""
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]
    return response.status_code, body["type"].rpartition(":")[2]


def test_a_question_is_answered_with_its_citations(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": "By how much?"})
    assert response.status_code == 200
    assert response.json()["citations"][0]["cited_text"] == QUOTE


def test_not_found_is_an_answer() -> None:
    with client_of(ScriptedAssistant(make_refusal())) as client:
        response = client.post("/v1/ask", json={"question": "Who won?"})
    assert (response.status_code, response.json()["status"]) == (200, "not_found")


def test_filters_and_k_reach_the_assistant(
    client: TestClient, assistant: ScriptedAssistant
) -> None:
    client.post("/v1/ask", json={"question": "What?", "k": 3, "filters": {"filename": "*.md"}})
    assert assistant.asked == [("What?", 3, Filters(filename=("*.md",)))]


def test_a_search_gives_hits(client: TestClient, assistant: ScriptedAssistant) -> None:
    response = client.post("/v1/search", json={"query": "trade", "k": 100})
    assert [hit["chunk_id"] for hit in response.json()["hits"]] == [7]
    assert assistant.asked[0][1] == 100


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": ""},
        {"question": "x" * 8001},
        {"question": "What?", "k": 0},
        {"question": "What?", "k": 101},
        {"question": "What?", "colour": "red"},
    ],
)
def test_a_request_that_is_not_valid_is_a_problem(
    client: TestClient, body: dict[str, object]
) -> None:
    assert problem_of(client.post("/v1/ask", json=body)) == (422, "usage")


def test_the_longest_question_is_taken(client: TestClient) -> None:
    assert client.post("/v1/ask", json={"question": "x" * 8000}).status_code == 200


def test_a_body_that_is_not_json_is_a_problem(client: TestClient) -> None:
    response = client.post("/v1/ask", content=b"{", headers={"content-type": "application/json"})
    assert problem_of(response) == (422, "usage")


def test_a_problem_does_not_repeat_what_was_sent(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": ["my secret"]})
    assert "my secret" not in response.text


def test_a_filter_that_cannot_be_read_is_a_problem(client: TestClient) -> None:
    response = client.post("/v1/ask", json={"question": "What?", "filters": {"author": "Ada"}})
    assert problem_of(response) == (422, "filter-invalid")


def test_an_unknown_path_is_a_problem(client: TestClient) -> None:
    assert problem_of(client.get("/v1/nothing")) == (404, "not-found")


def test_a_wrong_method_is_a_problem_that_names_the_right_one(client: TestClient) -> None:
    response = client.get("/v1/ask")
    assert problem_of(response) == (405, "method-not-allowed")
    assert response.headers["allow"] == "POST"


def test_an_error_of_the_engine_has_its_status_from_the_table() -> None:
    with client_of(ScriptedAssistant(error=NothingIndexed("Nothing is there."))) as client:
        response = client.post("/v1/ask", json={"question": "What?"})
    assert problem_of(response) == (409, "nothing-indexed")
    assert response.json()["detail"] == "Nothing is there."


def test_an_error_that_may_pass_says_when_to_try_again() -> None:
    with client_of(ScriptedAssistant(error=StoreBusy("It is busy."))) as client:
        response = client.post("/v1/ask", json={"question": "What?"})
    assert problem_of(response) == (503, "store-busy")
    assert response.headers["retry-after"] == "1"


def test_a_bug_is_a_problem_that_tells_nothing_of_the_inside(
    client: TestClient, assistant: ScriptedAssistant
) -> None:
    assistant.error = RuntimeError("secret path")
    response = client.post("/v1/ask", json={"question": "What?"})
    assert problem_of(response) == (500, "internal")
    assert "secret path" not in response.text


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    body = b'{"question": "' + b"x" * MAX_BODY_BYTES + b'"}'
    assert problem_of(client.post("/v1/ask", content=body)) == (413, "body-too-large")


def test_a_body_over_the_limit_is_refused_without_its_length_too(client: TestClient) -> None:
    parts = (b"x" * 2**16 for _ in range(17))
    assert problem_of(client.post("/v1/ask", content=parts)) == (413, "body-too-large")


def test_a_request_id_is_given_back(client: TestClient) -> None:
    response = client.get("/healthz", headers={"X-Request-Id": "abc-1"})
    assert response.headers["x-request-id"] == "abc-1"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "\x1b[31m"])
def test_a_request_id_that_is_not_usable_is_replaced(client: TestClient, given: str) -> None:
    response = client.get("/healthz", headers={"X-Request-Id": given})
    assert response.headers["x-request-id"].isalnum()
    assert response.headers["x-request-id"] != given


def test_a_living_process_is_healthy_whatever_is_missing() -> None:
    with client_of(ScriptedAssistant(error=ModelNotFound("There is no model."))) as client:
        assert client.get("/healthz").json() == {"status": "ok"}


def test_it_is_ready_when_the_index_and_the_model_are_loaded(client: TestClient) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


def test_it_gets_ready_once_what_was_missing_is_there() -> None:
    assistant = ScriptedAssistant(error=NothingIndexed("Nothing is there."))
    with client_of(assistant) as client:
        assert problem_of(client.get("/readyz")) == (503, "not-ready")
        assistant.error = None
        assert client.get("/readyz").status_code == 200


def test_questions_are_not_in_the_log_at_info(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        client.post("/v1/ask", json={"question": "my secret"})
        client.get("/my-secret?q=my-secret")
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("api"))
    assert "POST /v1/ask 200" in ours
    assert "secret" not in ours


def test_an_assistant_that_was_opened_for_the_app_is_closed_with_it() -> None:
    events: list[str] = []

    @contextmanager
    def opened(settings: Settings) -> Iterator[ScriptedAssistant]:
        events.append("opened")
        yield ScriptedAssistant()
        events.append("closed")

    with TestClient(create_app(Settings(), engine=Engine(open_assistant=opened))) as client:
        assert client.post("/v1/ask", json={"question": "What?"}).status_code == 200
        assert events == ["opened"]
    assert events == ["opened", "closed"]


def test_the_description_names_the_problem_in_place_of_the_frameworks_own(
    client: TestClient,
) -> None:
    description = client.get("/openapi.json").json()
    assert "HTTPValidationError" not in description["components"]["schemas"]
    assert "ProblemModel" in description["components"]["schemas"]
