import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.routes.documents import FORM_BYTES
from rag.service import Service
from rag.settings import Settings
from tests.api.client import (
    HOSTILE,
    LEAVE,
    TEXTS,
    TUNNELS,
    client_of,
    open_hashed_service,
    problem_of,
    write_texts,
)

NO_TEXT = b"\x89PNG\r\n\x1a\n" + bytes(2_000)
ZEBRAS = "Zebras are striped animals. They live in Africa.\n"


def upload(
    client: TestClient, name: str, content: str | bytes = ZEBRAS, *, replace: bool = False
) -> httpx2.Response:
    params = {"replace": "true"} if replace else {}
    return client.post("/v1/documents", files={"file": (name, content)}, params=params)


def listed(client: TestClient, **params: object) -> list[str]:
    documents = client.get("/v1/documents", params=params).json()["documents"]
    return [document["filename"] for document in documents]


def id_of(client: TestClient, filename: str) -> str:
    documents = client.get("/v1/documents").json()["documents"]
    return next(each["id"] for each in documents if each["filename"] == filename)


def kept_files(settings: Settings) -> list[str]:
    """What lies in the folder of uploads, unfinished ones too."""
    return sorted(path.name for path in (settings.data_dir / "uploads").glob("*"))


def test_documents_are_listed_by_name(client: TestClient) -> None:
    assert listed(client) == sorted(TEXTS)


def test_a_listed_document_says_what_is_known_of_it(client: TestClient) -> None:
    document = client.get("/v1/documents").json()["documents"][1]
    assert document["filename"] == "hr/leave.md"
    assert document["title"] == "Leave policy"
    assert document["media_type"] == "text/markdown"
    assert document["size_bytes"] == len(LEAVE.encode())
    assert document["chunks"] >= 1
    assert (document["uploaded"], document["state"]) == (False, "indexed")
    assert client.get(f"/v1/documents/{document['id']}").json() == document


def test_pages_follow_each_other(client: TestClient) -> None:
    names, after = [], None
    for _ in TEXTS:
        params = {"limit": 1, **({"after": after} if after else {})}
        page = client.get("/v1/documents", params=params).json()
        names += [each["filename"] for each in page["documents"]]
        after = page["next"]
    assert (names, after) == (sorted(TEXTS), None)


def test_filters_choose_documents(client: TestClient) -> None:
    assert listed(client, filters='{"folder": "hr"}') == ["hr/leave.md"]


@pytest.mark.parametrize(
    "filters",
    ["", "{", "[]", "1", '{"author": "a"}', '{"filename": "\\ud800"}', "[" * 5_000, "NaN"],
    ids=lambda text: text[:20],
)
def test_filters_that_cannot_be_read_are_a_problem(client: TestClient, filters: str) -> None:
    response = client.get("/v1/documents", params={"filters": filters})
    assert problem_of(response) == (422, "filter-invalid")


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 201}, {"limit": "x"}])
def test_a_page_that_cannot_be_given_is_a_problem(
    client: TestClient, params: dict[str, object]
) -> None:
    assert problem_of(client.get("/v1/documents", params=params)) == (422, "usage")


def test_files_that_cannot_be_read_are_named_on_the_first_page(
    tmp_path: Path, settings: Settings
) -> None:
    docs = write_texts(tmp_path / "docs", {"a.txt": "One thing.", "b.txt": "Another thing."})
    (docs / "c.txt").write_bytes(NO_TEXT)
    with (
        open_hashed_service(settings, {"d.txt": "A third."}) as service,
        client_of(service, settings) as client,
    ):
        first = client.get("/v1/documents", params={"limit": 1}).json()
        second = client.get("/v1/documents", params={"after": first["next"]}).json()
    assert [each["path"] for each in first["failed"]] == ["c.txt"]
    assert first["failed"][0]["reason"]
    assert second["failed"] == []


def test_a_text_is_given_character_for_character(client: TestClient) -> None:
    text = client.get(f"/v1/documents/{id_of(client, 'hostile.md')}/text").json()
    assert text["text"] == HOSTILE
    assert (text["length_chars"], text["span"]) == (len(HOSTILE), None)


def test_a_span_of_a_text_is_marked(client: TestClient) -> None:
    start = TUNNELS.index("The longest")
    params = {"start": start, "end": start + 11}
    text = client.get(f"/v1/documents/{id_of(client, 'tunnels.txt')}/text", params=params).json()
    assert text["text"] == TUNNELS
    assert text["span"] == {
        "start_char_index": start,
        "end_char_index": start + 11,
        "start_line": 3,
        "end_line": 3,
        "start_page_number": None,
        "end_page_number": None,
        "place": None,
        "text": "The longest",
    }


def test_only_what_is_around_a_span_is_given_where_that_is_asked_for(client: TestClient) -> None:
    start = TUNNELS.index("The longest")
    params = {"start": start, "end": start + 11, "context_chars": 5}
    text = client.get(f"/v1/documents/{id_of(client, 'tunnels.txt')}/text", params=params).json()
    assert text["text"] == TUNNELS[start - 5 : start + 16]
    assert text["text_start_char_index"] == start - 5
    assert text["length_chars"] == len(TUNNELS)


@pytest.mark.parametrize(
    "params",
    [
        {"start": 0},
        {"end": 5},
        {"start": 5, "end": 5},
        {"start": 6, "end": 5},
        {"start": 0, "end": len(TUNNELS) + 1},
        {"start": -1, "end": 5},
        {"start": 10**30, "end": 10**31},
        {"start": "a", "end": "b"},
    ],
    ids=repr,
)
def test_a_span_outside_the_text_is_a_problem(
    client: TestClient, params: dict[str, object]
) -> None:
    path = f"/v1/documents/{id_of(client, 'tunnels.txt')}/text"
    status, _ = problem_of(client.get(path, params=params))
    assert status == 422


@pytest.mark.parametrize("path", ["/v1/documents/doc_0", "/v1/documents/doc_0/text"])
def test_a_document_that_is_not_there_is_a_problem(client: TestClient, path: str) -> None:
    assert problem_of(client.get(path)) == (404, "unknown-document")


def test_an_upload_is_taken_in_found_and_removed(client: TestClient) -> None:
    response = upload(client, "zebras.txt")
    document = response.json()
    assert (response.status_code, document["filename"]) == (201, "zebras.txt")
    assert document["uploaded"]
    answer = client.post("/v1/ask", json={"question": "What are zebras?"}).json()
    assert answer["citations"][0]["file_id"] == document["id"]
    assert client.delete(f"/v1/documents/{document['id']}").status_code == 204
    assert "zebras.txt" not in listed(client)
    assert client.get(f"/v1/documents/{document['id']}").status_code == 404


def test_a_name_that_is_taken_is_refused_unless_it_is_to_be_replaced(client: TestClient) -> None:
    upload(client, "zebras.txt")
    assert problem_of(upload(client, "zebras.txt", "Lions roar.")) == (409, "document-exists")
    assert upload(client, "zebras.txt", "Lions roar.", replace=True).status_code == 201
    text = client.get(f"/v1/documents/{id_of(client, 'zebras.txt')}/text").json()["text"]
    assert text == "Lions roar."


def test_removing_the_upload_of_a_synced_document_leaves_the_document(
    client: TestClient, tmp_path: Path
) -> None:
    ingested = tmp_path / "docs" / "tunnels.txt"
    document = upload(client, "0.txt", ingested.read_text(encoding="utf-8")).json()
    assert (document["filename"], document["uploaded"]) == ("tunnels.txt", True)
    path = f"/v1/documents/{document['id']}"
    assert client.delete(path).status_code == 204
    left = client.get(path).json()
    assert (left["paths"], left["uploaded"]) == (["tunnels.txt"], False)
    assert ingested.exists()
    assert problem_of(client.delete(path)) == (409, "document-synced")


def test_a_synced_document_is_not_removed(client: TestClient, tmp_path: Path) -> None:
    response = client.delete(f"/v1/documents/{id_of(client, 'tunnels.txt')}")
    assert problem_of(response) == (409, "document-synced")
    assert "tunnels.txt" in response.json()["detail"]
    assert (tmp_path / "docs" / "tunnels.txt").exists()
    assert "tunnels.txt" in listed(client)


@pytest.mark.parametrize(
    "name", ["../../x.txt", "/etc/x.txt", "a/b.txt", "..", ".hidden.txt", "a\\b.txt", "x" * 300]
)
def test_a_name_that_leads_elsewhere_is_refused(
    client: TestClient, settings: Settings, name: str
) -> None:
    assert problem_of(upload(client, name)) == (422, "upload-invalid")
    assert kept_files(settings) == []


def test_a_kind_that_no_parser_reads_is_refused(client: TestClient, settings: Settings) -> None:
    assert problem_of(upload(client, "x.exe")) == (415, "upload-unsupported")
    assert kept_files(settings) == []


def test_a_file_that_is_not_what_its_name_says_is_refused(
    client: TestClient, settings: Settings
) -> None:
    status, _ = problem_of(upload(client, "photo.txt", NO_TEXT))
    assert status == 422
    assert kept_files(settings) == []


def test_an_upload_over_the_limit_is_refused(client: TestClient, settings: Settings) -> None:
    over = upload(client, "big.txt", b"x " * (settings.max_upload_bytes // 2 + 1))
    assert problem_of(over) == (413, "upload-too-large")
    far_over = upload(client, "big.txt", b"x" * (settings.max_upload_bytes + FORM_BYTES))
    assert problem_of(far_over) == (413, "body-too-large")
    assert kept_files(settings) == []


BOUNDARY = {"Content-Type": "multipart/form-data; boundary=b"}
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b--\r\n",
        PART + b"cut off in the mid",
        PART[:30],
        b"no form at all",
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--b--\r\n',
        PART.replace(b'"file"', b'"other"') + b"x\r\n--b--\r\n",
        PART + b"x\r\n" + PART + b"y\r\n--b--\r\n",
        PART + b'x\r\n--b\r\nContent-Disposition: form-data; name="more"\r\n\r\n1\r\n--b--\r\n',
    ],
    ids=lambda body: repr(body[-24:]),
)
def test_a_form_without_one_whole_file_is_refused(
    client: TestClient, settings: Settings, body: bytes
) -> None:
    status, _ = problem_of(client.post("/v1/documents", content=body, headers=BOUNDARY))
    assert status in {400, 422}
    assert kept_files(settings) == []


def test_an_upload_without_its_length_is_bounded_too(
    client: TestClient, settings: Settings
) -> None:
    def parts() -> Iterator[bytes]:
        yield PART
        for _ in range((settings.max_upload_bytes + FORM_BYTES) // 1000 + 1):
            yield b"x" * 1000

    response = client.post("/v1/documents", content=parts(), headers=BOUNDARY)
    assert problem_of(response) == (413, "body-too-large")
    assert kept_files(settings) == []


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", ""])
def test_what_is_no_form_is_refused(client: TestClient, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    response = client.post("/v1/documents", content=json.dumps({}), headers=headers)
    assert problem_of(response) == (415, "unsupported-media-type")


def test_a_form_without_a_boundary_is_refused(client: TestClient) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    status, _ = problem_of(client.post("/v1/documents", content=PART, headers=headers))
    assert status == 400


def test_the_failed_upload_leaves_what_was_there(client: TestClient, service: Service) -> None:
    upload(client, "zebras.txt")
    refused = upload(client, "zebras.txt", NO_TEXT, replace=True)
    assert refused.status_code == 422
    text = client.get(f"/v1/documents/{id_of(client, 'zebras.txt')}/text").json()["text"]
    assert text == ZEBRAS
