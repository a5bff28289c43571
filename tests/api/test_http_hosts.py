from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from rag.service import Service
from rag.settings import Settings
from tests.api.client import QUESTION, problem_of

ASK = {"question": QUESTION}


def client_with(service: Service, tmp_path: Path, **changes: object) -> TestClient:
    settings = Settings.model_validate({"data_dir": tmp_path / "data", **changes})
    return TestClient(create_app(settings, service), base_url="http://127.0.0.1:8765")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.9.9.9:1", "[::1]:8765", "localhost."]
)
def test_this_machine_goes_by_its_loopback_names(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8765",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "192.168.1.5",
        "localhost:x",
        "local host",
        "[::1",
        "",
    ],
)
def test_another_name_is_refused(client: TestClient, host: str) -> None:
    assert problem_of(client.get("/healthz", headers={"Host": host})) == (421, "misdirected")


@pytest.mark.parametrize(
    ("changes", "host"),
    [
        ({"public_url": "https://quoth.example/base"}, "quoth.example"),
        ({"allowed_hosts": "a.example, B.example"}, "b.example:8080"),
        ({"host": "192.168.1.5"}, "192.168.1.5:8765"),
        ({"host": "0.0.0.0"}, "10.1.2.3:8765"),
        ({"host": "::"}, "[fe80::1]:8765"),
    ],
)
def test_names_of_the_settings_are_ours(
    service: Service, tmp_path: Path, changes: dict[str, object], host: str
) -> None:
    client = client_with(service, tmp_path, **changes)
    assert client.get("/healthz", headers={"Host": host}).status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8765", "https://127.0.0.1:8765"])
def test_our_own_page_may_change_things(client: TestClient, origin: str) -> None:
    assert client.post("/v1/ask", json=ASK, headers={"Origin": origin}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:9999",
        "http://localhost:8765",
        "null",
        "",
        "http://[",
    ],
)
def test_a_page_of_another_origin_may_not_change_anything(
    client: TestClient, origin: str, service: Service
) -> None:
    response = client.post("/v1/ask", json=ASK, headers={"Origin": origin})
    assert problem_of(response) == (403, "foreign-origin")
    assert service.conversations.store.list() == ()


def test_by_default_no_other_page_may_read_anything(client: TestClient) -> None:
    response = client.get("/v1/documents", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in response.headers
    preflight = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    assert client.options("/v1/ask", headers=preflight).status_code == 405


def test_a_page_of_an_origin_in_the_settings_may_do_both(service: Service, tmp_path: Path) -> None:
    client = client_with(service, tmp_path, cors_origins="https://chat.example")
    headers = {"Origin": "https://chat.example"}
    response = client.post("/v1/ask", json=ASK, headers=headers)
    assert response.headers["access-control-allow-origin"] == "https://chat.example"
    preflight = {**headers, "Access-Control-Request-Method": "POST"}
    assert client.options("/v1/ask", headers=preflight).status_code == 200
    other = client.post("/v1/ask", json=ASK, headers={"Origin": "https://other.example"})
    assert other.status_code == 403


def test_behind_a_proxy_the_public_address_is_our_own_page(
    service: Service, tmp_path: Path
) -> None:
    client = client_with(service, tmp_path, public_url="https://quoth.example")
    headers = {"Host": "127.0.0.1:8765", "Origin": "https://quoth.example"}
    assert client.post("/v1/ask", json=ASK, headers=headers).status_code == 200
