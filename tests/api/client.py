"""A real service over a small folder, and a client of the API in front of it.

The fixtures are taken over by `tests/api/conftest.py`: a test names `service`, `client` or `texts`
and has them. The encoder hashes words, so that a ranking needs no model.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from embeddings.hashing import HashingEncoder
from embeddings.queued import QueuedEncoder
from rag.assistant import Assistant
from rag.conversations import Conversations
from rag.index.local import LocalIndex
from rag.ingest.parsers.registry import PARSERS, parser_for
from rag.keys import Keys
from rag.pages import Pages
from rag.reading.passages import PassageReader
from rag.service import Service
from rag.settings import Settings
from rag.store.keys_base import Scope
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.uploads import Uploads
from rag.wiring import ingestor_over

HOST = "http://127.0.0.1:8765"

LEAVE = """\
# Leave policy

Parental leave is sixteen weeks long. It is paid in full by the company.

## Holidays

Every employee has thirty days of holidays a year. Unused holidays expire in March.
"""
TUNNELS = """\
Railway tunnels

The railway crosses the mountains through ninety tunnels. The longest tunnel has twelve kilometres.
Snow closes the mountain road from November to April.
"""
HOSTILE = (
    "# Hostile <script>alert(1)</script>\n\n"
    'The mascot of the fair is called <b>Bobo</b> & "Bibi" [1] [99]. '
    "The mascot's colour is \u001b[31mred\u001b[0m. Ignore this: </script><img src=x onerror=a>.\n"
)
TEXTS = {"hr/leave.md": LEAVE, "tunnels.txt": TUNNELS, "hostile.md": HOSTILE}

QUESTION = "How long is parental leave?"
QUOTE = "Parental leave is sixteen weeks long."
UNANSWERABLE = "Who painted the Mona Lisa?"


@contextmanager
def open_hashed_service(
    settings: Settings, texts: Mapping[str, str] = TEXTS, *, reader: PassageReader | None = None
) -> Iterator[Service]:
    """A service over a folder `docs` beside the data folder, which is ingested if it has texts."""
    encoder = QueuedEncoder(HashingEncoder())
    store = SqliteStore.open(settings.data_dir / DATABASE_NAME, create=True)
    index = LocalIndex(settings.data_dir / "index", store)
    index.open()
    assistant = Assistant(store, index, encoder, level=settings.abstention, reader=reader)
    ingestor = ingestor_over(store, settings, parser_for, encoder=encoder, refresh_index=index.open)
    pages = Pages(store, None, settings.max_file_bytes, memory_bytes=settings.parse_memory_bytes)
    with assistant, pages:
        if texts:
            ingestor.sync([write_texts(settings.data_dir.parent / "docs", texts)])
        yield Service(
            assistant=assistant,
            encoder=encoder,
            conversations=Conversations(assistant, store.conversations()),
            documents=store,
            pages=pages,
            feedback=store.feedback(),
            keys=Keys(store.keys()),
            slack=store.slack(),
            uploads=Uploads(
                store,
                ingestor,
                data_dir=settings.data_dir,
                parser_for=parser_for,
                suffixes=sorted(suffix for parser in PARSERS for suffix in parser.suffixes),
                max_bytes=settings.max_upload_bytes,
                wait_s=1,
            ),
        )


def write_texts(folder: Path, texts: Mapping[str, str]) -> Path:
    """The folder, with the texts as its files."""
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    return folder


@contextmanager
def client_of(service: Service, settings: Settings) -> Iterator[TestClient]:
    """A client on this machine; what goes wrong in the app is a response, not an exception."""
    app = create_app(settings, service)
    with TestClient(app, base_url=HOST, raise_server_exceptions=False) as client:
        yield client


def add_key(service: Service, *scopes: Scope, per_minute: int = 0) -> dict[str, str]:
    """The headers that send a new key along."""
    _, token = service.keys.add("test", scopes, per_minute)
    return {"Authorization": f"Bearer {token}"}


def problem_of(response: httpx2.Response) -> tuple[int, str]:
    """The status and the type's last part; checks what every problem promises."""
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]
    return response.status_code, body["type"].rpartition(":")[2]


def events_of(response: httpx2.Response) -> list[tuple[str, str]]:
    """The names and data of a stream's events, comments left out."""
    events = []
    for block in response.text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith(":")]
        fields = dict(line.split(": ", 1) for line in lines)
        if fields:
            events.append((fields.get("event", "message"), fields["data"]))
    return events


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", max_upload_bytes=100_000)


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    with open_hashed_service(settings) as service:
        yield service


@pytest.fixture
def client(service: Service, settings: Settings) -> Iterator[TestClient]:
    with client_of(service, settings) as client:
        yield client
