"""The API's description: it is drawn whole from our own files, and its calls can be tried."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from rag.settings import Settings
from tests.api.client import LEAVE, QUESTION, QUOTE, open_hashed_service
from tests.browser.conftest import OpenPage, serving

MOST_BYTES = 600_000


def opened(page: Page, method: str, path: str) -> Locator:
    """A call, opened."""
    call = page.locator(f".opblock-{method}", has=page.locator(f'[data-path="{path}"]'))
    call.locator(".opblock-summary-control").click()
    expect(call.locator(".opblock-body")).to_be_visible()
    return call


def tried(call: Locator) -> Locator:
    """What the server said."""
    call.get_by_role("button", name="Execute").click()
    said = call.locator(".live-responses-table .response").first
    expect(said).to_be_visible()
    return said


def test_every_call_is_listed_without_an_error_or_a_word_to_another_server(
    open_page: OpenPage,
) -> None:
    """What is asked of another server fails each test here, by its fixture."""
    page = open_page("about:blank")
    errors: list[str] = []
    sizes: list[int] = []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto("/docs", wait_until="networkidle")
    described = page.request.get("/openapi.json").json()["paths"]
    expect(page.locator(".opblock")).to_have_count(sum(map(len, described.values())))
    opened(page, "post", "/v1/ask")
    assert errors == []
    assert sum(sizes) <= MOST_BYTES


def test_the_page_has_a_title_a_language_and_one_main_landmark(open_page: OpenPage) -> None:
    """What else axe-core finds here is Swagger UI's own."""
    page = open_page("/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    expect(page).to_have_title("Quoth · HTTP API")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("main")).to_have_count(1)
    rules = ["document-title", "html-has-lang", "landmark-one-main", "page-has-heading-one"]
    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    assert [each["id"] for each in found] == []


@pytest.mark.parametrize(
    ("method", "path", "asked", "said"),
    [
        ("post", "/v1/ask", QUESTION, '"cited_text": "Parental leave'),
        ("post", "/v1/search", "parental leave", '"start_char_index": 16'),
        ("post", "/v1/feedback", '"rating": "down"', '"updated_at": "2025'),
        ("post", "/v1/chat/completions", '"role": "user"', '"url_citation"'),
        ("post", "/v1/responses", QUESTION, '"output_text"'),
    ],
)
def test_a_call_opens_with_its_examples(
    open_page: OpenPage, method: str, path: str, asked: str, said: str
) -> None:
    call = opened(open_page("/docs"), method, path)
    assert asked in call.locator("textarea").first.input_value()
    expect(call.locator(".responses-table .example").first).to_contain_text(said)


def test_a_question_is_tried_as_it_stands_there(open_page: OpenPage) -> None:
    said = tried(opened(open_page("/docs"), "post", "/v1/ask"))
    expect(said.locator(".response-col_status")).to_contain_text("200")
    expect(said).to_contain_text(QUOTE)


def test_a_file_is_uploaded_and_a_key_sent_along(open_page: OpenPage, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    file = tmp_path / "leave.md"
    file.write_text(f"{LEAVE}\nMore.\n", encoding="utf-8")
    with open_hashed_service(settings) as service, serving(service, settings) as address:
        _, token = service.keys.add("docs", ["ingest"])
        page = open_page("/docs", at=address)
        call = opened(page, "post", "/v1/documents")
        call.locator("input[type=file]").set_input_files(file)
        expect(tried(call).locator(".response-col_status")).to_contain_text("401")
        page.get_by_role("button", name="Authorize").first.click()
        dialog = page.locator(".dialog-ux")
        dialog.locator("input").fill(token)
        dialog.get_by_role("button", name="Apply credentials").click()
        dialog.get_by_role("button", name="Close").first.click()
        said = tried(call)
        expect(said.locator(".response-col_status")).to_contain_text("201")
        expect(said).to_contain_text('"filename": "leave.md"')
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
