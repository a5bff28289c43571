"""A real service whose answers a scripted model writes, over a real connection."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag.filters import NO_FILTERS, Filters
from rag.llm.building import generation_of
from rag.reading.passages import PassageReader
from rag.service import Service
from rag.settings import Settings
from rag.streaming import CompleteEvent, DeltaEvent, StatusEvent
from rag.types import Answer, Turn
from tests.api.client import TEXTS, open_hashed_service
from tests.llm.model_server import ModelServer, serving


def model_settings(folder: Path, server: ModelServer, **changes: object) -> Settings:
    """Short times, so that a test of them is short."""
    given = {
        "data_dir": folder / "data",
        "llm_base_url": server.base_url,
        "llm_model": "scripted",
        "llm_api_key": "sk-a-secret-key",
        "llm_timeout_s": 3,
        "llm_first_token_s": 1,
    }
    return Settings(**{**given, **changes})  # type: ignore[arg-type]


@contextmanager
def open_written_service(
    settings: Settings, texts: Mapping[str, str] = TEXTS, *, reader: PassageReader | None = None
) -> Iterator[Service]:
    """A service as in `tests.api.client`, with the model of the settings."""
    with open_hashed_service(settings, texts, reader=reader) as service:
        service.assistant.generation = generation_of(settings)
        service.assistant.warm_up()
        yield service


def asked(
    service: Service,
    question: str,
    history: Sequence[Turn] = (),
    filters: Filters = NO_FILTERS,
) -> tuple[Answer, list[str]]:
    """The answer and its deltas; checks what every stream and every citation promises."""
    events = list(service.assistant.stream(question, history=history, filters=filters))
    assert [each for each in events if isinstance(each, StatusEvent)] == [
        StatusEvent("retrieving"),
        StatusEvent("answering"),
    ]
    last = events[-1]
    assert isinstance(last, CompleteEvent)
    deltas = [each.text for each in events if isinstance(each, DeltaEvent)]
    assert "".join(deltas) == last.answer.text
    assert all(deltas)
    check_exact(service, last.answer)
    return last.answer, deltas


def check_exact(service: Service, answer: Answer) -> None:
    """Every citation is the document's own text; every number names one, in order."""
    for number, citation in enumerate(answer.citations, start=1):
        text = service.documents.document_text(citation.document.id)
        assert text[citation.start : citation.end] == citation.cited_text
        assert citation.cited_text
        assert citation.number == number
        for start, end in citation.answer_spans:
            assert 0 <= start < end <= len(answer.text)
    named = [number for sentence in answer.sentences for number in sentence.citations]
    assert list(dict.fromkeys(named)) == [each.number for each in answer.citations]


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def documents(
    model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("documents")
    with open_written_service(model_settings(folder, model_server)) as service:
        yield service


@pytest.fixture
def written_service(
    documents: Service, model_server: ModelServer, tmp_path: Path
) -> Iterator[Service]:
    """The same documents for all tests, and a model that has not failed yet for each."""
    generation = generation_of(model_settings(tmp_path, model_server))
    documents.assistant.generation = generation
    documents.assistant.warm_up()
    yield documents
    assert generation is not None
    generation.close()
