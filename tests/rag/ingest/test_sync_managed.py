"""The root for uploads, which lies in the data folder, among the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import IngestError, NothingIndexed
from rag.ingest.locking import ingest_lock
from tests.rag.ingest.small_ingest import SmallIngest, open_small_ingest


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallIngest]:
    opened = open_small_ingest(tmp_path)
    yield opened
    opened.store.close()


@pytest.fixture
def uploads(small: SmallIngest) -> Path:
    folder = small.data_dir / "uploads"
    folder.mkdir()
    small.store.managed_root(str(folder))
    return folder


def test_an_ingest_of_all_roots_brings_uploads_in(small: SmallIngest, uploads: Path):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    (uploads / "b.txt").write_text("banana", encoding="utf-8")
    (uploads / ".incoming-1").write_text("half", encoding="utf-8")
    assert small.ingestor.sync(None).added == 1
    assert small.texts() == ["apple", "banana"]


def test_the_rest_of_the_data_folder_is_still_no_documents(small: SmallIngest, uploads: Path):
    for path in (small.data_dir, small.data_dir / "index"):
        with pytest.raises(IngestError, match="Quoth's own data"):
            small.ingestor.sync([path])


def test_a_folder_called_uploads_is_nothing_special_before_there_is_one(small: SmallIngest):
    (small.data_dir / "uploads").mkdir()
    with pytest.raises(IngestError, match="Quoth's own data"):
        small.ingestor.sync([small.data_dir / "uploads"])


@pytest.mark.parametrize("is_there", [True, False])
def test_uploads_need_not_hold_anything(small: SmallIngest, uploads: Path, is_there: bool):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    if not is_there:
        uploads.rmdir()
    assert small.ingestor.sync(None).unchanged == 1


@pytest.mark.parametrize("is_there", [True, False])
def test_uploads_that_are_suddenly_gone_are_kept_in_the_index_and_named(
    small: SmallIngest, uploads: Path, is_there: bool
):
    upload = uploads / "b.txt"
    upload.write_text("banana", encoding="utf-8")
    small.ingestor.sync(None)
    upload.unlink()
    if not is_there:
        uploads.rmdir()
    (warning,) = small.ingestor.sync(None).warnings
    assert "what was indexed was kept" in warning
    assert "--allow-empty" in warning
    assert small.texts() == ["banana"]
    assert small.ingestor.sync(None, allow_empty=True).deleted == 1


def test_a_root_around_the_data_folder_leaves_uploads_alone(
    small: SmallIngest, uploads: Path, tmp_path: Path
):
    small.write("a.txt", "apple")
    (uploads / "b.txt").write_text("banana", encoding="utf-8")
    small.ingestor.sync(None)
    small.ingestor.sync([tmp_path])
    assert [(root.path, root.managed) for root in small.store.roots()] == [
        (str(tmp_path), False),
        (str(uploads), True),
    ]
    assert small.paths() == ["b.txt", "docs/a.txt"]
    (uploads / "c.txt").write_text("cherry", encoding="utf-8")
    small.ingestor.sync([uploads / "c.txt"])
    small.ingestor.sync(None)
    assert small.paths() == ["b.txt", "c.txt", "docs/a.txt"]


def test_uploads_cannot_be_forgotten_as_a_whole(small: SmallIngest, uploads: Path):
    (uploads / "b.txt").write_text("banana", encoding="utf-8")
    small.ingestor.sync(None)
    with pytest.raises(IngestError, match="what was uploaded"):
        small.ingestor.forget(uploads)
    assert small.texts() == ["banana"]


def test_without_any_root_there_is_nothing_to_bring_in(small: SmallIngest):
    with pytest.raises(NothingIndexed):
        small.ingestor.sync(None)


def test_whoever_holds_the_lock_can_ingest(small: SmallIngest):
    small.write("a.txt", "apple")
    with ingest_lock(small.data_dir):
        assert small.ingestor.sync_locked([small.docs]).added == 1
