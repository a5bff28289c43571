import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from rag.service import Service
from tests.api.client import QUESTION, QUOTE, UNANSWERABLE
from tests.browser.actions import ask, is_within, open_source
from tests.browser.conftest import NARROW, OpenPage

KEEPER = "Who is the lighthouse keeper named?"
MASCOT = "What is the mascot of the fair called?"
TUNNELS = "Through how many tunnels does the railway cross the mountains?"
FERRY = "When does the ferry leave each morning?"


def test_a_question_is_answered_with_its_source(page: Page) -> None:
    turn = ask(page, QUESTION)
    expect(turn.locator(".prose")).to_contain_text(QUOTE)
    expect(turn.locator(".card").first).to_contain_text("Leave policy")
    expect(turn.locator(".answer-foot")).to_contain_text(re.compile(r"Confidence \d+ %"))
    expect(turn.locator(".answer-foot")).to_contain_text("Quoted word for word")
    expect(turn.locator(".answer")).to_have_attribute("aria-busy", "false")


def test_what_has_come_stays_when_the_stream_breaks_off(page: Page) -> None:
    """The stream is let through up to the first citation, and no further."""

    def cut(route: Route) -> None:
        body = route.fetch().text()
        end = body.index("\n\n", body.index("event: citation")) + 2
        route.fulfill(content_type="text/event-stream", body=body[:end])

    page.route("**/v1/ask", cut)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    turn = page.locator(".turn")
    expect(turn.get_by_role("alert")).to_contain_text("The answer broke off before its end.")
    assert open_source(turn).text_content() == QUOTE
    expect(turn.locator(".prose")).to_contain_text(QUOTE)
    page.keyboard.press("Escape")
    page.unroute("**/v1/ask")
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".answer-foot")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page).to_have_title(f"{QUESTION} · Quoth")


def test_a_new_conversation_begins_empty(page: Page) -> None:
    ask(page, QUESTION)
    page.get_by_role("link", name="New conversation").first.click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("What do you want to know?")
    page.go_back()
    expect(page.locator(".turn h2")).to_have_text(QUESTION)


def test_a_marker_opens_the_source_at_the_exact_quote(page: Page) -> None:
    turn = ask(page, QUESTION)
    quote = open_source(turn)
    assert quote.text_content() == QUOTE
    assert is_within(quote, page.locator(".source-body"))
    expect(page.locator("#source .source-where")).to_contain_text("hr/leave.md · line 3")


def test_escape_closes_the_source_and_goes_back_to_the_marker(page: Page) -> None:
    turn = ask(page, QUESTION)
    open_source(turn)
    page.keyboard.press("Escape")
    expect(page.locator("#source")).to_be_hidden()
    expect(turn.locator(".marker").first).to_be_focused()


def test_the_quote_is_exact_behind_emoji(page: Page) -> None:
    quote = open_source(ask(page, KEEPER))
    assert quote.text_content() == "The lighthouse keeper is named Odalys."


def test_the_address_of_an_open_source_can_be_shared(page: Page, open_page: OpenPage) -> None:
    open_source(ask(page, QUESTION))
    expect(page).to_have_url(re.compile(r"conversation=conv_.*source=doc_.*start=\d+&end=\d+"))
    other = open_page(page.url)
    expect(other.locator("#source mark")).to_have_text(QUOTE)
    expect(other.locator(".turn h2")).to_have_text(QUESTION)


def test_a_document_has_a_page_with_the_span_marked(page: Page, open_page: OpenPage) -> None:
    open_source(ask(page, QUESTION))
    page.get_by_role("link", name="Open as a page").click()
    expect(page).to_have_url(re.compile(r"/documents/doc_\w+\?start=\d+&end=\d+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Leave policy")
    expect(page.locator("mark")).to_have_text(QUOTE)
    assert open_page(page.url).locator("mark").text_content() == QUOTE


def test_what_is_not_found_is_shown_with_the_nearest_passages(page: Page) -> None:
    turn = ask(page, UNANSWERABLE)
    expect(turn.locator(".answer")).to_contain_text("Not found in these documents")
    expect(turn.locator(".marker")).to_have_count(0)
    card = turn.locator(".passages .card").first
    text = card.locator(".card-text").text_content()
    card.click()
    expect(page.locator("#source mark")).to_have_text(text or "")


def test_markup_in_a_document_stays_text(page: Page) -> None:
    turn = ask(page, MASCOT)
    expect(turn.locator(".prose")).to_contain_text('<b>Bobo</b> & "Bibi" [1] [99].')
    expect(turn.locator(".prose b, .prose script, .prose img")).to_have_count(0)
    quote = open_source(turn)
    assert quote.text_content() == 'The mascot of the fair is called <b>Bobo</b> & "Bibi" [1] [99].'
    source = page.locator("#source .source-text")
    expect(source).to_contain_text("</script><img src=x onerror=a>")
    expect(source).to_contain_text("␛[31mred␛[0m")
    expect(page.locator("#source script, #source img")).to_have_count(0)


def test_what_looks_like_a_marker_in_a_quote_is_none(page: Page) -> None:
    turn = ask(page, MASCOT)
    markers = turn.locator(".marker").all_text_contents()
    assert markers == [f"[{number}]" for number in range(1, len(markers) + 1)]
    assert turn.locator(".prose").inner_text().count("[1]") == 2


def test_quotes_from_one_document_share_a_card(page: Page) -> None:
    turn = ask(page, "When do unused holidays expire, and how long is parental leave?")
    expect(turn.locator(".marker")).to_have_text(["[1]", "[2]"])
    expect(turn.locator(".answer > .cards > li")).to_have_count(1)
    second = turn.get_by_role("button", name="Source 2: line 3")
    second.click()
    expect(page.locator("#source mark")).to_have_text(QUOTE)
    page.keyboard.press("Escape")
    expect(second).to_be_focused()


def test_markdown_is_drawn_with_harmless_links_alone(page: Page) -> None:
    prose = ask(page, FERRY).locator(".prose")
    expect(prose.locator("strong")).to_have_text("nine")
    expect(prose.locator("a")).to_have_count(1)
    expect(prose.locator("a")).to_have_attribute("href", "https://harbour.example")
    expect(prose.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(prose.locator(".marker").first).to_be_visible()


def test_a_question_that_is_too_long_is_kept_whole_and_not_asked(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    box, counter = page.get_by_label("Your question"), page.locator("#question-length")
    box.fill("🎉" * 6_999)
    expect(counter).to_be_hidden()
    box.fill("🎉" * 8_000)
    expect(counter).to_have_text("8,000 of 8,000 characters")
    box.fill("🎉" * 8_001)
    expect(counter).to_have_text(
        "A question has at most 8,000 characters: this is 1 character too long."
    )
    expect(page.locator("#status")).to_have_text(re.compile("1 character too long"))
    expect(box).to_have_attribute("aria-invalid", "true")
    box.press("Enter")
    expect(box).to_have_value("🎉" * 8_001)
    expect(page.locator(".turn")).to_have_count(0)
    assert not [url for url in asked if url.endswith("/v1/ask")]
    box.fill(QUESTION)
    expect(counter).to_be_hidden()
    box.press("Enter")
    expect(page.locator(".turn .answer-foot")).to_be_visible()


def test_the_button_stops_an_answer_that_is_being_made(page: Page) -> None:
    page.route("**/v1/ask", lambda route: None)  # It is never answered.
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop").click()
    turn = page.locator(".turn")
    expect(turn).to_contain_text("Stopped.")
    page.unroute("**/v1/ask")
    turn.get_by_role("button", name="Ask again").click()
    expect(turn.locator(".answer-foot")).to_be_visible()


def test_a_server_out_of_reach_is_said_and_asked_again(page: Page) -> None:
    expect(page.locator(".start-documents")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".turn").get_by_role("alert")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    page.locator(".turn").get_by_role("button", name="Try again").click()
    expect(page.locator(".turn .prose")).to_contain_text(QUOTE)


def test_a_problem_shows_its_sentence_and_the_request_id(open_page: OpenPage) -> None:
    page = open_page("/?conversation=conv_gone")
    alert = page.locator("main").get_by_role("alert")
    expect(alert).to_contain_text("There is no conversation 'conv_gone'.")
    expect(alert.locator(".request-id code")).to_have_text(re.compile(r"\w{8,}"))


def test_a_source_that_changed_since_is_marked(
    page: Page, running: tuple[str, Service, Path]
) -> None:
    _, _, folder = running
    turn = ask(page, TUNNELS)
    expect(turn.locator(".badge.warn")).to_have_count(0)
    with (folder / "tunnels.txt").open("a", encoding="utf-8") as file:
        file.write("More.\n")
    turn = ask(page, TUNNELS)
    expect(turn.locator(".card .badge.warn").first).to_have_text("Changed since")
    expect(turn.locator(".marker.stale").first).to_be_visible()


def test_feedback_is_kept_with_the_answer(page: Page, open_page: OpenPage) -> None:
    turn = ask(page, QUESTION)
    turn.get_by_role("button", name="Bad answer").click()
    turn.get_by_label("Thank you. Add a comment, if you like:").fill("It lacks the pay.")
    turn.get_by_role("button", name="Keep the comment").click()
    expect(turn.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    turn = open_page(page.url).locator(".turn")
    bad = turn.get_by_role("button", name="Bad answer")
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(turn.locator(".comment-kept")).to_have_attribute("title", "It lacks the pay.")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")


def test_a_conversation_is_opened_again_with_its_turns(page: Page, open_page: OpenPage) -> None:
    ask(page, QUESTION)
    ask(page, UNANSWERABLE)
    other = open_page()
    other.locator("#conversations a").first.click()
    expect(other.locator(".turn h2")).to_have_text([QUESTION, UNANSWERABLE])
    assert open_source(other.locator(".turn").first).text_content() == QUOTE
    expect(other.locator("#conversations a[aria-current=page]")).to_have_count(1)


def test_a_conversation_is_renamed_and_deleted(page: Page) -> None:
    ask(page, "How many holidays does every employee have?")
    item = page.locator(".history-item", has=page.locator("[aria-current=page]"))
    item.hover()
    item.get_by_role("button", name="Rename").click()
    page.get_by_label("Title of the conversation").fill("Holidays")
    page.keyboard.press("Enter")
    expect(item.locator("a")).to_have_text("Holidays")
    page.reload()
    expect(item.locator("a")).to_have_text("Holidays")
    item.hover()
    item.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Holidays", exact=True)).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("What do you want to know?")


@pytest.mark.parametrize("way", ["Escape", "button", "back"])
def test_the_source_is_a_sheet_on_a_narrow_screen(open_page: OpenPage, way: str) -> None:
    page = open_page(size=NARROW, has_touch=True, is_mobile=True)
    quote = open_source(ask(page, QUESTION))
    assert is_within(quote, page.locator("#source"))
    if way == "Escape":
        page.keyboard.press("Escape")
    elif way == "button":
        page.get_by_role("button", name="Close the source").click()
    else:
        page.go_back()
    expect(page.locator("#source")).to_be_hidden()
    expect(page.locator(".turn .prose")).to_contain_text(QUOTE)
