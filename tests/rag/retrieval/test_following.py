import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from embeddings.base import Encoder
from embeddings.hashing import HashingEncoder
from rag.assistant import Assistant
from rag.errors import IndexMismatch
from rag.index.local import LocalIndex
from rag.store.base import EncodedChunk, Generation
from rag.store.sqlite import SqliteStore
from rag.types import ChunkDraft
from tests.rag.corpus import put

FIRST, SECOND = HashingEncoder(256), HashingEncoder(128)
TEXTS = {f"{n}.txt": f"The lighthouse of bay{n} was built by Ada in 19{n:02}." for n in range(20)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "store.db", create=True)
    put(store, FIRST, TEXTS)
    yield store
    store.close()


def build_anew(store: SqliteStore, encoder: Encoder) -> None:
    """As an ingest with another model does."""
    wanted = Generation(encoder.name, encoder.fingerprint, encoder.dimension, "chunker")
    generation = store.open_generation(wanted)
    for document, parsed in list(store.documents_outside(generation.id)):
        text, spans = parsed.text, ((0, len(parsed.text)),)
        draft = ChunkDraft(0, text, 0, len(text), 1, 1, None, None, None, 9, spans)
        encoded = encoder.encode_documents([text], [list(spans)])
        directions = np.rint(encoded.span_vectors[0] * 127).astype(np.int8)
        chunk = EncodedChunk(draft, encoded.vectors[0], directions)
        store.add_chunks(generation.id, document.id, (chunk,))
    store.switch_generation(generation.id)


def test_the_model_of_an_index_that_was_built_anew_is_loaded(store: SqliteStore, tmp_path: Path):
    loaded: list[str] = []

    def load(generation: Generation) -> Encoder:
        loaded.append(generation.fingerprint)
        return SECOND

    assistant = Assistant(store, LocalIndex(tmp_path / "index", store), FIRST, load_encoder=load)
    assert assistant.search("lighthouse bay7", k=1)[0].document.uri == "7.txt"
    build_anew(store, SECOND)
    assert assistant.search("lighthouse bay7", k=1)[0].document.uri == "7.txt"
    assert assistant.ask("Who built the lighthouse of bay3?").citations[0].document.uri == "3.txt"
    assert loaded == [SECOND.fingerprint]


def test_many_who_ask_meanwhile_are_all_answered_and_the_model_is_loaded_once_a_change(
    store: SqliteStore, tmp_path: Path
):
    loaded: list[str] = []

    def load(generation: Generation) -> Encoder:
        loaded.append(generation.fingerprint)
        return SECOND if generation.dimension == SECOND.dimension else FIRST

    assistant = Assistant(store, LocalIndex(tmp_path / "index", store), FIRST, load_encoder=load)
    stop = threading.Event()
    wrong: list[str] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                (hit,) = assistant.search("lighthouse bay7", k=1)
                if hit.document.uri != "7.txt":
                    wrong.append(hit.document.uri)
            except BaseException as exc:  # noqa: BLE001 - whatever it is, it is told
                wrong.append(repr(exc))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for encoder in (SECOND, FIRST, SECOND):
        build_anew(store, encoder)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(loaded) <= 3


def test_without_the_model_that_made_the_index_it_says_so(store: SqliteStore, tmp_path: Path):
    index = LocalIndex(tmp_path / "index", store)
    assistant = Assistant(store, index, FIRST, load_encoder=lambda generation: None)
    build_anew(store, SECOND)
    with pytest.raises(IndexMismatch, match="made with the model"):
        assistant.search("lighthouse")
