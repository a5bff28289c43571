import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.errors import (
    DiskFull,
    PermissionMissing,
    StoreBusy,
    StoreCorrupt,
    StoreError,
)
from rag.store.base import SyncBatch
from rag.store.connections import error_of
from rag.store.sqlite import SqliteStore
from tests.rag.ingest.small_ingest import closed
from tests.rag.store.document_store_contract import FIRST, document, fill, indexed


def open_store(path: Path) -> SqliteStore:
    return SqliteStore.open(path, create=True)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, DiskFull),
        (4874, DiskFull),
        (sqlite3.SQLITE_BUSY, StoreBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusy),
        (sqlite3.SQLITE_LOCKED, StoreBusy),
        (sqlite3.SQLITE_READONLY, PermissionMissing),
        (sqlite3.SQLITE_READONLY_DIRECTORY, PermissionMissing),
        (sqlite3.SQLITE_CANTOPEN, PermissionMissing),
        (sqlite3.SQLITE_PERM, PermissionMissing),
        (sqlite3.SQLITE_CORRUPT, StoreCorrupt),
        (sqlite3.SQLITE_NOTADB, StoreCorrupt),
        (sqlite3.SQLITE_IOERR, StoreError),
        (sqlite3.SQLITE_TOOBIG, StoreError),
    ],
)
def test_every_error_of_sqlite_becomes_one_of_ours(code: int, expected: type[StoreError]):
    exc = sqlite3.OperationalError("what happened")
    exc.sqlite_errorcode = code  # type: ignore[attr-defined]
    found = error_of(exc, Path("a.sqlite3"))
    assert type(found) is expected
    assert "'a.sqlite3'" in found.message
    assert found.hint


def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path):
    with open_store(tmp_path / "a.sqlite3") as store:
        root, generation = fill(store, document("a"))
        revision = store.revision()
        unknown_document = {root.id: (indexed("x.txt", "nowhere"),)}
        with pytest.raises(StoreError):
            store.write(SyncBatch(generation.id, (document("b"),), unknown_document))
        assert store.counts().documents == 1
        assert store.revision() == revision
        fill(store, document("b"))


def test_a_reader_sees_what_another_process_committed(tmp_path: Path):
    path = tmp_path / "a.sqlite3"
    with open_store(path) as store:
        program = (
            "import sys; from pathlib import Path\n"
            "from rag.store.sqlite import SqliteStore\n"
            "from tests.rag.store.document_store_contract import document, fill\n"
            "with SqliteStore.open(Path(sys.argv[1]), create=True) as store:\n"
            "    fill(store, document('a'))\n"
        )
        before = store.revision()
        subprocess.run([sys.executable, "-c", program, str(path)], check=True)
        assert store.revision() > before
        assert [row.text for row in store.rows_after(before)] == ["chunk 0 of a"]


def test_two_writers_take_turns(tmp_path: Path):
    path = tmp_path / "a.sqlite3"
    with open_store(path) as first, open_store(path) as second:
        names = [f"n{n}" for n in range(20)]
        first.open_generation(FIRST)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda s, n: fill(s, document(n)), [first, second] * 10, names))
        assert first.counts().documents == second.counts().documents == 20
        assert len(set(first.chunk_ids().tolist())) == 20


def test_many_processes_may_make_the_database_at_once(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path\n"
        "from rag.store.sqlite import SqliteStore\n"
        "SqliteStore.open(Path(sys.argv[1]), create=True).add_root(sys.argv[2])\n"
    )
    path = tmp_path / "data" / "a.sqlite3"
    running = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", program, str(path), f"/root{n}"])
        for n in range(4)
    ]
    assert [process.wait(60) for process in running] == [0] * 4
    with open_store(path) as store:
        assert len(store.roots()) == 4


def test_threads_read_while_one_writes(tmp_path: Path):
    with open_store(tmp_path / "a.sqlite3") as store:
        fill(store, document("start"))
        done = threading.Event()

        def read() -> int:
            reads = 0
            while not done.is_set():
                rows = [row.chunk_id for row in store.rows_after(0)]
                assert set(store.chunks(rows)) == set(rows)
                store.revision()
                reads += 1
            return reads

        with ThreadPoolExecutor(3) as pool:
            readers = [pool.submit(read) for _ in range(3)]
            for n in range(30):
                fill(store, document(f"n{n}", chunks=3))
            done.set()
            assert all(reader.result() > 0 for reader in readers)


def test_a_long_reading_does_not_see_a_later_commit(tmp_path: Path):
    with open_store(tmp_path / "a.sqlite3") as store:
        fill(store, document("a"), document("b"))
        rows = store.rows_after(0)
        first = next(rows)
        fill(store, document("c"))
        assert [first.text, *(row.text for row in rows)] == ["chunk 0 of a", "chunk 0 of b"]


def test_a_writer_that_waits_too_long_is_told_so(tmp_path: Path):
    path = tmp_path / "a.sqlite3"
    with open_store(path) as store:
        store._connections._writer.execute("PRAGMA busy_timeout = 10")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy):
            store.add_root("/docs")
        other.execute("ROLLBACK")
        other.close()
        store.add_root("/docs")


def test_a_full_disk_keeps_what_was_there(tmp_path: Path):
    path = tmp_path / "a.sqlite3"
    with open_store(path) as store:
        _, generation = fill(store, document("a"))
        pages = store._connections._writer.execute("PRAGMA page_count").fetchone()[0]
        store._connections._writer.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DiskFull):
            fill(store, *(document(f"n{n}", chunks=50) for n in range(10)))
        store._connections._writer.execute("PRAGMA max_page_count = 1000000")
        assert store.counts().documents == 1
        fill(store, document("b"))
        assert store.counts().documents == 2
        assert generation == store.generation()


def test_closing_twice_does_nothing(tmp_path: Path):
    store = open_store(tmp_path / "a.sqlite3")
    store.close()
    store.close()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(PermissionMissing, match="cannot be made"):
        open_store(tmp_path / "file" / "a.sqlite3")


def test_a_database_path_that_is_a_folder_is_refused(tmp_path: Path):
    (tmp_path / "a.sqlite3").mkdir()
    with pytest.raises(PermissionMissing):
        open_store(tmp_path / "a.sqlite3")


def test_a_data_folder_that_cannot_be_read_is_named(tmp_path: Path):
    path = tmp_path / "data" / "a.sqlite3"
    open_store(path).close()
    with closed(path.parent), pytest.raises(PermissionMissing):
        SqliteStore.open(path, create=False)


def test_a_database_that_cannot_be_written_is_named(tmp_path: Path):
    path = tmp_path / "a.sqlite3"
    open_store(path).close()
    with closed(path):
        path.chmod(0o400)
        with open_store(path) as store, pytest.raises(PermissionMissing):
            store.add_root("/docs")
