from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from rag.index.analysis import Analyzer
from rag.retrieval import shelf as shelf_module
from rag.retrieval.shelf import Shelf
from rag.store.sqlite import SqliteStore
from tests.rag.corpus import drop, put

ENCODER = HashingEncoder()
TEXTS = {"bus.txt": "The bus is long. It is red.", "letter.txt": "A letter came."}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "store.db", create=True)
    put(store, ENCODER, TEXTS)
    yield store
    store.close()


@pytest.fixture
def shelf(store: SqliteStore) -> Shelf:
    return Shelf(store, Analyzer().word_set, ENCODER.dimension)


def test_chunks_come_in_the_order_asked_for_and_missing_ones_are_left_out(
    store: SqliteStore, shelf: Shelf
) -> None:
    first, second = store.chunk_ids().tolist()
    opened = shelf.get([second, 99, first], store.revision())
    assert [each.chunk.id for each in opened] == [second, first]
    assert [each.chunk.id for each in shelf.get([first, second], store.revision())] == [
        first,
        second,
    ]


def test_sentences_have_their_texts_words_and_unit_vectors(
    store: SqliteStore, shelf: Shelf
) -> None:
    opened = next(
        each
        for each in shelf.get(store.chunk_ids().tolist(), store.revision())
        if each.document.uri == "bus.txt"
    )
    assert opened.texts == ("The bus is long.", "It is red.")
    assert opened.words == (frozenset({"bus", "long"}), frozenset({"red"}))
    assert opened.framing == {"bus"}
    np.testing.assert_allclose(np.linalg.norm(opened.units, axis=1), 1.0, atol=1e-5)
    assert opened.sentence(1) == ((opened.chunk.id, opened.chunk.sentences[1][0]), "It is red.")


def test_what_was_removed_or_renamed_is_not_remembered(store: SqliteStore, shelf: Shelf) -> None:
    ids = store.chunk_ids().tolist()
    shelf.get(ids, store.revision())
    drop(store, "letter.txt")
    assert [each.document.uri for each in shelf.get(ids, store.revision())] == ["bus.txt"]


def test_no_more_than_a_number_of_chunks_is_remembered(
    store: SqliteStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf_module, "MOST_CHUNKS", 1)
    ids = store.chunk_ids().tolist()
    assert len(shelf.get(ids, store.revision())) == 2
    assert len(shelf._kept) == 1
    assert len(shelf.get(ids, store.revision())) == 2
