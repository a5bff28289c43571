"""Everything that a server works with, opened as a server opens it, over the default model."""

import io
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rag.errors import IndexMismatch, NothingIndexed
from rag.filters import FULL_ACCESS, NO_FILTERS
from rag.service import Service
from rag.settings import Settings
from rag.wiring import open_feedback, open_ingestor, open_keys, open_service, open_store

QUESTION = "How long is the electric bus in the capital?"
BUS = b"The electric bus in the capital is 18 meters long. It withstands severe cold.\n"


@pytest.fixture
def settings(tmp_path: Path, model_cache: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", cache_dir=model_cache, reader="off")


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    with open_service(settings) as opened:
        yield opened


def test_an_empty_store_answers_as_soon_as_something_is_uploaded(service: Service) -> None:
    with pytest.raises(NothingIndexed):
        service.conversations.ask(QUESTION)
    assert service.documents.documents(NO_FILTERS, FULL_ACCESS) == ()
    assert not service.keys.required()
    document = service.uploads.receive("bus.txt", io.BytesIO(BUS))
    answer = service.conversations.ask(QUESTION)
    assert answer.text.startswith("The electric bus in the capital is 18 meters long. [1]")
    (citation, *_) = answer.citations
    assert (citation.document.id, citation.stale) == (document.id, False)
    service.feedback.put(answer.id, "up")
    service.uploads.remove(document.id)
    assert service.conversations.ask(QUESTION).status == "not_found"


def test_a_server_finds_what_another_process_ingests(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "bus.txt").write_bytes(BUS)
    with open_ingestor(settings) as ingestor:
        ingestor.sync([docs])
    assert service.assistant.ask(QUESTION).status == "answered"


def test_what_was_uploaded_is_there_after_a_restart(settings: Settings) -> None:
    with open_service(settings) as service:
        service.uploads.receive("bus.txt", io.BytesIO(BUS))
    assert list((settings.data_dir / "index").rglob("vectors.faiss"))
    with open_service(settings) as service:
        assert service.assistant.ask(QUESTION).status == "answered"


def test_uploads_move_with_the_data_folder(settings: Settings, tmp_path: Path) -> None:
    with open_service(settings) as service:
        service.uploads.receive("bus.txt", io.BytesIO(BUS))
    shutil.move(settings.data_dir, tmp_path / "moved")
    moved = settings.model_copy(update={"data_dir": tmp_path / "moved"})
    with open_store(moved, create=False) as store:
        (entry,) = store.documents(NO_FILTERS, FULL_ACCESS)
        assert entry.document.path == str(tmp_path / "moved/uploads/bus.txt")
    with open_ingestor(moved) as ingestor:
        assert ingestor.sync(None).unchanged == 1


def test_an_upload_does_not_rebuild_the_index_for_other_settings(settings: Settings) -> None:
    with open_service(settings) as service:
        service.uploads.receive("bus.txt", io.BytesIO(BUS))
    with (
        open_service(settings.model_copy(update={"chunk_tokens": 100})) as service,
        pytest.raises(IndexMismatch, match="'1/100'"),
    ):
        service.uploads.receive("letter.txt", io.BytesIO(b"A letter."))


def test_questions_are_answered_while_documents_come_in(service: Service) -> None:
    service.uploads.receive("bus.txt", io.BytesIO(BUS))
    found: list[str] = []

    def ask() -> None:
        for _ in range(5):
            found.append(service.conversations.ask(QUESTION).status)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(5):
        text = f"The tram number {number} runs every {number + 3} minutes to the harbour."
        service.uploads.receive(f"tram{number}.txt", io.BytesIO(text.encode()))
    for thread in threads:
        thread.join()
    assert found == ["answered"] * 10
    assert service.documents.counts().documents == 6


def test_old_conversations_go_when_a_server_starts(settings: Settings) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=settings.conversation_days + 1)
    with open_store(settings, create=True) as store:
        store.conversations(lambda: long_ago).create()
        kept = store.conversations().create()
    with open_service(settings) as service:
        assert service.conversations.store.list() == (kept,)


def test_keys_can_be_made_before_anything_else(settings: Settings) -> None:
    with open_keys(settings) as keys:
        _, token = keys.add("slack", ["ask"])
    with open_keys(settings) as keys:
        assert keys.check(token).name == "slack"
    with open_feedback(settings) as (feedback, conversations):
        assert (feedback.list(), conversations.list()) == ((), ())
