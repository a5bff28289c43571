"""How the page is served; what it does in a browser is tested in `tests/browser`."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.web.pages import DOCS_FOLDER, FOLDER, accepts_gzip, is_current, page_files
from rag.service import Service
from tests.api.client import add_key, problem_of

PAGES = ("/", "/documents/doc_1?start=0&end=4")
FILES = [
    (folder, base, name)
    for folder, base in ((FOLDER, "/assets"), (DOCS_FOLDER, "/docs"))
    for name in page_files(folder)
    if not name.endswith(".html")
]
ADDRESS = re.compile(r"""(?:src|href|url)\s*[=:(]\s*["']?([^"'\s)>]+)""")


@pytest.mark.parametrize(
    "path",
    [*PAGES, "/assets/app.js", "/assets/vendor/purify.min.js", "/docs", "/docs/docs.js"],
)
def test_nothing_from_elsewhere_may_be_loaded_or_run(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = policy_of(client, path)
    assert policy["default-src"] == "'none'"
    assert {policy[each] for each in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_page_that_shows_documents_lets_no_text_become_markup(client: TestClient) -> None:
    """The API's description holds nobody's words, and what draws it writes markup."""
    assert policy_of(client, "/")["require-trusted-types-for"] == "'script'"
    assert policy_of(client, "/")["img-src"] == "'self'"
    assert policy_of(client, "/docs")["img-src"] == "'self' data:"


def policy_of(client: TestClient, path: str) -> dict[str, str]:
    written = client.get(path).headers["content-security-policy"]
    return dict(part.split(" ", 1) for part in written.split("; "))


@pytest.mark.parametrize("path", [*PAGES, "/docs"])
def test_the_pages_need_no_key(client: TestClient, service: Service, path: str) -> None:
    add_key(service, "admin")
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (
        200,
        "text/html; charset=utf-8",
    )


@pytest.mark.parametrize(("folder", "base", "name"), FILES)
def test_every_file_is_served_under_its_media_type(
    client: TestClient, folder: Path, base: str, name: str
) -> None:
    file = page_files(folder)[name]
    response = client.get(f"{base}/{name}")
    assert (response.status_code, response.content) == (200, file.plain)
    assert response.headers["content-type"] == file.media_type


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        (FOLDER, {"vendor/marked", "vendor/purify"}),
        (DOCS_FOLDER, {"vendor/swagger-ui", "vendor/swagger-ui-bundle"}),
    ],
)
def test_each_library_lies_beside_its_licence(folder: Path, names: set[str]) -> None:
    libraries = {name for name in page_files(folder) if name.startswith("vendor/")}
    scripts = {name.split(".")[0] for name in libraries if name.endswith((".js", ".css"))}
    licences = {name.split(".")[0] for name in libraries if name.endswith(".LICENSE.txt")}
    assert scripts == licences == names


@pytest.mark.parametrize("base", ["/assets", "/docs"])
@pytest.mark.parametrize(
    "path", ["index.html", "nothing.js", "../pages.py", "..%2f..%2fapp.py", "vendor", ""]
)
def test_no_other_file_is_served(client: TestClient, base: str, path: str) -> None:
    assert problem_of(client.get(f"{base}/{path}"))[0] == 404


def test_a_file_is_compressed_where_the_browser_takes_it(client: TestClient) -> None:
    with client.stream("GET", "/assets/app.js", headers={"Accept-Encoding": "gzip"}) as response:
        sent = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(sent) == page_files()["app.js"].plain
    plain = client.get("/assets/app.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_a_file_that_the_browser_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/assets/app.js")
    again = client.get("/assets/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-security-policy" in again.headers


def test_a_head_request_tells_the_size_and_sends_nothing(client: TestClient) -> None:
    response = client.head("/", headers={"Accept-Encoding": "identity"})
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) == len(page_files()["index.html"].plain)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip; q=0", False),
        ("br, deflate", False),
    ],
)
def test_what_a_request_takes_is_read_from_its_header(given: str | None, taken: bool) -> None:
    assert accepts_gzip(given) is taken


def test_any_of_the_tags_that_a_browser_has_counts() -> None:
    assert is_current('W/"b"', 'W/"a", W/"b"')
    assert is_current('W/"b"', "*")
    assert not is_current('W/"b"', None)
    assert not is_current('W/"b"', 'W/"a"')


@pytest.mark.parametrize("folder", [FOLDER, DOCS_FOLDER])
def test_no_page_holds_script_or_style_of_its_own(folder: Path) -> None:
    shell = page_files(folder)["index.html"].plain.decode()
    assert "<style" not in shell
    assert " style=" not in shell
    assert all("src=" in tag for tag in shell.split("<script")[1:])


def test_the_description_s_page_names_no_address_of_another_server() -> None:
    files = page_files(DOCS_FOLDER)
    for name in ("index.html", "docs.js"):
        addresses = ADDRESS.findall(files[name].plain.decode())
        assert addresses
        assert all(re.match(r"/(?!/)", address) for address in addresses), addresses
    styles = ADDRESS.findall(files["vendor/swagger-ui.css"].plain.decode())
    assert {address[:5] for address in styles} == {"data:"}


@pytest.mark.parametrize("folder", [FOLDER, DOCS_FOLDER])
def test_every_file_of_the_folder_is_served(folder: Path) -> None:
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == set(page_files(folder))
