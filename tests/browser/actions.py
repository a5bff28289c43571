"""What a person does on the page, by what they see and what a screen reader says."""

from playwright.sync_api import Locator, Page, expect


def ask(page: Page, question: str) -> Locator:
    """Asks and waits for the whole answer; returns its turn."""
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    turn = page.locator(".turn").last
    expect(turn.locator("h2")).to_have_text(question)
    expect(turn.locator(".answer-foot")).to_be_visible()
    return turn


def open_source(turn: Locator, number: int = 1) -> Locator:
    """Clicks a marker; returns the quote in the source."""
    turn.locator(".marker", has_text=f"[{number}]").first.click()
    quote = turn.page.locator("#source mark")
    expect(quote).to_be_visible()
    return quote


def is_within(inner: Locator, outer: Locator) -> bool:
    """Whether the first thing lies in what the second shows without scrolling."""
    one, other = inner.bounding_box(), outer.bounding_box()
    assert one and other
    return other["y"] <= one["y"] and one["y"] + one["height"] <= other["y"] + other["height"]
