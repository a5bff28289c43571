"""The words that answer: first on the page, marked in the text, and marked in the source."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from rag.reading.passages import PassageReader
from rag.settings import Settings
from tests.api.client import open_hashed_service
from tests.browser.actions import ask, open_source
from tests.browser.conftest import NARROW, WIDE, OpenPage, serving
from tests.browser.test_page import sideways, violations
from tests.reading.scripted import reader_of

TRADE = "By how much did trade between the two countries grow?"
FERRY = "When does the ferry leave?"
TEXTS = {
    "trade.txt": "🎉 35 percent it was.\n\nTrade between the two 🎉 countries grew by 35\n"
    "percent in two years.\n",
    "ferry.md": "The ferry leaves at **nine** each morning, says [nine](https://nine.example).\n",
}
FINDS = {"trade": r"(?<=grew by )35\s+percent", "ferry": r"\*\*nine\*\* each"}


@pytest.fixture(scope="module")
def read_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose answers are read."""
    data_dir = tmp_path_factory.mktemp("read") / "data"
    # Hashed words say little of how sure an answer is.
    settings = Settings(data_dir=data_dir, abstention="eager")
    reader = PassageReader(reader_of(FINDS, margin=20.0, answerable=10.0))
    with (
        open_hashed_service(settings, TEXTS, reader=reader) as service,
        serving(service, settings) as address,
    ):
        yield address


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_words_that_answer_come_first_and_are_marked_where_they_stand(
    open_page: OpenPage, read_address: str, size: tuple[int, int]
) -> None:
    page = open_page(at=read_address, size=size, reduced_motion="reduce")
    turn = ask(page, TRADE)
    first = turn.locator(".answer > *").first
    expect(first).to_have_text("35 percent[1]")
    expect(turn.locator(".prose mark")).to_have_text(["35 percent"])
    expect(turn.locator(".prose")).to_contain_text("grew by 35 percent in two years.")
    expect(page.locator("#status")).to_have_text("Answer with 1 source: 35 percent.")
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    assert [*found, *violations(page, runOnly=["color-contrast"])] == []
    assert sideways(page) <= 0
    first.locator(".marker").click()
    expect(page.locator("#source mark strong")).to_have_text(["35 percent"])
    page.reload()
    expect(first).to_have_text("35 percent[1]")
    expect(page.locator("#source mark strong")).to_have_text(["35 percent"])


def test_words_are_marked_in_markdown_however_it_is_drawn(
    open_page: OpenPage, read_address: str
) -> None:
    turn = ask(open_page(at=read_address), FERRY)
    expect(turn.locator(".short-answer strong")).to_have_text("nine each")
    expect(turn.locator(".prose strong mark")).to_have_text("nine")
    expect(turn.locator(".prose mark")).to_have_text(["nine", " each"])
    expect(turn.locator(".prose a")).to_have_text("nine")
    assert (open_source(turn).text_content() or "").count("nine") == 3


def test_the_short_answer_is_there_before_anything_is_written(
    open_page: OpenPage, read_address: str
) -> None:
    page = open_page(at=read_address)
    turn = broken_off(page, "event: delta")
    expect(turn.locator(".short-answer")).to_have_text("35 percent")
    expect(turn.locator(".prose")).to_have_text("")
    page.unroute("**/v1/ask")
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".short-answer")).to_have_text("35 percent[1]")


def test_what_has_come_does_not_move_when_the_answer_is_whole(
    open_page: OpenPage, read_address: str
) -> None:
    page = open_page(at=read_address)
    turn = broken_off(page, "event: answer")
    expect(turn.locator(".short-answer")).to_have_text("35 percent[1]")
    before = below_the_question(turn)
    page.unroute("**/v1/ask")
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".answer-foot")).to_be_visible()
    assert below_the_question(turn) == before


def broken_off(page: Page, at: str) -> Locator:
    """Asks about the trade; the stream is let through up to an event, and no further."""

    def cut(route: Route) -> None:
        body = route.fetch().text()
        route.fulfill(content_type="text/event-stream", body=body[: body.index(at)])

    page.route("**/v1/ask", cut)
    page.get_by_label("Your question").fill(TRADE)
    page.keyboard.press("Enter")
    turn = page.locator(".turn")
    expect(turn.get_by_role("alert")).to_contain_text("broke off")
    return turn


def below_the_question(turn: Locator) -> list[float]:
    """How far below the question the short answer and the text begin, in pixels."""
    return list(
        turn.evaluate(
            """(turn) => [".short-answer", ".prose"].map((each) =>
              turn.querySelector(each).getBoundingClientRect().top
                - turn.querySelector("h2").getBoundingClientRect().bottom)"""
        )
    )
