"""Pages of documents as pictures, and the boxes of quotes, over HTTP."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from rag.service import Service
from rag.settings import Settings
from tests.api.client import add_key, client_of, open_hashed_service, problem_of

FORMATS = Path("tests/data/formats")
QUOTE = "Three new cranes were ordered from Norway."


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("pages")
    settings = Settings(data_dir=folder / "data")
    with open_hashed_service(settings, {"a.txt": "Nothing but words.\n"}) as service:
        with (FORMATS / "ferries.pdf").open("rb") as file:
            service.uploads.receive("ferries.pdf", file)
        yield service


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    with client_of(service, Settings()) as client:
        yield client


@pytest.fixture
def ferries(client: TestClient) -> str:
    return f"/v1/documents/{id_of(client, 'ferries.pdf')}"


def id_of(client: TestClient, name: str) -> str:
    documents = client.get("/v1/documents").json()["documents"]
    return next(str(each["id"]) for each in documents if each["filename"] == name)


def test_a_page_is_a_picture_that_is_kept_by_the_client(client: TestClient, ferries: str) -> None:
    response = client.get(f"{ferries}/pages/1", params={"width": 500})
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    assert response.headers["cache-control"] == "private, max-age=3600"
    assert Image.open(io.BytesIO(response.content)).width == pytest.approx(500, abs=1)
    etag = response.headers["etag"]
    again = client.get(f"{ferries}/pages/1?width=500", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    wider = client.get(f"{ferries}/pages/1?width=600", headers={"If-None-Match": etag})
    assert wider.status_code == 200


def test_a_quote_is_found_on_its_page(client: TestClient, ferries: str) -> None:
    text = client.get(f"{ferries}/text").json()["text"]
    start = text.index(QUOTE)
    found = client.get(f"{ferries}/boxes", params={"start": start, "end": start + len(QUOTE)})
    body = found.json()
    assert body["page_count"] == 1
    (page,) = body["pages"]
    assert page["page"] == 1
    ((left, top, right, bottom),) = page["boxes"]
    assert 0 < left < right < page["width"]
    assert 0 < top < bottom < page["height"]


def test_a_span_of_a_text_says_its_page(client: TestClient, ferries: str) -> None:
    span = client.get(f"{ferries}/text", params={"start": 0, "end": 9}).json()["span"]
    assert (span["start_page_number"], span["end_page_number"], span["place"]) == (1, 1, None)


def test_without_a_span_the_pages_are_counted(client: TestClient, ferries: str) -> None:
    assert client.get(f"{ferries}/boxes").json() == {
        "file_id": ferries.rpartition("/")[2],
        "page_count": 1,
        "pages": [],
    }


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/pages/2", (404, "page-missing")),
        ("/pages/0", (422, "usage")),
        ("/pages/x", (422, "usage")),
        ("/pages/1?width=9", (422, "usage")),
        ("/boxes?start=3", (422, "unprocessable-entity")),
        ("/boxes?start=0&end=99999999", (422, "unprocessable-entity")),
    ],
)
def test_what_is_not_there_is_a_problem(
    client: TestClient, ferries: str, path: str, problem: tuple[int, str]
) -> None:
    assert problem_of(client.get(ferries + path)) == problem


def test_a_document_without_pages_says_so(client: TestClient) -> None:
    path = f"/v1/documents/{id_of(client, 'a.txt')}"
    assert problem_of(client.get(f"{path}/pages/1")) == (404, "page-missing")
    assert problem_of(client.get(f"{path}/boxes")) == (404, "page-missing")
    assert problem_of(client.get("/v1/documents/none/pages/1")) == (404, "unknown-document")


def test_a_file_that_is_gone_is_a_problem_with_a_sentence(
    client: TestClient, service: Service, ferries: str
) -> None:
    file = service.uploads.root / "ferries.pdf"
    away = shutil.move(file, file.with_suffix(".away"))
    try:
        response = client.get(f"{ferries}/pages/1?width=700")
    finally:
        shutil.move(away, file)
    assert problem_of(response) == (410, "source-gone")
    assert "'ferries.pdf'" in response.json()["detail"]


def test_pages_need_a_key_where_there_are_keys(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with open_hashed_service(settings, {}) as service, client_of(service, settings) as client:
        asker, ingester = add_key(service, "ask"), add_key(service, "ingest")
        for path in ("/v1/documents/x/pages/1", "/v1/documents/x/boxes"):
            assert client.get(path).status_code == 401
            assert client.get(path, headers=ingester).status_code == 403
            assert client.get(path, headers=asker).status_code == 404
