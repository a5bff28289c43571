import hashlib
import os
from pathlib import Path

import pytest

from embeddings.hashes import FileHashes

LONG_AGO_NS = 10**18


def settle(path: Path, mtime_ns: int = LONG_AGO_NS) -> None:
    os.utime(path, ns=(mtime_ns, mtime_ns))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    settle(path)
    return path


def test_the_checksum_is_the_files(file: Path, tmp_path: Path) -> None:
    expected = hashlib.sha256(b"one").hexdigest()

    assert FileHashes(tmp_path / "deep" / "memory.json").sha256(file) == expected


def test_an_unchanged_file_is_not_read_again(file: Path, tmp_path: Path) -> None:
    before = FileHashes(tmp_path / "memory.json").sha256(file)
    file.write_bytes(b"two")
    settle(file)

    assert FileHashes(tmp_path / "memory.json").sha256(file) == before


def test_a_changed_time_makes_it_read_again(file: Path, tmp_path: Path) -> None:
    hashes = FileHashes(tmp_path / "memory.json")
    hashes.sha256(file)
    file.write_bytes(b"two")
    settle(file, LONG_AGO_NS + 1)

    assert hashes.sha256(file) == hashlib.sha256(b"two").hexdigest()


def test_a_file_written_just_now_is_not_remembered(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"one")

    FileHashes(tmp_path / "memory.json").sha256(file)

    assert not (tmp_path / "memory.json").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', '{"a": [1, 2]}', "\x00"])
def test_a_damaged_memory_is_forgotten(file: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "memory.json").write_text(content, encoding="utf-8")

    digest = FileHashes(tmp_path / "memory.json").sha256(file)

    assert digest == hashlib.sha256(b"one").hexdigest()


def test_a_memory_that_cannot_be_written_costs_nothing_but_time(file: Path) -> None:
    digest = FileHashes(file / "not-a-folder" / "memory.json").sha256(file)

    assert digest == hashlib.sha256(b"one").hexdigest()
