import errno
import io
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import (
    DiskFull,
    DocumentExists,
    DocumentSynced,
    FileUnreadable,
    IndexMismatch,
    IngestBusy,
    PermissionMissing,
    StoreError,
    UnknownDocument,
    UploadInvalid,
    UploadTooLarge,
    UploadUnsupported,
)
from rag.filters import FULL_ACCESS, NO_FILTERS
from rag.ingest.locking import ingest_lock
from rag.types import Document
from rag.uploads import Uploads
from tests.rag.ingest.small_ingest import (
    CountingEncoder,
    ParagraphChunker,
    SmallIngest,
    open_small_ingest,
)

MAX_BYTES = 3 * 2**20


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallIngest]:
    opened = open_small_ingest(tmp_path)
    yield opened
    opened.store.close()


def uploads_of(small: SmallIngest, *, wait_s: float = 5.0) -> Uploads:
    return Uploads(
        small.store,
        small.ingestor,
        data_dir=small.data_dir,
        parser_for=lambda path: small.parser if path.suffix == ".txt" else None,
        suffixes=small.parser.suffixes,
        max_bytes=MAX_BYTES,
        wait_s=wait_s,
    )


@pytest.fixture
def uploads(small: SmallIngest) -> Uploads:
    return uploads_of(small)


def send(uploads: Uploads, name: str, text: str, *, replace: bool = False) -> Document:
    return uploads.receive(name, io.BytesIO(text.encode()), replace=replace)


def files(uploads: Uploads) -> dict[str, str]:
    """All files there, hidden ones too."""
    if not uploads.root.is_dir():
        return {}
    return {path.name: path.read_text(encoding="utf-8") for path in uploads.root.iterdir()}


class FailingContent(io.BytesIO):
    """Gives its first bytes, then fails as a disk does."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(errno.EIO, "Input/output error")
        return super().read(5)


def test_an_upload_can_be_found_at_once(small: SmallIngest, uploads: Uploads) -> None:
    document = send(uploads, "a.txt", "apple")
    assert (document.uri, document.paths) == ("a.txt", ("a.txt",))
    assert document.path == str(uploads.root / "a.txt")
    assert small.texts() == ["apple"]
    assert files(uploads) == {"a.txt": "apple"}


def test_a_large_upload_is_copied_whole(small: SmallIngest, uploads: Uploads) -> None:
    text = "x" * MAX_BYTES
    small.max_file_bytes = MAX_BYTES
    document = send(uploads_of(small), "a.txt", text)
    assert small.store.document_text(document.id) == text


def test_an_empty_upload_is_a_document(small: SmallIngest, uploads: Uploads) -> None:
    document = send(uploads, "a.txt", "")
    assert small.store.document_text(document.id) == ""


def test_no_sync_drops_an_upload(small: SmallIngest, uploads: Uploads) -> None:
    send(uploads, "a.txt", "apple")
    small.write("b.txt", "banana")
    small.ingestor.sync([small.docs])
    small.ingestor.sync(None)
    assert small.texts() == ["apple", "banana"]


@pytest.mark.parametrize("name", ["ä б 字.txt", "a b.txt", "a.b.TXT.txt", "~a.txt", "%2e%2e.txt"])
def test_unusual_names_are_kept(uploads: Uploads, name: str) -> None:
    assert send(uploads, name, "apple").uri == name
    assert send(uploads, name, "banana", replace=True).uri == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x.txt",
        "/etc/x.txt",
        "a/b.txt",
        "..\\x.txt",
        "C:\\x.txt",
        ".hidden.txt",
        "a\0.txt",
        "a\n.txt",
        "a\x1b[31m.txt",
        "a\x7f.txt",
        "a\u2028.txt",
        "a\udc80.txt",
        "a" * 252 + ".txt",
        "字" * 84 + ".txt",
    ],
)
def test_a_name_that_leads_elsewhere_or_cannot_be_shown_is_refused(
    uploads: Uploads, tmp_path: Path, name: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UploadInvalid):
        send(uploads, name, "apple")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_name_of_255_bytes_fits(uploads: Uploads) -> None:
    name = "a" * 251 + ".txt"
    assert send(uploads, name, "apple").uri == name


def test_a_file_that_no_parser_reads_is_refused(uploads: Uploads) -> None:
    for name in ("a.exe", "a", "txt"):
        with pytest.raises(UploadUnsupported) as caught:
            send(uploads, name, "apple")
        assert ".txt" in caught.value.hint
    assert files(uploads) == {}


def test_one_byte_too_many_is_refused_and_nothing_is_left(uploads: Uploads) -> None:
    with pytest.raises(UploadTooLarge, match="3,145,728"):
        uploads.receive("a.txt", io.BytesIO(b"x" * (MAX_BYTES + 1)))
    assert files(uploads) == {}


def test_a_file_of_that_name_is_not_overwritten_unasked(
    small: SmallIngest, uploads: Uploads
) -> None:
    send(uploads, "a.txt", "apple")
    with pytest.raises(DocumentExists, match=r"a\.txt"):
        send(uploads, "a.txt", "apricot")
    assert files(uploads) == {"a.txt": "apple"}
    assert small.texts() == ["apple"]


def test_a_file_makes_way_for_another_when_asked(small: SmallIngest, uploads: Uploads) -> None:
    old = send(uploads, "a.txt", "apple")
    new = send(uploads, "a.txt", "apricot", replace=True)
    assert new.id != old.id
    assert files(uploads) == {"a.txt": "apricot"}
    assert small.texts() == ["apricot"]


def test_the_same_content_again_is_the_same_document(small: SmallIngest, uploads: Uploads) -> None:
    first = send(uploads, "a.txt", "apple")
    assert send(uploads, "a.txt", "apple", replace=True).id == first.id
    second = send(uploads, "b.txt", "apple")
    assert (second.id, second.paths) == (first.id, ("a.txt", "b.txt"))
    assert small.texts() == ["apple"]


@pytest.mark.parametrize("text", ["bad", "broken"])
def test_what_cannot_be_read_leaves_nothing(
    small: SmallIngest, uploads: Uploads, text: str
) -> None:
    with pytest.raises(FileUnreadable, match=r"'a\.txt' cannot be read"):
        send(uploads, "a.txt", text)
    assert files(uploads) == {}
    assert small.paths() == []
    assert small.store.failed_files() == ()


@pytest.mark.parametrize("text", ["bad", "broken"])
def test_what_cannot_be_read_replaces_nothing(
    small: SmallIngest, uploads: Uploads, text: str
) -> None:
    old = send(uploads, "a.txt", "apple")
    ids = small.store.chunk_ids().tolist()
    with pytest.raises(FileUnreadable):
        send(uploads, "a.txt", text, replace=True)
    assert files(uploads) == {"a.txt": "apple"}
    assert small.store.document(old.id) == old
    assert small.store.chunk_ids().tolist() == ids
    small.ingestor.sync(None)
    assert small.texts() == ["apple"]


def test_an_encoder_that_fails_changes_nothing(small: SmallIngest, uploads: Uploads) -> None:
    send(uploads, "a.txt", "apple")

    def fail() -> None:
        raise StoreError("There is no room left.")

    small.encoder.on_encode = fail
    for name in ("a.txt", "b.txt"):
        with pytest.raises(StoreError):
            send(uploads, name, "banana", replace=True)
    assert files(uploads) == {"a.txt": "apple"}
    assert small.texts() == ["apple"]
    assert small.paths() == ["a.txt"]
    small.encoder.on_encode = lambda: None
    small.ingestor.sync(None)
    assert small.texts() == ["apple"]


def test_content_that_fails_half_way_leaves_nothing(uploads: Uploads) -> None:
    with pytest.raises(StoreError, match="Input/output error"):
        uploads.receive("a.txt", FailingContent(b"x" * 100))
    assert files(uploads) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="this user may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(uploads: Uploads) -> None:
    uploads.root.mkdir()
    uploads.root.chmod(0o500)
    try:
        with pytest.raises(PermissionMissing, match="uploads"):
            send(uploads, "a.txt", "apple")
    finally:
        uploads.root.chmod(0o700)


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EACCES, PermissionMissing),
        (errno.ENAMETOOLONG, UploadInvalid),
    ],
)
def test_errors_of_the_file_system_are_told_apart(
    uploads: Uploads, number: int, error: type[Exception]
) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(number, os.strerror(number))

    with pytest.raises(error):
        uploads.receive("a.txt", Failing())


def test_a_link_is_replaced_and_never_followed(
    small: SmallIngest, uploads: Uploads, tmp_path: Path
) -> None:
    send(uploads, "a.txt", "apple")
    outside = tmp_path / "outside.txt"
    outside.write_text("mine", encoding="utf-8")
    (uploads.root / "b.txt").symlink_to(outside)
    (uploads.root / "c.txt").symlink_to(tmp_path / "nowhere.txt")
    for name in ("b.txt", "c.txt"):
        with pytest.raises(DocumentExists):
            send(uploads, name, "banana")
        with pytest.raises(FileUnreadable):
            send(uploads, name, "bad", replace=True)
        assert (uploads.root / name).is_symlink()
        send(uploads, name, "banana", replace=True)
        assert not (uploads.root / name).is_symlink()
    assert [root.managed for root in small.store.roots()] == [True]
    assert outside.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "nowhere.txt").exists()


def test_a_folder_of_that_name_is_not_replaced(uploads: Uploads) -> None:
    (uploads.root / "a.txt").mkdir(parents=True)
    with pytest.raises(DocumentExists):
        send(uploads, "a.txt", "apple", replace=True)
    assert (uploads.root / "a.txt").is_dir()


def test_what_a_killed_process_left_goes_after_a_day(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(uploads, "a.txt", "apple")
    left = [uploads.root / ".incoming-1", uploads.root / ".previous-1"]
    for path in left:
        path.write_text("half", encoding="utf-8")
        os.utime(path, (1, 1))
    send(uploads, "b.txt", "banana")
    assert all(path.exists() for path in left)
    tomorrow = time.time() + 24 * 3600 + 60
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    send(uploads, "c.txt", "cherry")
    assert sorted(files(uploads)) == ["a.txt", "b.txt", "c.txt"]


def test_an_upload_waits_for_an_ingest_that_is_running(
    small: SmallIngest, uploads: Uploads
) -> None:
    received = []
    thread = threading.Thread(target=lambda: received.append(send(uploads, "a.txt", "apple")))
    with ingest_lock(small.data_dir):
        thread.start()
        thread.join(0.2)
        assert not received
    thread.join()
    assert [document.uri for document in received] == ["a.txt"]


def test_an_ingest_that_goes_on_keeps_nothing_of_an_upload(small: SmallIngest) -> None:
    uploads = uploads_of(small, wait_s=0.1)
    with ingest_lock(small.data_dir), pytest.raises(IngestBusy):
        send(uploads, "a.txt", "apple")
    assert files(uploads) == {}
    assert small.texts() == []


def test_uploads_that_come_at_once_are_all_taken_in(small: SmallIngest) -> None:
    first, second = uploads_of(small), uploads_of(small)  # as two processes have them
    threads = [
        threading.Thread(target=send, args=(uploads, f"{n}.txt", f"fruit {n}"))
        for n in range(4)
        for uploads in [(first, second)[n % 2]]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert small.texts() == [f"fruit {n}" for n in range(4)]


def test_of_two_files_of_one_name_only_the_first_is_taken(small: SmallIngest) -> None:
    outcomes: list[str] = []

    def receive(uploads: Uploads, text: str) -> None:
        try:
            outcomes.append(send(uploads, "a.txt", text).uri)
        except DocumentExists:
            outcomes.append("refused")

    threads = [
        threading.Thread(target=receive, args=(uploads_of(small), text))
        for text in ("apple", "banana", "cherry")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["a.txt", "refused", "refused"]
    assert len(small.texts()) == 1


def test_an_upload_builds_no_other_index(small: SmallIngest, uploads: Uploads) -> None:
    send(uploads, "a.txt", "apple")
    small.chunker = ParagraphChunker("paragraphs-2")
    with pytest.raises(IndexMismatch, match="paragraphs-1"):
        send(uploads_of(small), "b.txt", "banana")
    small.chunker, small.encoder = ParagraphChunker(), CountingEncoder(32)
    with pytest.raises(IndexMismatch):
        send(uploads_of(small), "b.txt", "banana")
    assert files(uploads) == {"a.txt": "apple"}


def test_a_removed_document_is_gone_with_its_files(small: SmallIngest, uploads: Uploads) -> None:
    document = send(uploads, "a.txt", "apple")
    send(uploads, "copy.txt", "apple")
    send(uploads, "b.txt", "banana")
    uploads.remove(document.id)
    assert files(uploads) == {"b.txt": "banana"}
    assert small.texts() == ["banana"]
    with pytest.raises(UnknownDocument):
        uploads.remove(document.id)


def test_the_last_upload_can_be_removed(small: SmallIngest, uploads: Uploads) -> None:
    uploads.remove(send(uploads, "a.txt", "apple").id)
    assert small.texts() == []
    assert files(uploads) == {}
    small.ingestor.sync(None)
    assert send(uploads, "a.txt", "apple").uri == "a.txt"


def test_a_document_whose_file_is_gone_already_can_be_removed(
    small: SmallIngest, uploads: Uploads
) -> None:
    document = send(uploads, "a.txt", "apple")
    (uploads.root / "a.txt").unlink()
    uploads.remove(document.id)
    assert small.texts() == []


def test_removing_one_upload_keeps_the_others_whose_files_are_out_of_reach(
    small: SmallIngest, uploads: Uploads
) -> None:
    document = send(uploads, "a.txt", "apple")
    send(uploads, "b.txt", "banana")
    uploads.root.rename(small.data_dir / "unmounted")
    uploads.remove(document.id)
    assert small.texts() == ["banana"]


def test_a_document_in_a_folder_of_uploads_can_be_removed(
    small: SmallIngest, uploads: Uploads
) -> None:
    send(uploads, "a.txt", "apple")
    (uploads.root / "sub").mkdir()
    (uploads.root / "sub/b.txt").write_text("banana", encoding="utf-8")
    small.ingestor.sync(None)
    _, entry = small.store.documents(NO_FILTERS, FULL_ACCESS)
    uploads.remove(entry.document.id)
    assert small.texts() == ["apple"]


def test_a_file_of_the_users_is_never_deleted(small: SmallIngest, uploads: Uploads) -> None:
    theirs = small.write("docs/a.txt", "apple")
    small.ingestor.sync([small.docs])
    document = send(uploads, "copy.txt", "apple")
    uploads.remove(document.id)
    assert theirs.exists()
    assert files(uploads) == {}
    assert small.store.document(document.id).paths == ("docs/a.txt",)
    assert small.texts() == ["apple"]
    with pytest.raises(DocumentSynced, match=str(theirs)) as refusal:
        uploads.remove(document.id)
    assert document.id not in refusal.value.message
    assert theirs.exists()
    assert small.texts() == ["apple"]


@pytest.mark.parametrize("name", ["0.txt", "m.txt", "z.txt"])
def test_an_upload_never_renames_what_lies_in_a_folder(
    small: SmallIngest, uploads: Uploads, name: str
) -> None:
    theirs = small.write("docs/m.txt", "apple")
    small.ingestor.sync([small.docs])
    (before,) = small.store.documents(NO_FILTERS, FULL_ACCESS)
    for _ in range(2):
        document = send(uploads, name, "apple", replace=True)
        assert (document.uri, document.path) == (before.document.uri, str(theirs))
        assert document.title == before.document.title
        assert document.paths == tuple(sorted({before.document.uri, name}))
        (listed,) = small.store.documents(NO_FILTERS, FULL_ACCESS)
        assert listed.document == document == small.store.entry(document.id).document


def test_an_upload_leaves_its_document_at_its_place_in_the_listing(
    small: SmallIngest, uploads: Uploads
) -> None:
    for name, text in (("a.txt", "apple"), ("m.txt", "melon")):
        small.write(name, text)
    small.ingestor.sync([small.docs])
    send(uploads, "z.txt", "apple")
    (first,) = small.store.documents(NO_FILTERS, FULL_ACCESS, limit=1)
    rest = small.store.documents(NO_FILTERS, FULL_ACCESS, after=first.document.id)
    assert [each.document.uri for each in (first, *rest)] == ["a.txt", "m.txt"]


def test_a_single_file_that_was_ingested_is_never_deleted(
    small: SmallIngest, uploads: Uploads
) -> None:
    theirs = small.write("a.txt", "apple")
    small.ingestor.sync([theirs])
    (entry,) = small.store.documents(NO_FILTERS, FULL_ACCESS)
    with pytest.raises(DocumentSynced, match=str(theirs)):
        uploads.remove(entry.document.id)
    assert theirs.exists()


def test_removing_waits_no_longer_than_it_may(small: SmallIngest) -> None:
    uploads = uploads_of(small, wait_s=0.1)
    document = send(uploads, "a.txt", "apple")
    with ingest_lock(small.data_dir), pytest.raises(IngestBusy):
        uploads.remove(document.id)
    assert files(uploads) == {"a.txt": "apple"}


def test_what_was_uploaded_may_be_removed_wherever_else_it_lies(
    small: SmallIngest, uploads: Uploads
) -> None:
    small.write("a.txt", "apple")
    small.write("b.txt", "banana")
    small.ingestor.sync([small.docs])
    held = {
        entry.document.title: uploads.holds(entry)
        for entry in small.store.documents(NO_FILTERS, FULL_ACCESS)
    }
    assert held == {"a": False, "b": False}
    send(uploads, "b.txt", "banana")
    send(uploads, "c.txt", "cherry")
    held = {
        entry.document.title: uploads.holds(entry)
        for entry in small.store.documents(NO_FILTERS, FULL_ACCESS)
    }
    assert held == {"a": False, "b": True, "c": True}
