"""What stays of a source when its document has changed or gone, and links to what is not there."""

import io
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from rag.service import Service
from rag.settings import Settings
from tests.api.client import open_hashed_service
from tests.browser.actions import ask, open_source
from tests.browser.conftest import OpenPage, serving

NAME = "tides [1].txt"
QUESTION = "When is high water in the harbour?"
QUOTE = "High water in the harbour is at noon."
TEXT = f"🎉 The tides.\n\n{QUOTE} Boats leave then.\n"
LATER = "The tides.\n\nHigh water in the harbour is at midnight.\n"


@pytest.fixture(scope="module")
def tidal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Service]]:
    """A server of its own, because documents change under its answers."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("tidal") / "data")
    with open_hashed_service(settings) as service, serving(service, settings) as address:
        yield address, service


def receive(service: Service, text: str) -> str:
    """The id of the document with that text, under the one name."""
    content = io.BytesIO(text.encode())
    return service.uploads.receive(NAME, content, replace=True).id


@pytest.fixture
def page(open_page: OpenPage, tidal: tuple[str, Service]) -> Page:
    """A page on which the question was asked, before anything changed."""
    address, service = tidal
    receive(service, TEXT)
    page = open_page(at=address)
    assert open_source(ask(page, QUESTION)).text_content() == QUOTE
    page.keyboard.press("Escape")
    return page


def open_gone(page: Page) -> None:
    page.locator(".turn .marker").first.click()
    pane = page.locator("#source")
    expect(pane.locator(".notice")).to_contain_text("changed or gone since; this is what it said")
    expect(pane.locator("mark")).to_have_text(QUOTE)
    expect(pane.locator(".source-where")).to_have_text(f"{NAME} · line 3")
    expect(pane.get_by_role("button", name="Try again")).to_have_count(0)
    expect(pane.get_by_role("link", name="Open as a page")).to_have_count(0)


def test_the_quote_of_a_file_that_changed_is_shown_with_the_file_as_it_is_now(
    page: Page, tidal: tuple[str, Service], open_page: OpenPage
) -> None:
    address, service = tidal
    later = receive(service, LATER)
    open_gone(page)
    shared = open_page(page.url, at=address)
    expect(shared.locator("#source mark")).to_have_text(QUOTE)
    shared.reload()
    expect(shared.locator("#source mark")).to_have_text(QUOTE)
    shared.get_by_role("link", name="See the file as it is now").click()
    expect(shared).to_have_url(re.compile(rf"/documents/{later}$"))
    expect(shared.locator(".source-text")).to_contain_text("at midnight")
    shared.go_back()
    expect(shared.locator("#source mark")).to_have_text(QUOTE)


def test_the_quote_of_a_file_that_is_gone_is_shown(page: Page, tidal: tuple[str, Service]) -> None:
    _, service = tidal
    service.uploads.remove(receive(service, TEXT))
    page.reload()
    open_gone(page)
    expect(page.locator("#source .note")).to_have_text("No document has this file's name now.")


def test_the_page_of_a_document_that_is_gone_says_so(open_page: OpenPage) -> None:
    page = open_page("/documents/doc_none?start=0&end=4")
    expect(page.get_by_role("heading", level=1)).to_have_text("This document is not here")
    expect(page.locator("main")).to_contain_text("No document has this address.")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.get_by_role("link", name="See the documents").click()
    expect(page.locator(".row").first).to_be_visible()


@pytest.mark.parametrize("place", ["start=5&end=999999", "start=9&end=3", "start=x&end=2"])
def test_a_link_to_a_place_that_is_not_there_shows_the_document(
    open_page: OpenPage, tidal: tuple[str, Service], place: str
) -> None:
    address, service = tidal
    page = open_page(f"/documents/{receive(service, TEXT)}?{place}", at=address)
    expect(page.locator(".notice")).to_have_text(
        "The place that this link points to is not in this document."
    )
    expect(page.locator(".source-text")).to_contain_text(QUOTE)
    expect(page.locator("mark")).to_have_count(0)


def test_a_file_of_a_folder_that_changed_unread_shows_its_text_as_it_was(
    page: Page, tidal: tuple[str, Service]
) -> None:
    _, service = tidal
    (service.uploads.root / NAME).write_text(LATER, encoding="utf-8")
    turn = ask(page, QUESTION)
    open_source(turn)
    expect(page.locator("#source .notice")).to_contain_text("This is its text as it was.")
    expect(page.locator("#source .source-text")).to_contain_text("Boats leave then.")
