"""The history of the browser, while a conversation has no address yet."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.client import QUESTION, QUOTE
from tests.browser.actions import ask, open_source

HEADING = "What do you want to know?"


@pytest.fixture
def ask_slowly(page: Page) -> Callable[[], Route]:
    """Asks, and returns the request, which waits to be let through."""

    def asked() -> Route:
        held: list[Route] = []

        def hold(route: Route) -> None:
            if held:
                route.continue_()
            else:
                held.append(route)

        page.route("**/v1/ask", hold)
        page.get_by_label("Your question").fill(QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator(".turn .stage")).to_be_visible()
        while not held:
            page.wait_for_timeout(20)
        return held[0]

    return asked


def test_back_leaves_a_first_answer_for_the_start(
    page: Page, ask_slowly: Callable[[], Route]
) -> None:
    page.get_by_role("link", name="New conversation").first.click()
    route = ask_slowly()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(HEADING)
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    route.abort()
    turn = ask(page, QUESTION)
    expect(page.locator(".turn")).to_have_count(1)
    expect(turn.locator(".prose")).to_contain_text(QUOTE)


def test_back_and_forward_find_a_first_answer_that_came_meanwhile(
    page: Page, ask_slowly: Callable[[], Route]
) -> None:
    page.get_by_role("link", name="Documents", exact=True).click()
    expect(page.locator(".row").first).to_be_visible()
    page.get_by_role("link", name="New conversation").first.click()
    route = ask_slowly()
    page.go_back()
    expect(page.locator(".row").first).to_be_visible()
    page.go_forward()
    expect(page.locator(".turn .stage")).to_be_visible()
    page.go_back()
    route.continue_()
    expect(page.locator("#conversations a").first).to_have_text(QUESTION)
    expect(page).to_have_url(re.compile(r"view=documents$"))
    expect(page).to_have_title("Documents · Quoth")
    page.go_forward()
    expect(page.locator(".turn .answer-foot")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?conversation=conv_"))
    expect(page).to_have_title(f"{QUESTION} · Quoth")


def test_back_from_a_source_that_was_opened_early_stays_in_the_conversation(page: Page) -> None:
    """The source is opened while its answer has no conversation that could be named."""

    def broken(route: Route) -> None:
        body = route.fetch().text()
        end = body.index("\n\n", body.index("event: citation")) + 2
        route.fulfill(content_type="text/event-stream", body=body[:end])

    page.route("**/v1/ask", broken)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    turn = page.locator(".turn")
    open_source(turn)
    page.unroute("**/v1/ask")
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".answer-foot")).to_be_visible()
    expect(page).to_have_url(re.compile(r"conversation=conv_"))
    page.go_back()
    expect(page.locator("#source")).to_be_hidden()
    expect(turn.locator(".prose")).to_contain_text(QUOTE)
    expect(page).to_have_url(re.compile(r"\?conversation=conv_\w+$"))


def test_a_slow_conversation_does_not_open_its_source_elsewhere(page: Page) -> None:
    open_source(ask(page, QUESTION))
    address = page.url
    page.goto("/")
    held: list[Route] = []
    page.route("**/v1/conversations/conv_*", lambda route: held.append(route))
    page.evaluate(
        """(address) => {
          history.pushState(null, "", address);
          dispatchEvent(new PopStateEvent("popstate"));
        }""",
        address,
    )
    while not held:
        page.wait_for_timeout(20)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(HEADING)
    held[0].continue_()
    page.wait_for_timeout(300)
    expect(page.locator("#source")).to_be_hidden()
    expect(page).to_have_title("Quoth")
