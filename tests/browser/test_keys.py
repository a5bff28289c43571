from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from rag.service import Service
from rag.settings import Settings
from tests.api.client import QUESTION, QUOTE, open_hashed_service
from tests.browser.actions import ask
from tests.browser.conftest import OpenPage, serving


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Service]]:
    """A server that needs a key."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("guarded") / "data")
    with open_hashed_service(settings) as service:
        service.keys.add("first", ["ask", "ingest", "admin"])
        with serving(service, settings) as address:
            yield address, service


def give(page: Page, token: str) -> None:
    dialog = page.get_by_role("dialog", name="This server needs a key")
    dialog.get_by_label("Key", exact=True).fill(token)
    dialog.get_by_role("button", name="Use this key").click()


def test_a_key_is_asked_for_once_and_kept_for_the_session(
    open_page: OpenPage, guarded: tuple[str, Service]
) -> None:
    address, service = guarded
    _, token = service.keys.add("page", ["ask", "ingest"])
    page = open_page(at=address)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_count(1)
    assert Axe().run(page).response["violations"] == []
    give(page, token)
    expect(dialog).to_have_count(0)
    expect(page.locator(".start-documents")).to_be_visible()
    page.reload()
    expect(ask(page, QUESTION).locator(".prose")).to_contain_text(QUOTE)
    expect(dialog).to_have_count(0)
    assert page.evaluate("localStorage.length") == 0
    page.get_by_role("button", name="Forget the key").click()
    expect(dialog).to_have_count(1)


def test_a_key_that_is_refused_is_asked_for_again(
    open_page: OpenPage, guarded: tuple[str, Service]
) -> None:
    address, service = guarded
    _, token = service.keys.add("page", ["ask"])
    page = open_page(at=address)
    give(page, "quoth_nonsense")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    give(page, token)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_no_key_is_an_error_with_a_way_back(
    open_page: OpenPage, guarded: tuple[str, Service]
) -> None:
    page = open_page(at=guarded[0])
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator("#conversations").get_by_role("button", name="Try again")).to_be_visible()


def test_a_key_that_may_only_ask_gets_no_buttons_to_add_or_delete(
    open_page: OpenPage, guarded: tuple[str, Service]
) -> None:
    address, service = guarded
    _, token = service.keys.add("reader", ["ask"])
    page = open_page("/?view=documents", at=address)
    give(page, token)
    expect(page.locator(".row").first).to_be_visible()
    expect(page.get_by_role("button", name="Add files")).to_be_hidden()
    expect(page.get_by_role("button", name="Delete: Leave policy")).to_be_hidden()
