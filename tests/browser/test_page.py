"""The page as a whole: who can use it, how heavy it is, what it lets in."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect

from api.web.pages import SHELL, page_files
from tests.api.client import QUESTION, UNANSWERABLE
from tests.browser.actions import ask, open_source
from tests.browser.conftest import NARROW, WIDE, OpenPage

MOST_BYTES, MOST_REQUESTS = 300_000, 15


def violations(page: Page, **options: object) -> list[str]:
    """What axe-core finds; only that crosses over to here, which takes a fraction of the time."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(
        """(options) => axe.run(document, options).then(({ violations }) => violations.flatMap(
          (each) => each.nodes.map((node) => `${each.id}: ${node.html}`)))""",
        {"resultTypes": ["violations"], **options},
    )
    return list(found)


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_view_is_accessible_and_fits_in_both_themes(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    page = open_page(size=size, reduced_motion="reduce")
    found: list[tuple[str, str, str]] = []

    def look(view: str) -> None:
        found.extend((view, "light", each) for each in violations(page))
        page.emulate_media(color_scheme="dark")
        dark = violations(page, runOnly=["color-contrast"])
        found.extend((view, "dark", each) for each in dark)
        page.emulate_media(color_scheme="light")
        if sideways(page) > 0:
            found.append((view, "", f"{sideways(page)} pixels too wide"))

    expect(page.locator(".start-documents")).to_be_visible()
    page.get_by_label("Your question").fill("long " * 1_700)
    look("start")
    ask(page, QUESTION)
    turn = ask(page, UNANSWERABLE)
    turn.get_by_role("button", name="Bad answer").click()
    expect(page.locator(".feedback")).to_be_visible()
    look("answers")
    open_source(page.locator(".turn").first)
    look("source")
    page.get_by_role("link", name="Open as a page").click()
    expect(page.locator(".page.document mark")).to_be_visible()
    look("document")
    page.goto("/documents/doc_none")
    expect(page.get_by_role("heading", level=1)).to_have_text("This document is not here")
    look("gone")
    page.goto("/?view=documents")
    file = {"name": "axe.txt", "mimeType": "text/plain", "buffer": b"An axe is sharp."}
    page.get_by_label("Files to add").set_input_files(file)
    expect(page.locator(".row .icon-button").first).to_be_visible()
    look("documents")
    page.locator(".row .icon-button").first.click()
    look("confirmation")
    assert found == []


def test_the_menu_of_a_narrow_screen_is_reached_and_left_by_keyboard(open_page: OpenPage) -> None:
    page = open_page(size=(360, 640), reduced_motion="reduce")
    expect(page.locator("#sidebar")).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Close the menu")).to_be_focused()
    assert violations(page) == []
    assert sideways(page) == 0
    page.keyboard.press("Escape")
    expect(page.locator("#sidebar")).to_be_hidden()
    expect(page.get_by_role("button", name="Menu", exact=True)).to_be_focused()


def test_the_first_view_is_light(open_page: OpenPage) -> None:
    page = open_page("about:blank")
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))
    page.goto("/", wait_until="networkidle")
    sizes = {each.url: int(each.request.sizes()["responseBodySize"]) for each in answers}
    assert len(answers) <= MOST_REQUESTS, sizes
    assert sum(sizes.values()) <= MOST_BYTES / 4, sizes


def test_the_whole_page_is_light(page: Page) -> None:
    total = page.evaluate(
        """async (names) => (await Promise.all(names.map(async (name) =>
          (await (await fetch(`/assets/${name}`)).arrayBuffer()).byteLength)))
          .reduce((one, other) => one + other)""",
        static_names(),
    )
    assert total <= MOST_BYTES


def static_names() -> list[str]:
    return [name for name in page_files() if name != SHELL and not name.endswith(".txt")]


def test_a_theme_that_was_chosen_is_kept(page: Page) -> None:
    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))

    light = background()
    page.get_by_role("button", name="Dark theme").click()
    dark = background()
    page.reload()
    assert background() == dark != light
    page.get_by_role("button", name="Light theme").click()
    assert background() == light
    assert page.evaluate("localStorage.length") == 0


def test_the_question_is_asked_by_keyboard_alone(page: Page) -> None:
    box = page.get_by_label("Your question")
    expect(page.locator(".start-documents")).to_be_visible()
    page.get_by_role("link", name="Documents", exact=True).focus()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("How long is")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("parental leave?")
    assert box.input_value() == "How long is\nparental leave?"
    page.keyboard.press("Enter")
    expect(page.locator(".turn .marker").first).to_be_visible()
    page.locator(".turn .marker").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#source mark")).to_be_visible()
    expect(page.locator("#source .source-title")).to_be_focused()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(open_page: OpenPage) -> None:
    page = open_page("/?view=documents")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()


@pytest.mark.parametrize(
    ("attack", "directive"),
    [
        ("document.body.insertAdjacentHTML('beforeend', '<b>')", "require-trusted-types-for"),
        ("eval('1')", "require-trusted-types-for"),
        ("import('data:text/javascript,1')", "script-src-elem"),
        ("new Image().src = 'https://elsewhere.example/x.png'", "img-src"),
        ("fetch('https://elsewhere.example/')", "connect-src"),
    ],
)
def test_the_policy_stops_what_is_not_the_page_s(
    browser: Browser, address: str, attack: str, directive: str
) -> None:
    with browser.new_context(base_url=address) as context:
        page = context.new_page()
        page.goto("/")
        stopped = page.evaluate(
            f"""() => new Promise((resolve) => {{
              addEventListener("securitypolicyviolation",
                (event) => resolve(event.effectiveDirective), {{ once: true }});
              setTimeout(() => {{ {attack}; }});
              setTimeout(() => resolve("nothing"), 3000);
            }})"""
        )
    assert stopped == directive


def test_offsets_are_code_points(page: Page) -> None:
    """The one module that turns them into the browser's own units, against whole characters."""
    texts = ["", "abc", "👩‍👩‍👧 a 🎉b", "\ud83c\udf89x", "a\u0301é"]
    wrong = page.evaluate(
        """async (texts) => {
          const { slice, length } = await import("/assets/text.js");
          const wrong = [];
          for (const text of texts) {
            const points = Array.from(text);
            if (length(text) !== points.length) wrong.push(text);
            for (let start = 0; start <= points.length; start += 1) {
              for (let end = start; end <= points.length; end += 1) {
                if (slice(text, start, end) !== points.slice(start, end).join("")) wrong.push(text);
              }
            }
          }
          return wrong;
        }""",
        [text.encode("utf-16", "surrogatepass").decode("utf-16") for text in texts],
    )
    assert wrong == []
