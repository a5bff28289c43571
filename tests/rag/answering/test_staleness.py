import hashlib
import os
from pathlib import Path

import pytest

from rag.answering.staleness import is_stale
from rag.store.base import FileRecord, Root


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
    Path(source[0].path, "a.txt").write_text("something else")
    assert is_stale([source])


def test_a_file_changed_to_the_same_size_is_stale(source: tuple[Root, FileRecord]) -> None:
    file = Path(source[0].path, "a.txt")
    file.write_text("as it w@s")
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
