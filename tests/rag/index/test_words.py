from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from rag.index.analysis import Analyzer
from rag.index.words import WordIndex
from rag.store.sqlite import SqliteStore
from tests.rag.corpus import drop, put

TEXTS = {
    "rail.txt": "The railway has three tunnels. It starts in Kashgar.",
    "bus.txt": "An electric bus runs in Astana. It is 18 meters long.",
    "tea.txt": "中亚峰会在阿斯塔纳举行. Железная дорога открыта.",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path / "store.db", create=True)
    put(store, HashingEncoder(), TEXTS)
    yield store
    store.close()


def words_of(store: SqliteStore, folder: Path) -> WordIndex:
    index = WordIndex(folder, Analyzer())
    index.catch_up(store, store.revision())
    return index


def found(store: SqliteStore, index: WordIndex, query: str) -> list[str]:
    ids = index.search(((query, 1.0),), 10).ids.tolist()
    chunks = store.chunks(ids)
    return [chunks[each][1].uri for each in ids]


def test_a_passage_is_found_by_its_words(store: SqliteStore, tmp_path: Path) -> None:
    assert found(store, words_of(store, tmp_path / "w"), "tunnel of the railways") == ["rail.txt"]


@pytest.mark.parametrize("query", ["峰会", "железной дороги"])
def test_chinese_and_russian_are_found_by_their_words(
    store: SqliteStore, tmp_path: Path, query: str
) -> None:
    assert found(store, words_of(store, tmp_path / "w"), query) == ["tea.txt"]


def test_scores_are_shares_of_the_best_possible(store: SqliteStore, tmp_path: Path) -> None:
    scores = words_of(store, tmp_path / "w").search((("electric bus tunnels", 1.0),), 10).scores
    assert len(scores) == 2
    assert all(0 < score < 1 for score in scores)


def test_a_word_nobody_wrote_lowers_every_score(store: SqliteStore, tmp_path: Path) -> None:
    index = words_of(store, tmp_path / "w")
    plain = index.search((("railway tunnels", 1.0),), 1).scores[0]
    assert index.search((("railway tunnels zyzzyva", 1.0),), 1).scores[0] < plain


def test_a_query_without_known_words_finds_nothing(store: SqliteStore, tmp_path: Path) -> None:
    index = words_of(store, tmp_path / "w")
    assert index.search((("what of it", 1.0),), 10).ids.size == 0
    assert index.search((("zyzzyva", 1.0),), 10).ids.size == 0


def test_only_the_allowed_passages_are_found(store: SqliteStore, tmp_path: Path) -> None:
    index = words_of(store, tmp_path / "w")
    query = (("railway bus", 1.0),)
    both = index.search(query, 10).ids
    assert len(both) == 2
    assert index.search(query, 10, among=both[:1]).ids.tolist() == both[:1].tolist()
    assert index.search(query, 10, among=np.empty(0, np.int64)).ids.size == 0


def test_an_earlier_turn_counts_less_than_the_question(store: SqliteStore, tmp_path: Path) -> None:
    index = words_of(store, tmp_path / "w")
    hits = index.search((("bus", 1.0), ("tunnels", 0.2)), 10)
    chunks = store.chunks(hits.ids.tolist())
    assert chunks[int(hits.ids[0])][1].uri == "bus.txt"
    assert hits.scores[1] < hits.scores[0] / 2


def test_catching_up_adds_and_removes(store: SqliteStore, tmp_path: Path) -> None:
    index = words_of(store, tmp_path / "w")
    put(store, HashingEncoder(), {"new.txt": "A tunnel was opened."})
    drop(store, "rail.txt")
    index.catch_up(store, store.revision())
    assert found(store, index, "tunnels") == ["new.txt"]


def test_another_reader_of_the_folder_starts_where_the_first_left(
    store: SqliteStore, tmp_path: Path
) -> None:
    first = words_of(store, tmp_path / "w")
    second = WordIndex(tmp_path / "w", Analyzer())
    assert second.revision == first.revision
    assert found(store, second, "tunnels") == ["rail.txt"]


def test_scores_after_many_deletions_equal_those_of_a_fresh_index(
    store: SqliteStore, tmp_path: Path
) -> None:
    index = words_of(store, tmp_path / "w")
    drop(store, "bus.txt")
    index.catch_up(store, store.revision())
    fresh = words_of(store, tmp_path / "fresh")
    query = (("railway tunnels", 1.0),)
    assert index.search(query, 5).scores.tolist() == fresh.search(query, 5).scores.tolist()


@pytest.mark.parametrize("damage", ["truncate", "remove"])
def test_a_damaged_revision_is_built_anew(store: SqliteStore, tmp_path: Path, damage: str) -> None:
    words_of(store, tmp_path / "w")
    [segment] = (tmp_path / "w").glob("r*/*.term")
    if damage == "truncate":
        segment.write_bytes(segment.read_bytes()[:10])
    else:
        segment.unlink()
    assert found(store, words_of(store, tmp_path / "w"), "tunnels") == ["rail.txt"]


def test_what_a_killed_process_left_behind_is_cleared(store: SqliteStore, tmp_path: Path) -> None:
    (tmp_path / "w" / "tmp-1").mkdir(parents=True)
    words_of(store, tmp_path / "w")
    assert not list((tmp_path / "w").glob("tmp-*"))


def test_a_folder_that_cannot_be_written_is_replaced_by_memory(
    store: SqliteStore, tmp_path: Path
) -> None:
    (tmp_path / "w").write_text("a file where the folder should be")
    assert found(store, words_of(store, tmp_path / "w"), "tunnels") == ["rail.txt"]
