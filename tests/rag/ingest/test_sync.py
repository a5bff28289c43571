from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.errors import (
    IngestBusy,
    IngestError,
    Interrupted,
    NothingIndexed,
    PathNotFound,
    RootEmptied,
    RootMissing,
)
from rag.ingest.locking import ingest_lock
from rag.types import SyncProgress, SyncReport, SyncStage
from tests.rag.ingest.small_ingest import (
    LONG_AGO_NS,
    CountingEncoder,
    ParagraphChunker,
    PlainParser,
    SmallIngest,
    closed,
    open_small_ingest,
)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallIngest]:
    opened = open_small_ingest(tmp_path)
    yield opened
    opened.store.close()


def counts(report: SyncReport) -> dict[str, int]:
    names = ("added", "updated", "moved", "deleted", "unchanged", "skipped")
    found = {name: getattr(report, name) for name in names}
    found["failed"] = len(report.failed)
    return {name: count for name, count in found.items() if count}


def test_new_files_are_added(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("sub/b.txt", "banana\ncherry")
    assert counts(small.ingestor.sync([small.docs])) == {"added": 2}
    assert small.texts() == ["apple", "banana", "cherry"]
    assert small.paths() == ["a.txt", "sub/b.txt"]


def test_a_second_run_reads_and_loads_nothing(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    small.write("a.txt", "ELPPA")  # of the same size and time, so only reading would show it
    assert counts(small.ingestor.sync([small.docs])) == {"unchanged": 1}
    assert small.loads == 1
    assert small.refreshes == 1


def test_a_file_that_was_only_touched_is_unchanged(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    small.write("a.txt", "apple", at_ns=LONG_AGO_NS + 10**9)
    assert counts(small.ingestor.sync([small.docs])) == {"unchanged": 1}
    (root,) = small.store.roots()
    assert small.store.files(root.id)["a.txt"].mtime_ns == LONG_AGO_NS + 10**9
    assert small.encoder.texts == ["apple"]


def test_a_file_changed_in_the_last_moments_is_read_again(small: SmallIngest):
    path = small.docs / "a.txt"
    path.write_text("apple", encoding="utf-8")
    small.ingestor.sync([small.docs])
    path.write_text("ELPPA", encoding="utf-8")
    assert counts(small.ingestor.sync([small.docs])) == {"updated": 1}
    assert small.texts() == ["ELPPA"]


def test_changed_content_replaces_the_old(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    small.write("a.txt", "apricot")
    assert counts(small.ingestor.sync([small.docs])) == {"updated": 1}
    assert small.texts() == ["apricot"]


def test_a_deleted_file_goes_with_its_document(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("b.txt", "banana")
    small.ingestor.sync([small.docs])
    (small.docs / "b.txt").unlink()
    assert counts(small.ingestor.sync([small.docs])) == {"deleted": 1, "unchanged": 1}
    assert small.texts() == ["apple"]


def test_what_is_gone_from_several_parts_of_a_root_goes(small: SmallIngest):
    for part in ("one", "two", "three"):
        small.write(f"{part}/a.txt", f"apple {part}")
        small.write(f"{part}/b.txt", f"banana {part}")
    small.ingestor.sync([small.docs])
    for part in ("one", "two", "three"):
        (small.docs / part / "b.txt").unlink()
        small.write(f"{part}/c.unknown", "cherry")
    parts = [small.docs / "one", small.docs / "two"]
    found = counts(small.ingestor.sync(parts))
    assert found == {"deleted": 2, "unchanged": 2, "skipped": 2}
    assert small.texts() == ["apple one", "apple three", "apple two", "banana three"]
    assert [path for path in small.paths() if path.endswith(".unknown")] == [
        "one/c.unknown",
        "two/c.unknown",
    ]


def test_a_renamed_file_is_moved_and_not_embedded_again(small: SmallIngest):
    path = small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    ids = small.store.chunk_ids().tolist()
    (small.docs / "new").mkdir()
    path.rename(small.docs / "new" / "z.txt")
    assert counts(small.ingestor.sync([small.docs])) == {"moved": 1}
    assert small.store.chunk_ids().tolist() == ids
    assert small.encoder.texts == ["apple"]
    assert small.paths() == ["new/z.txt"]
    assert small.refreshes == 2


def test_a_move_between_two_roots_is_a_move(small: SmallIngest, tmp_path: Path):
    path = small.write("a.txt", "apple")
    small.write("b.txt", "banana")
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.md").write_text("skipped", encoding="utf-8")
    small.ingestor.sync([small.docs, other])
    path.rename(other / "a.txt")
    assert counts(small.ingestor.sync(None)) == {"moved": 1, "unchanged": 1, "skipped": 1}
    assert small.encoder.texts == ["apple", "banana"]


def test_the_same_content_is_stored_once(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("b.txt", "apple")
    assert counts(small.ingestor.sync([small.docs])) == {"added": 2}
    assert small.texts() == ["apple"]
    small.write("c.txt", "apple")
    assert counts(small.ingestor.sync([small.docs])) == {"added": 1, "unchanged": 2}
    assert small.encoder.texts == ["apple"]


def test_a_copy_may_go_while_the_document_stays(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("b.txt", "apple")
    small.ingestor.sync([small.docs])
    (small.docs / "a.txt").unlink()
    assert counts(small.ingestor.sync([small.docs])) == {"deleted": 1, "unchanged": 1}
    assert small.texts() == ["apple"]


def test_two_files_that_swap_their_contents_are_updated(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("b.txt", "banana")
    small.ingestor.sync([small.docs])
    small.write("a.txt", "banana")
    small.write("b.txt", "apple")
    small.ingestor.sync([small.docs])
    (root,) = small.store.roots()
    records = small.store.files(root.id)
    found = {path: small.store.document_text(r.document_id or "") for path, r in records.items()}
    assert found == {"a.txt": "banana", "b.txt": "apple"}


def test_files_without_a_parser_are_skipped_every_time(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("b.bin", "x")
    assert counts(small.ingestor.sync([small.docs])) == {"added": 1, "skipped": 1}
    revision = small.store.revision()
    assert counts(small.ingestor.sync([small.docs])) == {"unchanged": 1, "skipped": 1}
    assert small.store.revision() == revision


def test_one_bad_file_does_not_stop_the_others(small: SmallIngest):
    small.write("a.txt", "bad apple")
    small.write("b.txt", "broken banana")
    small.write("c.txt", "cherry")
    report = small.ingestor.sync([small.docs])
    assert counts(report) == {"added": 1, "failed": 2}
    assert [failed.path for failed in report.failed] == [
        str(small.docs / "a.txt"),
        str(small.docs / "b.txt"),
    ]
    assert report.failed[0].reason == "It is bad."
    assert "RuntimeError: unexpected" in report.failed[1].reason
    assert len(small.store.failed_files()) == 2


def test_a_failed_file_is_named_again_until_it_changes(small: SmallIngest):
    small.write("a.txt", "bad apple")
    small.ingestor.sync([small.docs])
    assert counts(small.ingestor.sync([small.docs])) == {"failed": 1}
    small.write("a.txt", "good apple")
    assert counts(small.ingestor.sync([small.docs])) == {"added": 1}
    assert small.store.failed_files() == ()


def test_a_document_whose_file_turns_bad_is_dropped(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    small.write("a.txt", "bad apple")
    assert counts(small.ingestor.sync([small.docs])) == {"failed": 1}
    assert small.texts() == []


def test_a_file_that_is_not_utf8_for_the_parser_fails_alone(small: SmallIngest):
    small.write("a.txt", "apple")
    (small.docs / "b.txt").write_bytes(b"\xff\xfe\xfd")
    assert counts(small.ingestor.sync([small.docs])) == {"added": 1, "failed": 1}


def test_a_file_over_the_limit_fails_with_its_reason(small: SmallIngest):
    small.write("a.txt", "apple" * 100)
    small.max_file_bytes = 10
    (failed,) = small.ingestor.sync([small.docs]).failed
    assert "10 bytes" in failed.reason
    small.max_file_bytes = 1000
    assert counts(small.ingestor.sync([small.docs])) == {"added": 1}


def test_a_newer_parser_reads_unchanged_files_again(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("b.txt", "bad apple")
    small.ingestor.sync([small.docs])
    small.parser = PlainParser(version=2)
    assert counts(small.ingestor.sync([small.docs])) == {"updated": 1, "failed": 1}
    assert small.texts() == ["apple"]


def test_warnings_of_a_parser_come_with_the_path(small: SmallIngest):
    path = small.write("a.txt", "a guess")
    assert small.ingestor.sync([small.docs]).warnings == (f"{path}: read as a guess",)


def test_an_empty_file_is_a_document_without_chunks(small: SmallIngest):
    small.write("a.txt", "")
    assert counts(small.ingestor.sync([small.docs])) == {"added": 1}
    assert counts(small.ingestor.sync([small.docs])) == {"unchanged": 1}
    assert small.store.counts().documents == 1


def test_an_empty_folder_gives_zeros_and_a_warning(small: SmallIngest):
    report = small.ingestor.sync([small.docs])
    assert counts(report) == {}
    assert "holds no file" in report.warnings[0]


def test_a_path_that_does_not_exist_is_refused(small: SmallIngest):
    with pytest.raises(PathNotFound, match="nowhere"):
        small.ingestor.sync([small.docs / "nowhere"])
    assert small.store.roots() == ()


def test_nothing_is_brought_in_when_one_of_the_paths_is_wrong(small: SmallIngest):
    small.write("a.txt", "apple")
    with pytest.raises(PathNotFound):
        small.ingestor.sync([small.docs, small.docs.parent / "nowhere"])
    assert small.store.counts().files == 0


def test_without_paths_and_roots_there_is_nothing_to_do(small: SmallIngest):
    with pytest.raises(NothingIndexed):
        small.ingestor.sync(None)


def test_a_root_that_is_gone_keeps_its_documents(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    small.docs.rename(small.docs.with_name("unmounted"))
    for paths in (None, [small.docs], [small.docs.parent]):
        with pytest.raises(RootMissing):
            small.ingestor.sync(paths)
    assert small.texts() == ["apple"]
    assert counts(small.ingestor.sync(None, allow_empty=True)) == {"deleted": 1}


def test_a_root_that_is_suddenly_empty_keeps_its_documents(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    (small.docs / "a.txt").unlink()
    small.write("lost+found.bin", "")
    with pytest.raises(RootEmptied):
        small.ingestor.sync(None)
    assert small.texts() == ["apple"]
    report = small.ingestor.sync(None, allow_empty=True)
    assert counts(report) == {"deleted": 1, "skipped": 1}
    assert small.texts() == []


def test_a_single_file_can_be_a_root(small: SmallIngest):
    path = small.write("a.txt", "apple")
    small.write("b.txt", "banana")
    assert counts(small.ingestor.sync([path])) == {"added": 1}
    (row,) = small.store.rows_after(0)
    _, document = small.store.chunks([row.chunk_id])[row.chunk_id]
    assert (document.uri, document.path) == ("a.txt", str(path))


def test_a_part_of_a_known_root_is_brought_in_alone(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("sub/b.txt", "banana")
    small.write("subway/c.txt", "cherry")
    small.ingestor.sync([small.docs])
    for path in ("a.txt", "sub/b.txt", "subway/c.txt"):
        small.write(path, "changed " + path)
    assert counts(small.ingestor.sync([small.docs / "sub"])) == {"updated": 1}
    assert counts(small.ingestor.sync([small.docs / "a.txt"])) == {"updated": 1}
    assert len(small.store.roots()) == 1
    assert counts(small.ingestor.sync(None)) == {"updated": 1, "unchanged": 2}


def test_a_folder_around_a_known_root_takes_it_over(small: SmallIngest):
    small.write("sub/deep/a.txt", "apple")
    single = small.write("b.txt", "banana")
    small.ingestor.sync([small.docs / "sub", single])
    small.write("c.txt", "cherry")
    report = small.ingestor.sync([small.docs])
    assert counts(report) == {"added": 1, "unchanged": 2}
    assert [root.path for root in small.store.roots()] == [str(small.docs)]
    assert small.paths() == ["b.txt", "c.txt", "sub/deep/a.txt"]
    assert sorted(small.encoder.texts) == ["apple", "banana", "cherry"]


def test_overlapping_paths_are_counted_once(small: SmallIngest):
    small.write("sub/a.txt", "apple")
    report = small.ingestor.sync([small.docs / "sub", small.docs, small.docs])
    assert counts(report) == {"added": 1}
    assert len(small.store.roots()) == 1


def test_other_roots_are_left_alone(small: SmallIngest, tmp_path: Path):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_text("banana", encoding="utf-8")
    (small.docs / "a.txt").unlink()
    assert counts(small.ingestor.sync([other])) == {"added": 1}
    assert small.texts() == ["apple", "banana"]


def test_quoths_own_data_is_neither_ingested_nor_accepted(small: SmallIngest, tmp_path: Path):
    small.write("a.txt", "apple")
    (small.data_dir / "notes.txt").write_text("own", encoding="utf-8")
    with pytest.raises(IngestError, match="own data"):
        small.ingestor.sync([small.data_dir])
    assert counts(small.ingestor.sync([tmp_path])) == {"added": 1}


def test_forgetting_a_root_drops_its_documents(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    assert small.ingestor.forget(small.docs) == 1
    assert small.store.counts().documents == 0
    assert small.refreshes == 2


def test_forgetting_what_is_no_root_is_refused(small: SmallIngest):
    with pytest.raises(PathNotFound):
        small.ingestor.forget(small.docs)


def test_a_second_ingest_at_the_same_time_is_refused(small: SmallIngest):
    small.write("a.txt", "apple")
    with ingest_lock(small.data_dir), pytest.raises(IngestBusy, match="Another process"):
        small.ingestor.sync([small.docs])
    assert counts(small.ingestor.sync([small.docs])) == {"added": 1}


def test_ctrl_c_keeps_what_was_done(small: SmallIngest):
    for n in range(4):
        paragraphs = "\n".join(f"word{n} number{line}" for line in range(300))
        small.write(f"{n}.txt", paragraphs)

    def stop_at_the_second_batch() -> None:
        if len(small.encoder.texts) >= 600:
            raise KeyboardInterrupt

    small.encoder.on_encode = stop_at_the_second_batch
    with pytest.raises(Interrupted, match="2 of 4 files"):
        small.ingestor.sync([small.docs])
    assert small.store.counts().documents == 2
    small.encoder.on_encode = lambda: None
    assert counts(small.ingestor.sync([small.docs])) == {"added": 2, "unchanged": 2}
    assert len(small.encoder.texts) == 1200


def test_another_model_builds_a_new_generation_from_the_store(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("b.txt", "banana")
    small.ingestor.sync([small.docs])
    before = small.store.generation()
    small.encoder = CountingEncoder(32)
    assert counts(small.ingestor.sync([small.docs])) == {"unchanged": 2}
    after = small.store.generation()
    assert before is not None and after is not None
    assert (after.dimension, after.id) == (32, before.id + 1)
    assert [row.vector.shape for row in small.store.rows_after(0)] == [(32,), (32,)]


def test_a_new_generation_that_was_stopped_goes_on(small: SmallIngest):
    for n in range(3):
        small.write(f"{n}.txt", "\n".join(f"word{n} number{line}" for line in range(600)))
    small.ingestor.sync([small.docs])
    before = small.store.generation()
    small.encoder = CountingEncoder(32)

    def stop_at_the_second_batch() -> None:
        if len(small.encoder.texts) > 600:
            raise KeyboardInterrupt

    small.encoder.on_encode = stop_at_the_second_batch
    with pytest.raises(Interrupted):
        small.ingestor.sync([small.docs])
    assert small.store.generation() == before
    assert len(small.texts()) == 1800
    small.encoder.on_encode = lambda: None
    encoded = len(small.encoder.texts)
    small.ingestor.sync([small.docs])
    assert len(small.encoder.texts) - encoded <= 1200
    after = small.store.generation()
    assert after is not None and after.dimension == 32


def test_another_chunker_builds_a_new_generation(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    small.chunker = replace(ParagraphChunker(), version="paragraphs-2")
    small.ingestor.sync([small.docs])
    after = small.store.generation()
    assert after is not None and after.chunker == "paragraphs-2"


def test_sentence_vectors_are_directions_of_the_sentences(small: SmallIngest):
    small.write("a.txt", "first words\nsecond line")
    small.ingestor.sync([small.docs])
    for row in small.store.rows_after(0):
        (stored,) = small.store.sentence_vectors([row.chunk_id])[row.chunk_id]
        assert np.abs(stored).max() == 127
        cosine = stored @ small.encoder.encode_query(row.text) / np.linalg.norm(stored)
        assert cosine > 0.999


def test_progress_goes_through_the_stages(small: SmallIngest):
    small.write("a.txt", "apple")
    seen: list[SyncProgress] = []
    small.ingestor.sync([small.docs], on_progress=seen.append)
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == list(SyncStage)


def test_a_file_that_vanishes_while_it_is_read_counts_as_deleted(small: SmallIngest):
    small.write("a.txt", "apple")
    path = small.write("b.txt", "banana")
    small.ingestor.sync([small.docs])
    small.write("b.txt", "blueberry")

    def vanish(progress: SyncProgress) -> None:
        if progress.stage is SyncStage.READING:
            path.unlink(missing_ok=True)

    report = small.ingestor.sync([small.docs], on_progress=vanish)
    assert counts(report) == {"deleted": 1, "unchanged": 1}
    assert small.paths() == ["a.txt"]


def test_documents_below_a_folder_that_cannot_be_read_are_kept(small: SmallIngest):
    small.write("a.txt", "apple")
    small.write("sub/b.txt", "banana")
    small.ingestor.sync([small.docs])
    with closed(small.docs / "sub"):
        report = small.ingestor.sync([small.docs])
    assert counts(report) == {"unchanged": 1, "failed": 1}
    assert report.failed[0].path == str(small.docs / "sub")
    assert small.texts() == ["apple", "banana"]


def test_a_root_that_cannot_be_read_keeps_its_documents(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    with closed(small.docs):
        assert counts(small.ingestor.sync([small.docs])) == {"failed": 1}
    assert small.texts() == ["apple"]


def test_a_changed_file_that_cannot_be_read_keeps_its_document(small: SmallIngest):
    small.write("a.txt", "apple")
    small.ingestor.sync([small.docs])
    path = small.write("a.txt", "apricot")
    with closed(path):
        (failed,) = small.ingestor.sync([small.docs]).failed
    assert "cannot be read" in failed.reason
    assert small.texts() == ["apple"]
    assert counts(small.ingestor.sync([small.docs])) == {"updated": 1}


def test_a_new_file_that_cannot_be_read_is_tried_again(small: SmallIngest):
    path = small.write("a.txt", "apple")
    with closed(path):
        assert counts(small.ingestor.sync([small.docs])) == {"failed": 1}
    assert counts(small.ingestor.sync([small.docs])) == {"added": 1}
