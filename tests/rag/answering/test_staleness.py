import hashlib
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from rag.answering.staleness import is_stale, rechecked
from rag.ingest.parsers.registry import container_for, parser_for
from rag.ingest.sync import Ingestor
from rag.settings import Settings
from rag.store.base import FileRecord, Root
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.types import Answer
from rag.wiring import ingestor_over
from tests.answers import make_answer, make_citation


@pytest.fixture
def source(tmp_path: Path) -> tuple[Root, FileRecord]:
    file = tmp_path / "a.txt"
    file.write_text("as it was")
    found = file.stat()
    sha256 = hashlib.sha256(b"as it was").hexdigest()
    record = FileRecord("a.txt", found.st_size, found.st_mtime_ns, sha256, "doc_1", "indexed")
    return Root(1, str(tmp_path), "default"), record


def test_an_untouched_file_is_current(source: tuple[Root, FileRecord]) -> None:
    assert not is_stale([source])


def test_a_changed_file_is_stale(source: tuple[Root, FileRecord]) -> None:
    Path(source[0].path, "a.txt").write_text("something else", "utf-8")
    assert is_stale([source])


def test_a_file_changed_to_the_same_size_is_stale(source: tuple[Root, FileRecord]) -> None:
    file = Path(source[0].path, "a.txt")
    file.write_text("as it w@s", "utf-8")
    os.utime(file, ns=(0, 0))
    assert is_stale([source])


def test_a_file_that_was_only_touched_is_current(source: tuple[Root, FileRecord]) -> None:
    os.utime(Path(source[0].path, "a.txt"), ns=(0, 0))
    assert not is_stale([source])


def test_a_file_that_is_gone_is_stale(source: tuple[Root, FileRecord]) -> None:
    Path(source[0].path, "a.txt").unlink()
    assert is_stale([source])


def test_one_current_copy_is_enough(source: tuple[Root, FileRecord], tmp_path: Path) -> None:
    gone = FileRecord("gone.txt", 9, 1, source[1].sha256, "doc_1", "indexed")
    assert not is_stale([(source[0], gone), source])


def test_a_document_without_files_is_current() -> None:
    assert not is_stale([])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "data" / DATABASE_NAME, create=True) as opened:
        yield opened


@pytest.fixture
def ingestor(store: SqliteStore, tmp_path: Path) -> Ingestor:
    settings = Settings(data_dir=tmp_path / "data")
    return ingestor_over(store, settings, parser_for, encoder=HashingEncoder())


@pytest.fixture
def docs(tmp_path: Path, ingestor: Ingestor) -> Path:
    """A folder of two files, which is ingested."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("Trade grew.")
    (folder / "b.txt").write_text("Snow fell.")
    ingestor.sync([folder])
    return folder


def citing_both(store: SqliteStore) -> Answer:
    """An answer that cites both files, the first of them twice."""
    found = store.chunks(store.chunk_ids().tolist()).values()
    by_uri = {document.uri: document for _, document in found}
    cited = (by_uri["a.txt"], by_uri["b.txt"], by_uri["a.txt"])
    return make_answer(citations=tuple(make_citation(each) for each in cited))


def stale_in(answer: Answer, store: SqliteStore) -> list[bool]:
    (now,) = rechecked([answer], store)
    return [citation.stale for citation in now.citations]


def test_an_answer_whose_files_are_as_they_were_stays_as_it_was(
    store: SqliteStore, docs: Path
) -> None:
    answer = citing_both(store)
    assert rechecked([answer, answer], store) == (answer, answer)


def test_what_a_kept_answer_cites_becomes_stale_with_its_file(
    store: SqliteStore, docs: Path
) -> None:
    answer = citing_both(store)
    (docs / "a.txt").write_text("Trade shrank.")
    assert stale_in(answer, store) == [True, False, True]


def test_what_a_kept_answer_cites_stays_stale_when_the_change_is_ingested(
    store: SqliteStore, docs: Path, ingestor: Ingestor
) -> None:
    answer = citing_both(store)
    (docs / "a.txt").write_text("Trade shrank.")
    (docs / "b.txt").unlink()
    ingestor.sync([docs])
    assert stale_in(answer, store) == [True, True, True]


def test_a_renamed_file_makes_nothing_stale_once_it_is_ingested(
    store: SqliteStore, docs: Path, ingestor: Ingestor
) -> None:
    answer = citing_both(store)
    (docs / "a.txt").rename(docs / "c.txt")
    ingestor.sync([docs])
    assert stale_in(answer, store) == [False, False, False]


def test_what_was_stale_is_current_when_its_file_is_put_back(
    store: SqliteStore, docs: Path
) -> None:
    answer = citing_both(store)
    found = (docs / "a.txt").stat()
    (docs / "a.txt").write_text("Trade shrank.")
    (stale,) = rechecked([answer], store)
    (docs / "a.txt").write_text("Trade grew.")
    os.utime(docs / "a.txt", ns=(found.st_atime_ns, found.st_mtime_ns))
    assert stale_in(stale, store) == [False, False, False]


def test_a_file_on_another_machine_is_not_looked_for(source: tuple[Root, FileRecord]) -> None:
    root, record = source
    Path(root.path, "a.txt").unlink()
    assert is_stale([(root, record)])
    assert not is_stale([(replace(root, away=True), record)])


def test_what_lies_in_an_archive_is_stale_when_the_archive_changes(
    store: SqliteStore, tmp_path: Path
) -> None:
    archive = tmp_path / "docs" / "old.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a.txt", "Trade grew.")
        opened.writestr("b.txt", "Snow fell.")
    settings = Settings(data_dir=tmp_path / "data")
    ingestor_over(
        store, settings, parser_for, container_for=container_for, encoder=HashingEncoder()
    ).sync([archive.parent])
    found = store.chunks(store.chunk_ids().tolist()).values()
    answer = make_answer(citations=tuple(make_citation(document) for _, document in found))
    assert stale_in(answer, store) == [False, False]
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("c.txt", "Rain came.")
    assert stale_in(answer, store) == [True, True]
    archive.unlink()
    assert stale_in(answer, store) == [True, True]


def test_one_of_two_places_is_enough_for_a_document_also_in_an_archive(
    store: SqliteStore, tmp_path: Path
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("Trade grew.")
    with zipfile.ZipFile(docs / "copy.zip", "w") as opened:
        opened.writestr("a.txt", "Trade grew.")
    settings = Settings(data_dir=tmp_path / "data")
    ingestor_over(
        store, settings, parser_for, container_for=container_for, encoder=HashingEncoder()
    ).sync([docs])
    ((_, document),) = store.chunks(store.chunk_ids().tolist()).values()
    (docs / "a.txt").unlink()
    assert not is_stale(store.sources(document.id))
    (docs / "copy.zip").unlink()
    assert is_stale(store.sources(document.id))
