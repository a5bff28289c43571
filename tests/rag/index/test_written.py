from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from rag.index.local import LocalIndex
from rag.index.written import FEW_CHANGES, is_nearly_current
from rag.store.sqlite import SqliteStore
from tests.rag.corpus import drop, put

ENCODER = HashingEncoder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "store.db", create=True) as store:
        yield store


def papers(first: int, last: int) -> dict[str, str]:
    return {f"{n}.txt": f"Paper number {n} says {n * n}." for n in range(first, last)}


def test_nothing_written_is_not_current(store: SqliteStore, tmp_path: Path) -> None:
    assert not is_nearly_current(tmp_path / "index", store)
    put(store, ENCODER, papers(0, 2))
    assert not is_nearly_current(tmp_path / "index", store)


def test_a_few_chunks_that_came_or_went_are_left_to_the_next_search(
    store: SqliteStore, tmp_path: Path
) -> None:
    put(store, ENCODER, papers(0, 5))
    LocalIndex(tmp_path / "index", store).refresh()
    put(store, ENCODER, papers(5, 5 + FEW_CHANGES - 1))
    drop(store, "0.txt")
    assert is_nearly_current(tmp_path / "index", store)
    drop(store, "1.txt")
    assert not is_nearly_current(tmp_path / "index", store)
    LocalIndex(tmp_path / "index", store).refresh()
    assert is_nearly_current(tmp_path / "index", store)


def test_a_damaged_manifest_is_not_current(store: SqliteStore, tmp_path: Path) -> None:
    put(store, ENCODER, papers(0, 5))
    LocalIndex(tmp_path / "index", store).refresh()
    (tmp_path / "index" / "g1" / "vectors.faiss.json").write_text("{")
    assert not is_nearly_current(tmp_path / "index", store)
