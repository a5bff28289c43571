import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from rag.errors import NothingIndexed
from rag.index.base import Candidates, SearchQuery
from rag.index.local import LocalIndex
from rag.store.base import EncodedChunk, Generation
from rag.store.sqlite import SqliteStore
from rag.types import ChunkDraft
from tests.rag.corpus import drop, put

ENCODER = HashingEncoder()
TEXTS = {f"{n}.txt": f"Paper number {n} is about topic{n % 7}. It ends here." for n in range(30)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "store.db", create=True)
    yield store
    store.close()


def ask(index: LocalIndex, text: str, **options: object) -> Candidates:
    query = SearchQuery(ENCODER.encode_query(text), ((text, 1.0),))
    return index.search(query, depth=5, **options)  # type: ignore[arg-type]


def best(store: SqliteStore, candidates: Candidates) -> str:
    position = int(np.argmax(candidates.dense + candidates.lexical))
    return store.chunks([int(candidates.ids[position])])[int(candidates.ids[position])][1].uri


def test_an_empty_store_is_said_to_be_empty(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(NothingIndexed, match="ingested"):
        ask(LocalIndex(tmp_path / "index", store), "anything")


def test_candidates_come_from_both_sides_each_once(store: SqliteStore, tmp_path: Path) -> None:
    put(store, ENCODER, TEXTS)
    found = ask(LocalIndex(tmp_path / "index", store), "paper about topic3")
    assert found.ids.tolist() == sorted(set(found.ids.tolist()))
    assert (found.lexical > 0).any()
    vectors = {row.chunk_id: row.vector for row in store.rows_after(0)}
    query = ENCODER.encode_query("paper about topic3")
    expected = [float(vectors[each] @ query) for each in found.ids.tolist()]
    assert found.dense == pytest.approx(expected, abs=1e-5)


def test_a_running_index_sees_what_was_ingested_since(store: SqliteStore, tmp_path: Path) -> None:
    put(store, ENCODER, TEXTS)
    index = LocalIndex(tmp_path / "index", store)
    ask(index, "warm")
    put(store, ENCODER, {"new.txt": "Zebras graze here."})
    assert best(store, ask(index, "zebras graze")) == "new.txt"
    drop(store, "new.txt")
    assert best(store, ask(index, "topic5")) != "new.txt"


def test_a_saved_index_answers_like_one_built_anew(store: SqliteStore, tmp_path: Path) -> None:
    put(store, ENCODER, TEXTS)
    LocalIndex(tmp_path / "index", store).refresh()
    put(store, ENCODER, {"later.txt": "Later comes topic3."})
    drop(store, "3.txt", "4.txt")
    saved = ask(LocalIndex(tmp_path / "index", store), "topic3")
    fresh = ask(LocalIndex(tmp_path / "fresh", store), "topic3")
    assert saved.ids.tolist() == fresh.ids.tolist()
    assert saved.dense == pytest.approx(fresh.dense, abs=1e-6)


@pytest.mark.parametrize("content", [b"", b"not an index", None])
def test_a_damaged_vector_file_is_replaced_from_the_store(
    store: SqliteStore, tmp_path: Path, content: bytes | None
) -> None:
    put(store, ENCODER, TEXTS)
    LocalIndex(tmp_path / "index", store).refresh()
    [file] = (tmp_path / "index").glob("*/vectors.faiss")
    file.write_bytes(file.read_bytes()[:-7] if content is None else content)
    assert best(store, ask(LocalIndex(tmp_path / "index", store), "number 12")) == "12.txt"


def test_filters_hold_on_both_sides(store: SqliteStore, tmp_path: Path) -> None:
    put(store, ENCODER, TEXTS)
    allowed = store.chunk_ids()[10:12]
    found = ask(LocalIndex(tmp_path / "index", store), "paper topic1", among=allowed)
    assert set(found.ids.tolist()) == set(allowed.tolist())


def test_searches_go_on_while_documents_come_and_go(store: SqliteStore, tmp_path: Path) -> None:
    put(store, ENCODER, TEXTS)
    index = LocalIndex(tmp_path / "index", store)
    ask(index, "warm")
    stop = threading.Event()
    failures: list[BaseException] = []

    def search() -> None:
        while not stop.is_set():
            try:
                ask(index, "zebras graze topic3")
            except BaseException as exc:  # noqa: BLE001 - whatever it is, it is told
                failures.append(exc)
                return

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(12):
        put(store, ENCODER, {f"new{n}.txt": f"Zebras graze at {number}, {n}." for n in range(8)})
        for n in range(8):
            drop(store, f"new{n}.txt")
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_switch_of_the_generation_leaves_the_old_ones_folder_behind_until_it_is_saved(
    store: SqliteStore, tmp_path: Path
) -> None:
    put(store, ENCODER, TEXTS)
    index = LocalIndex(tmp_path / "index", store)
    index.refresh()
    other = store.open_generation(Generation("other", "print", ENCODER.dimension, "other"))
    for document, parsed in list(store.documents_outside(other.id)):
        vector = ENCODER.encode_query(parsed.text)
        draft = ChunkDraft(0, parsed.text, 0, len(parsed.text), 1, 1, None, None, None, 9, ())
        directions = np.zeros((0, ENCODER.dimension), np.int8)
        store.add_chunks(other.id, document.id, (EncodedChunk(draft, vector, directions),))
    store.switch_generation(other.id)
    assert best(store, ask(index, "paper number 7")) == "7.txt"
    index.refresh()
    assert [path.name for path in (tmp_path / "index").iterdir()] == [f"g{other.id}"]
    assert best(store, ask(index, "paper number 7")) == "7.txt"
