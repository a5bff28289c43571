"""A real server, a real Chromium in front of it, and pages that fail a test by what they let slip.

The browser is the system's; none is downloaded. Without one the tests are skipped, except where
`CI` is set: there a missing browser is a failure.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from api.app import create_app
from rag.service import Service
from rag.settings import Settings
from tests.api.client import TEXTS, open_hashed_service

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE, NARROW = (1360, 860), (390, 844)

PATIENCE_MS = 30_000
"""A busy machine may be slow; what never comes fails all the same."""

EMOJI = "🎉 Visitors cheer 👩‍👩‍👧 loudly. The lighthouse keeper is named Odalys. 🎉 It is old.\n"
LINKS = (
    "The ferry leaves at **nine** each morning, says [the harbour](https://harbour.example) "
    "and [nobody](javascript:alert(1)) else.\n"
)
MANY_TEXTS = {**TEXTS, "emoji.txt": EMOJI, "ferry.md": LINKS, "broken.txt": "\0\0\0\0"}

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = next((path for name in EXECUTABLES if (path := shutil.which(name))), None)
    if found is None:
        sentence = f"There is no browser: none of {', '.join(EXECUTABLES)} is on the PATH."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serving(service: Service, settings: Settings) -> Iterator[str]:
    """The address of a server that runs in a thread."""
    config = uvicorn.Config(create_app(settings, service), port=0, log_level="warning")
    server = uvicorn.Server(config)
    ready = threading.Event()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        ready.wait(0.05)
    assert server.started
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Service, Path]]:
    """A server that needs no key, what it works with, and its folder of documents."""
    folder = tmp_path_factory.mktemp("web")
    settings = Settings(data_dir=folder / "data", max_upload_bytes=100_000)
    with (
        open_hashed_service(settings, MANY_TEXTS) as service,
        serving(service, settings) as address,
    ):
        yield address, service, folder / "docs"


@pytest.fixture
def address(running: tuple[str, Service, Path]) -> str:
    return running[0]


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Opens pages; whatever a script failed at, or asked of another server, fails the test."""
    contexts: list[BrowserContext] = []
    slips: list[str] = []

    def open_it(
        path: str = "/",
        *,
        size: tuple[int, int] = WIDE,
        theme: str = "light",
        at: str = address,
        **options: object,
    ) -> Page:
        context = browser.new_context(
            base_url=at,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: slips.append(f"script: {error}"))
        page.on("dialog", lambda dialog: slips.append(f"dialog: {dialog.message}"))
        page.on("console", lambda line: slips.extend(_policy_slips(line.text)))
        page.on("request", lambda request: slips.extend(_foreign(request.url, at)))
        page.goto(path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert slips == []


def _policy_slips(line: str) -> list[str]:
    return [line] if "Content Security Policy" in line or "Trusted" in line else []


def _foreign(url: str, address: str) -> list[str]:
    parts = urlsplit(url)
    return [] if f"{parts.scheme}://{parts.netloc}" == address else [f"request: {url}"]


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def upload_file(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write
