"""Real changes, seen by the real watcher."""

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.errors import QuothError
from rag.errors import RootMissing
from rag.ingest.locking import ingest_lock
from rag.ingest.watching import _Telling, _Watched
from rag.store.base import Root
from rag.types import SyncReport
from tests.rag.ingest.small_ingest import SmallIngest, open_small_ingest
from tests.rag.ingest.test_sync import counts

WAIT_S = 20
ECHO_S = 0.6


class Following:
    """Follows a folder in a thread until it is stopped."""

    def __init__(self, small: SmallIngest, *paths: Path) -> None:
        self.small = small
        self.told: queue.SimpleQueue[SyncReport | QuothError] = queue.SimpleQueue()
        self.stopped = threading.Event()
        small.encoder.on_encode = self._stop_where_asked
        self._paths = paths or (small.docs,)
        self._thread = threading.Thread(target=self._follow)
        self.ended: list[BaseException] = []

    def __enter__(self) -> "Following":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.small.write("last.txt", "the last one")
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def next(self) -> SyncReport | QuothError:
        return self.told.get(timeout=WAIT_S)

    def counted(self) -> dict[str, int]:
        report = self.next()
        assert isinstance(report, SyncReport), report
        return {name: n for name, n in counts(report).items() if name != "unchanged"}

    def settle(self) -> None:
        """Waits until the echoes of a change are over: one that comes amid the next change may look
        while that is half done.
        """
        time.sleep(ECHO_S)

    def _follow(self) -> None:
        try:
            self.small.ingestor.watch(list(self._paths), on_synced=self.told.put)
        except BaseException as exc:  # noqa: BLE001 - looked at by the test
            self.ended.append(exc)

    def _stop_where_asked(self) -> None:
        if self.stopped.is_set():
            raise KeyboardInterrupt


def put(small: SmallIngest, path: str, text: str) -> None:
    """A file with the folders above it, there at once: half of a change is a change too."""
    staged = small.docs.with_name("staged")
    top = path.split("/")[0]
    small.write(f"../staged/{path}", text)
    (staged / top).rename(small.docs / top)


def brought_in(small: SmallIngest, root: Root, path: str) -> dict[str, int]:
    """What comes of being told of one path."""
    told: list[SyncReport | QuothError] = []
    watched = _Watched([root], small.data_dir)
    _Telling(small.ingestor, told.append).bring_in(watched, {small.docs / path})
    (report,) = told
    assert isinstance(report, SyncReport), report
    return {name: n for name, n in counts(report).items() if name != "unchanged"}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallIngest]:
    opened = open_small_ingest(tmp_path)
    opened.write("a.txt", "apple")
    yield opened
    opened.store.close()


def test_changes_are_brought_in_as_they_are_made(small: SmallIngest):
    with Following(small) as following:
        assert following.counted() == {"added": 1}
        put(small, "b.txt", "banana")
        assert following.counted() == {"added": 1}
        put(small, "b.txt", "berry")
        assert following.counted() == {"updated": 1}
        following.settle()
        (small.docs / "b.txt").rename(small.docs / "c.txt")
        assert following.counted() == {"moved": 1}
        (small.docs / "c.txt").unlink()
        assert following.counted() == {"deleted": 1}
        assert small.texts() == ["apple"]


def test_an_editor_that_saves_through_a_rename_updates_the_file(small: SmallIngest):
    with Following(small) as following:
        following.next()
        written = small.write(".a.txt.swp", "apricot")
        written.rename(small.docs / "a.txt")
        assert following.counted() == {"updated": 1}
        assert small.texts() == ["apricot"]


def test_new_folders_and_renamed_ones_are_followed(small: SmallIngest):
    with Following(small) as following:
        following.next()
        put(small, "new/deep/b.txt", "banana")
        assert following.counted() == {"added": 1}
        following.settle()
        (small.docs / "new").rename(small.docs / "old")
        assert following.counted() == {"moved": 1}
        assert small.paths() == ["a.txt", "old/deep/b.txt"]


def test_a_rename_is_seen_whole_where_only_its_first_half_has_been_told(small: SmallIngest):
    small.write("new/b.txt", "banana")
    small.ingestor.sync([small.docs])
    (small.docs / "new").rename(small.docs / "old")
    (root,) = small.store.roots()
    assert brought_in(small, root, "new") == {"moved": 1}
    assert small.paths() == ["a.txt", "old/b.txt"]


def test_the_last_document_of_a_folder_with_other_files_may_go(small: SmallIngest):
    small.write("picture.xyz", "no document")
    small.ingestor.sync([small.docs])
    (small.docs / "a.txt").unlink()
    (root,) = small.store.roots()
    assert brought_in(small, root, "a.txt") == {"deleted": 1}


def test_a_burst_is_brought_in(small: SmallIngest):
    with Following(small) as following:
        following.next()
        for number in range(400):
            small.write(f"many/{number}.txt", f"text {number}")
        added = 0
        while added < 400:
            added += following.counted().get("added", 0)
        assert len(small.texts()) == 401


def test_a_file_that_fails_is_told_and_the_next_change_is_brought_in(small: SmallIngest):
    with Following(small) as following:
        following.next()
        put(small, "b.txt", "bad")
        assert following.counted() == {"failed": 1}
        put(small, "b.txt", "good")
        report = following.counted()
        while report == {"failed": 1}:  # an echo, which tries the file once more
            report = following.counted()
        assert report == {"added": 1}


def test_a_change_of_patterns_takes_effect(small: SmallIngest):
    with Following(small) as following:
        following.next()
        put(small, "b.txt", "banana")
        assert following.counted() == {"added": 1}
        (small.docs / ".quothignore").write_text("a.txt\n", encoding="utf-8")
        assert following.counted() == {"deleted": 1}
        assert small.texts() == ["banana"]


def test_a_folder_that_goes_keeps_its_documents_and_may_come_back(small: SmallIngest):
    away = small.docs.with_name("away")
    with Following(small) as following:
        following.next()
        small.docs.rename(away)
        assert isinstance(following.next(), RootMissing)
        assert small.texts() == ["apple"]
        (away / "b.txt").write_text("banana", encoding="utf-8")
        away.rename(small.docs)
        assert following.counted() == {"added": 1}


def test_a_single_file_is_followed(small: SmallIngest):
    with Following(small, small.docs / "a.txt") as following:
        following.next()
        small.write("new.txt", "apricot").rename(small.docs / "a.txt")
        assert following.counted() == {"updated": 1}
        following.stopped.set()
        small.write("new.txt", "the very end").rename(small.docs / "a.txt")


def test_a_change_made_while_another_ingest_runs_waits_for_it(small: SmallIngest):
    with Following(small) as following:
        following.next()
        with ingest_lock(small.data_dir, wait_s=WAIT_S):
            put(small, "b.txt", "banana")
            with pytest.raises(queue.Empty):
                following.told.get(timeout=1.5)
        assert following.counted() == {"added": 1}


def test_an_interrupt_in_the_middle_of_a_sync_ends_it(small: SmallIngest):
    with Following(small) as following:
        following.next()
    assert isinstance(following.ended[0], KeyboardInterrupt)
    assert small.texts() == ["apple"]
