import json
from pathlib import Path

import pytest

from rag.errors import ReaderFailed, ReaderMissing, ReaderRejected
from rag.reading.base import Window
from rag.reading.loading import find_reader, has_reader, load_reader
from tests.reading.tiny import write_manifest


@pytest.fixture
def copied(tiny_folder: Path, tmp_path: Path) -> Path:
    """A reader that may be damaged."""
    folder = tmp_path / "reader"
    folder.mkdir()
    for file in tiny_folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_a_whole_reader_is_loaded_and_reads(tiny_folder: Path, tmp_path: Path) -> None:
    reader = load_reader(tmp_path / "cache", tiny_folder)

    [reading] = reader.read("When?", [Window("In 1882.", 0, 8)])
    assert reading.span[0] < reading.span[1]
    assert reader.fingerprint == find_reader(tiny_folder).fingerprint
    reader.close()
    assert has_reader(tiny_folder)


def test_weights_that_are_not_there_are_missing(tmp_path: Path) -> None:
    assert not has_reader(tmp_path)
    with pytest.raises(ReaderMissing) as missing:
        load_reader(tmp_path, tmp_path)
    assert "QUOTH_READER=off" in missing.value.hint


@pytest.mark.parametrize("file", ["reader.xml", "reader.bin", "tokenizer.json"])
def test_a_file_that_was_altered_or_is_gone_is_refused(
    copied: Path, tmp_path: Path, file: str
) -> None:
    whole = (copied / file).read_bytes()
    (copied / file).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ReaderRejected, match=file):
        load_reader(tmp_path / "cache", copied)
    (copied / file).unlink()
    with pytest.raises(ReaderRejected, match=file):
        load_reader(tmp_path / "cache", copied)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        '{"format": 2}',
        '{"format": 1}',
        '{"format": 1, "sha256": []}',
        '{"format": 1, "sha256": {}}',
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(copied: Path, text: str) -> None:
    (copied / "manifest.json").write_text(text)
    with pytest.raises(ReaderRejected, match="manifest"):
        find_reader(copied)


def test_limits_that_leave_no_room_are_refused(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    for name, value in [("max_tokens", 20), ("max_tokens", "x"), ("max_title_tokens", -1)]:
        (copied / "manifest.json").write_text(json.dumps(manifest | {name: value}))
        with pytest.raises(ReaderRejected):
            find_reader(copied)


@pytest.mark.parametrize("file", ["reader.xml", "tokenizer.json"])
def test_files_that_are_promised_and_yet_no_model_fail_in_one_sentence(
    copied: Path, tmp_path: Path, file: str
) -> None:
    (copied / file).write_text("{}")
    write_manifest(copied)
    with pytest.raises(ReaderFailed, match="cannot be loaded"):
        load_reader(tmp_path / "cache", copied)


def test_the_fingerprint_tells_weights_apart(copied: Path, tiny_folder: Path) -> None:
    assert find_reader(copied).fingerprint == find_reader(tiny_folder).fingerprint
    (copied / "reader.bin").write_bytes(b"other")
    write_manifest(copied)
    assert find_reader(copied).fingerprint != find_reader(tiny_folder).fingerprint
