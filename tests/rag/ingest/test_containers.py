"""Archives as folders: what lies in them is added, updated, moved and deleted like any file."""

import io
import os
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answering.staleness import is_stale
from rag.ingest.parsers.registry import container_for
from rag.ingest.parsers.zip import ZipContainer
from rag.ingest.parsing.carrying_out import carry_out
from rag.ingest.parsing.tasks import Failed, UnpackTask
from rag.ingest.sync import Ingestor
from tests.rag.ingest.small_ingest import LONG_AGO_NS, SmallIngest, generation_of, open_small_ingest
from tests.rag.ingest.test_sync import counts


class ArchiveIngest:
    """A small ingest that looks into archives."""

    def __init__(self, small: SmallIngest) -> None:
        self.small = small
        self.ingestor = Ingestor(
            small.store,
            load_encoder=lambda: small.encoder,
            identity=lambda: generation_of(small.encoder, small.chunker),
            make_chunker=lambda _: small.chunker,
            parser_for=lambda path: small.parser if path.suffix == ".txt" else None,
            data_dir=small.data_dir,
            max_file_bytes=1_000_000,
            refresh_index=lambda: None,
            container_for=container_for,
        )

    def pack(self, name: str, files: dict[str, str | bytes], *, at_ns: int = LONG_AGO_NS) -> Path:
        path = self.small.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed(files))
        os.utime(path, ns=(at_ns, at_ns))
        return path

    def sync(self) -> dict[str, int]:
        return counts(self.ingestor.sync([self.small.docs]))


def packed(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[ArchiveIngest]:
    small = open_small_ingest(tmp_path)
    yield ArchiveIngest(small)
    small.store.close()


def test_files_in_an_archive_are_documents_of_the_folder(kept: ArchiveIngest):
    kept.pack("pack.zip", {"a.txt": "apple", "in/b.txt": "banana", "c.bin": b"\0"})
    assert kept.sync() == {"added": 2, "skipped": 1}
    assert kept.small.paths() == [
        "pack.zip",
        "pack.zip/a.txt",
        "pack.zip/c.bin",
        "pack.zip/in/b.txt",
    ]
    assert kept.small.texts() == ["apple", "banana"]
    (chunk, _), *_ = kept.small.store.chunks(kept.small.store.chunk_ids().tolist()).values()
    document = kept.small.store.document(chunk.document_id)
    assert (document.uri, document.inside) == ("pack.zip/a.txt", "a.txt")
    assert document.path == str(kept.small.docs / "pack.zip")


def test_an_unchanged_archive_is_not_opened(kept: ArchiveIngest):
    path = kept.pack("pack.zip", {"a.txt": "apple", "c.bin": b"\0"})
    kept.sync()
    path.write_bytes(b"x" * path.stat().st_size)
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))
    assert kept.sync() == {"unchanged": 1, "skipped": 1}


def test_a_changed_archive_brings_in_what_changed_only(kept: ArchiveIngest):
    kept.pack("pack.zip", {"a.txt": "apple", "b.txt": "banana", "d.txt": "date"})
    kept.sync()
    kept.pack("pack.zip", {"a.txt": "apple", "b.txt": "berry", "e.txt": "elder"}, at_ns=1)
    assert kept.sync() == {"added": 1, "updated": 1, "deleted": 1, "unchanged": 1}
    assert kept.small.texts() == ["apple", "berry", "elder"]
    assert kept.small.encoder.texts == ["apple", "banana", "date", "berry", "elder"]
    assert kept.sync() == {"unchanged": 3}


def test_a_renamed_archive_is_not_embedded_again(kept: ArchiveIngest):
    path = kept.pack("pack.zip", {"a.txt": "apple", "b.txt": "banana"})
    kept.sync()
    path.rename(kept.small.docs / "other.zip")
    assert kept.sync() == {"moved": 2}
    assert kept.small.encoder.texts == ["apple", "banana"]
    assert kept.small.paths() == ["other.zip", "other.zip/a.txt", "other.zip/b.txt"]


def test_an_unpacked_archive_is_not_embedded_again(kept: ArchiveIngest):
    path = kept.pack("pack.zip", {"a.txt": "apple"})
    kept.sync()
    path.unlink()
    kept.small.write("pack/a.txt", "apple")
    assert kept.sync() == {"moved": 1}
    assert kept.small.encoder.texts == ["apple"]


def test_a_deleted_archive_goes_with_all_that_it_held(kept: ArchiveIngest):
    path = kept.pack("pack.zip", {"a.txt": "apple", "in.zip": packed({"b.txt": "banana"})})
    kept.small.write("c.txt", "cherry")
    kept.sync()
    path.unlink()
    assert kept.sync() == {"deleted": 2, "unchanged": 1}
    assert kept.small.paths() == ["c.txt"]


def test_archives_lie_in_each_other_to_a_depth(kept: ArchiveIngest):
    deepest = packed({"d.txt": "date"})
    third = packed({"c.txt": "cherry", "deep.zip": deepest})
    second = packed({"b.txt": "banana", "third.zip": third})
    kept.pack("first.zip", {"a.txt": "apple", "second.zip": second})
    report = kept.ingestor.sync([kept.small.docs])
    assert counts(report) == {"added": 3, "failed": 1}
    assert report.failed[0].path.endswith("first.zip/second.zip/third.zip/deep.zip")
    assert kept.small.texts() == ["apple", "banana", "cherry"]
    assert counts(kept.ingestor.sync([kept.small.docs])) == {"unchanged": 3, "failed": 1}


def test_one_bad_file_in_an_archive_costs_itself_only(kept: ArchiveIngest):
    kept.pack("pack.zip", {"a.txt": "bad", "b.txt": "banana", "../../etc/c.txt": "evil"})
    report = kept.ingestor.sync([kept.small.docs])
    assert counts(report) == {"added": 1, "failed": 2}
    assert {failed.reason for failed in report.failed} == {
        "It is bad.",
        "Its path leads out of the archive.",
    }


def test_a_broken_archive_is_reported_and_what_it_held_goes(kept: ArchiveIngest):
    path = kept.pack("pack.zip", {"a.txt": "apple"})
    kept.small.write("b.txt", "banana")
    kept.sync()
    path.write_bytes(path.read_bytes()[:-30])
    report = kept.ingestor.sync([kept.small.docs])
    assert counts(report) == {"deleted": 1, "unchanged": 1, "failed": 1}
    assert report.failed[0].reason.startswith("It is no ZIP archive, or a damaged one")
    assert kept.small.texts() == ["banana"]


def test_an_encrypted_member_is_reported(kept: ArchiveIngest):
    data = bytearray(packed({"a.txt": "apple", "b.txt": "banana"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        data[at : at + 2] = struct.pack("<H", 1)
    path = kept.small.docs / "pack.zip"
    path.write_bytes(data)
    report = kept.ingestor.sync([kept.small.docs])
    assert counts(report) == {"added": 1, "failed": 1}
    assert "encrypted" in report.failed[0].reason


def test_a_bomb_costs_itself_only(kept: ArchiveIngest):
    kept.pack("bomb.zip", {"zeros.txt": b"0" * 40_000_000, "a.txt": "apple"})
    report = kept.ingestor.sync([kept.small.docs])
    assert counts(report) == {"added": 1, "failed": 1}
    assert "200 times" in report.failed[0].reason
    assert not (kept.small.data_dir / "unpacked").exists()


@pytest.mark.parametrize(
    ("limits", "said"), [((3, 10**6), "more than the 3 files"), ((9, 20), "more than 20 bytes")]
)
def test_an_archive_over_a_limit_is_not_read(tmp_path: Path, limits: tuple[int, int], said: str):
    path = tmp_path / "many.zip"
    path.write_bytes(packed({f"{n}.txt": f"text {n}" for n in range(4)}))
    outcome = carry_out(UnpackTask(ZipContainer(), path, tmp_path / "out", 10**6, *limits))
    assert isinstance(outcome, Failed)
    assert said in outcome.reason


def test_patterns_reach_into_archives(kept: ArchiveIngest):
    kept.pack("pack.zip", {"a.txt": "apple", "tmp/b.txt": "banana"})
    kept.sync()
    (kept.small.docs / ".quothignore").write_text("tmp/\n", encoding="utf-8")
    assert kept.sync() == {"deleted": 1, "unchanged": 1}
    (kept.small.docs / ".quothignore").unlink()
    assert kept.sync() == {"added": 1, "unchanged": 1}


def test_a_document_in_an_archive_is_stale_when_the_archive_changed(kept: ArchiveIngest):
    path = kept.pack("pack.zip", {"a.txt": "apple"})
    kept.sync()
    record = kept.small.store.files(1)["pack.zip/a.txt"]
    assert record.document_id is not None
    sources = kept.small.store.sources(record.document_id)
    assert [file.path for _, file in sources] == ["pack.zip"]
    assert not is_stale(sources)
    path.write_bytes(packed({"a.txt": "apricot"}))
    assert is_stale(sources)


def test_an_archive_can_be_a_root_of_its_own(kept: ArchiveIngest):
    path = kept.pack("pack.zip", {"a.txt": "bad", "b.txt": "banana"})
    report = kept.ingestor.sync([path])
    assert counts(report) == {"added": 1, "failed": 1}
    assert report.failed[0].path == str(path / "a.txt")
    kept.ingestor.sync([kept.small.docs])
    assert [record.container for record in kept.small.store.files(2).values()] == [
        None,
        "pack.zip",
        "pack.zip",
    ]


def test_what_a_killed_ingest_unpacked_is_removed(kept: ArchiveIngest):
    left = kept.small.data_dir / "unpacked" / "7" / "0.txt"
    left.parent.mkdir(parents=True)
    left.write_text("left", encoding="utf-8")
    kept.small.write("a.txt", "apple")
    kept.sync()
    assert not (kept.small.data_dir / "unpacked").exists()
