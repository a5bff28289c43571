"""A quote from a PDF file is shown on the page that it stands on."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from rag.filters import FULL_ACCESS, NO_FILTERS
from rag.service import Service
from rag.settings import Settings
from tests.api.client import open_hashed_service
from tests.browser.actions import ask, is_within
from tests.browser.conftest import NARROW, WIDE, OpenPage, serving

FORMATS = Path("tests/data/formats")
QUESTION = "How many volumes does the register of the lighthouse keeper Odalys Marrero fill?"
QUOTED = "Odalys Marrero"
UNIQUE = "Remark 2.2 closes this paragraph with an extraordinarily straightforward"


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Service]]:
    """A server with one PDF file of four pages."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("pages") / "data")
    with open_hashed_service(settings, {}) as service, serving(service, settings) as address:
        with (FORMATS / "harbour.pdf").open("rb") as file:
            service.uploads.receive("harbour.pdf", file)
        yield address, service


def open_cited(page: Page) -> None:
    ask(page, QUESTION).locator(".marker").first.click()
    expect(page.locator("#source .page-mark").first).to_be_visible()


def id_of(service: Service) -> str:
    (entry,) = service.documents.documents(NO_FILTERS, FULL_ACCESS)
    return entry.document.id


def open_quote(open_page: OpenPage, harbour: tuple[str, Service]) -> Locator:
    """The page of the document, with words marked that stand on its second page alone."""
    address, service = harbour
    document_id = id_of(service)
    start = service.documents.document_text(document_id).index(UNIQUE)
    path = f"/documents/{document_id}?start={start}&end={start + len(UNIQUE)}"
    page = open_page(path, at=address)
    expect(page.locator(".page-mark").first).to_be_visible()
    return page.locator("main")


def ink_under(page: Page, selector: str) -> list[float]:
    """For each mark the part of dark pixels that the canvas has under it."""
    return page.evaluate(
        """(selector) => {
          const canvas = document.querySelector(".sheet canvas");
          const frame = canvas.getBoundingClientRect();
          const scale = canvas.width / frame.width;
          return [...document.querySelectorAll(selector)].map((mark) => {
            const box = mark.getBoundingClientRect();
            const { data } = canvas.getContext("2d").getImageData(
              (box.left - frame.left) * scale, (box.top - frame.top) * scale,
              Math.max(1, box.width * scale), Math.max(1, box.height * scale));
            let dark = 0;
            for (let at = 0; at < data.length; at += 4) if (data[at] < 128) dark += 1;
            return dark / (data.length / 4);
          });
        }""",
        selector,
    )


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (NARROW, "dark")])
def test_a_quote_is_marked_on_its_page(
    open_page: OpenPage, harbour: tuple[str, Service], size: tuple[int, int], theme: str
) -> None:
    page = open_page(at=harbour[0], size=size, theme=theme)
    open_cited(page)
    pane = page.locator("#source")
    where = re.fullmatch(r"harbour\.pdf · page (\d)", pane.locator(".source-where").inner_text())
    assert where is not None
    expect(pane.locator(".page-count")).to_have_text(f"Page {where[1]} of 4")
    expect(pane.get_by_role("img", name="the quote is marked")).to_be_visible()
    assert is_within(pane.locator(".page-mark").first, pane.locator(".source-body"))
    parts = ink_under(page, ".page-mark")
    assert len(parts) >= 2
    assert all(0.03 < part < 0.6 for part in parts)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_pages_are_turned_with_buttons_and_keys(
    open_page: OpenPage, harbour: tuple[str, Service]
) -> None:
    pane = open_quote(open_page, harbour)
    page = pane.page
    count = pane.locator(".page-count")
    expect(count).to_have_text("Page 2 of 4")
    pane.get_by_role("button", name="Next page").click()
    expect(count).to_have_text("Page 3 of 4")
    expect(pane.locator(".page-mark")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(count).to_have_text("Page 4 of 4")
    page.keyboard.press("ArrowRight")
    expect(count).to_have_text("Page 4 of 4")
    expect(pane.get_by_role("button", name="Next page")).to_be_disabled()
    pane.get_by_role("button", name="Back to the quote").click()
    expect(count).to_have_text("Page 2 of 4")
    expect(pane.locator(".page-mark").first).to_be_visible()
    expect(pane.get_by_role("button", name="Back to the quote")).to_be_hidden()


def test_a_page_is_zoomed_and_its_marks_grow_with_it(
    open_page: OpenPage, harbour: tuple[str, Service]
) -> None:
    page = open_quote(open_page, harbour).page
    mark = page.locator(".page-mark").first
    before = mark.bounding_box()
    page.get_by_role("button", name="Larger").click()
    expect(page.locator(".sheet")).to_have_attribute("aria-busy", "false")
    after = mark.bounding_box()
    assert before and after
    assert after["width"] == pytest.approx(1.5 * before["width"], rel=0.05)
    assert all(0.03 < part < 0.6 for part in ink_under(page, ".page-mark"))


def test_the_text_is_one_switch_away(open_page: OpenPage, harbour: tuple[str, Service]) -> None:
    page = open_page(at=harbour[0])
    open_cited(page)
    pane = page.locator("#source")
    switch = pane.get_by_role("group", name="Show as")
    switch.get_by_role("button", name="Text").click()
    expect(pane.locator("mark")).to_contain_text(QUOTED)
    expect(switch.get_by_role("button", name="Text")).to_have_attribute("aria-pressed", "true")
    switch.get_by_role("button", name="Page").click()
    expect(pane.locator(".page-mark").first).to_be_visible()


def test_a_document_has_its_pages_on_its_own_page(
    open_page: OpenPage, harbour: tuple[str, Service]
) -> None:
    address, service = harbour
    page = open_page(f"/documents/{id_of(service)}", at=address)
    expect(page.locator(".page-count")).to_have_text("Page 1 of 4")
    expect(page.get_by_role("img", name="Page 1 of Harbour report 2024")).to_be_visible()
    expect(page.locator(".page-mark")).to_have_count(0)


def test_a_file_that_is_gone_shows_its_text(
    open_page: OpenPage, harbour: tuple[str, Service]
) -> None:
    address, service = harbour
    file = service.uploads.root / "harbour.pdf"
    away = shutil.move(file, file.with_suffix(".away"))
    try:
        page = open_page(at=address)
        ask(page, QUESTION).locator(".marker").first.click()
        pane = page.locator("#source")
        expect(pane.locator("mark")).to_contain_text(QUOTED)
        expect(pane.get_by_role("group", name="Show as")).to_be_hidden()
        expect(pane.locator(".notice")).to_contain_text("its text as it was")
    finally:
        shutil.move(away, file)
