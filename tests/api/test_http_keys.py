import pytest
from fastapi.testclient import TestClient

from rag.service import Service
from rag.settings import Settings
from rag.store.keys_base import Scope
from tests.api.client import QUESTION, add_key, client_of, problem_of

ASK = {"question": QUESTION}
OPEN = ["/", "/docs", "/healthz", "/readyz", "/openapi.json", "/documents/doc_1"]


def test_without_a_key_on_the_server_nobody_needs_one(client: TestClient) -> None:
    assert client.get("/v1/me").json() == {
        "key_required": False,
        "scopes": ["ask", "ingest", "admin"],
    }
    assert client.get("/v1/feedback").status_code == 200


def test_with_a_key_on_the_server_everybody_needs_one(client: TestClient, service: Service) -> None:
    add_key(service, "ask")
    response = client.post("/v1/ask", json=ASK)
    assert problem_of(response) == (401, "key-missing")
    assert response.headers["www-authenticate"] == "Bearer"


def test_revoking_the_last_key_does_not_open_a_server_that_runs(
    client: TestClient, service: Service
) -> None:
    key, _ = service.keys.add("slack", ["ask"])
    assert client.get("/v1/me").status_code == 401
    service.keys.revoke(key.id)
    assert client.get("/v1/me").status_code == 401


def test_where_other_machines_reach_the_server_nobody_is_told_that_no_key_is_needed(
    service: Service, settings: Settings
) -> None:
    with client_of(service, settings.model_copy(update={"host": "0.0.0.0"})) as client:
        assert problem_of(client.get("/v1/me")) == (401, "key-missing")
        headers = add_key(service, "ask")
        assert client.get("/v1/me", headers=headers).json()["key_required"] is True


@pytest.mark.parametrize("path", OPEN)
def test_pages_and_the_description_need_no_key(
    client: TestClient, service: Service, path: str
) -> None:
    add_key(service, "ask")
    assert client.get(path).status_code == 200


def test_a_good_key_is_let_through_and_told_its_scopes(
    client: TestClient, service: Service
) -> None:
    headers = add_key(service, "ask")
    assert client.post("/v1/ask", json=ASK, headers=headers).status_code == 200
    assert client.get("/v1/me", headers=headers).json() == {
        "key_required": True,
        "scopes": ["ask"],
    }


@pytest.mark.parametrize(
    "header",
    [
        "Bearer quoth_000000000000_" + "0" * 64,
        "Bearer nonsense",
        "Bearer quoth_",
        "Bearer \u00e9",
        "Bearer " + "x" * 5_000,
    ],
)
def test_a_wrong_key_is_refused(client: TestClient, service: Service, header: str) -> None:
    add_key(service, "ask")
    response = client.get("/v1/me", headers={"Authorization": header.encode("latin-1")})
    assert problem_of(response) == (401, "key-refused")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["", "Bearer", "Basic cXVvdGg6eA==", "quoth_1_2"])
def test_a_header_without_a_bearer_key_is_none(
    client: TestClient, service: Service, header: str
) -> None:
    add_key(service, "ask")
    response = client.get("/v1/me", headers={"Authorization": header})
    assert problem_of(response) == (401, "key-missing")


def test_a_revoked_key_is_refused_in_the_words_of_a_wrong_one(
    client: TestClient, service: Service
) -> None:
    add_key(service, "ask")
    key, token = service.keys.add("old", ["ask"])
    service.keys.revoke(key.id)
    revoked = client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
    wrong = client.get("/v1/me", headers={"Authorization": f"Bearer {token[:-1]}x"}).json()
    assert revoked["detail"] == wrong["detail"]


def test_no_refusal_repeats_the_key(client: TestClient, service: Service) -> None:
    headers = add_key(service, "ask")
    token = headers["Authorization"].removeprefix("Bearer ")
    for sent in (headers, {"Authorization": f"Bearer {token[:-1]}g"}):
        refusal = client.get("/v1/feedback", headers=sent)
        assert refusal.status_code in {401, 403}
        assert token.rpartition("_")[2][:20] not in refusal.text


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("POST", "/v1/ask", "ask"),
        ("POST", "/v1/search", "ask"),
        ("GET", "/v1/conversations", "ask"),
        ("GET", "/v1/documents", "ask"),
        ("POST", "/v1/documents", "ingest"),
        ("DELETE", "/v1/documents/doc_1", "ingest"),
        ("DELETE", "/v1/feedback/ans_1", "ask"),
        ("GET", "/v1/feedback", "admin"),
        ("GET", "/v1/feedback/export", "admin"),
        ("GET", "/metrics", "admin"),
    ],
)
def test_each_route_needs_its_scope(
    client: TestClient, service: Service, method: str, path: str, needed: Scope
) -> None:
    headers = {scope: add_key(service, scope) for scope in ("ask", "ingest", "admin")}
    body = {"question": QUESTION} if path == "/v1/ask" else {"query": QUESTION}
    for scope, sent in headers.items():
        json = body if path in {"/v1/ask", "/v1/search"} else None
        status = client.request(method, path, headers=sent, json=json).status_code
        assert (status == 403) == (scope not in {needed, "admin"}), scope


def test_an_upload_without_a_key_is_refused_before_it_is_read(
    client: TestClient, service: Service
) -> None:
    add_key(service, "ask")
    taken = 0

    def parts() -> object:
        nonlocal taken
        for _ in range(50):
            taken += 1
            yield b"x" * 1000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    response = client.post("/v1/documents", content=parts(), headers=headers)
    assert problem_of(response) == (401, "key-missing")


def test_a_key_that_is_used_too_often_is_told_when_to_come_back(
    client: TestClient, service: Service
) -> None:
    limited, free = add_key(service, "ask", per_minute=3), add_key(service, "ask")
    statuses = [client.get("/v1/me", headers=limited).status_code for _ in range(3)]
    refusal = client.get("/v1/me", headers=limited)
    assert statuses == [200] * 3
    assert problem_of(refusal) == (429, "rate-limited")
    assert 1 <= int(refusal.headers["retry-after"]) <= 60
    assert client.get("/v1/me", headers=free).status_code == 200
