"""Connections to one SQLite file, and the one boundary where sqlite3's errors become ours.

A connection is used by one thread at a time: readers borrow one from a pool, the writer has its
own behind a lock. The file is in WAL mode, so readers never wait for the writer and each sees a
whole transaction or none of it.
"""

import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from rag.errors import (
    DiskFull,
    NothingIndexed,
    PermissionMissing,
    StoreBusy,
    StoreCorrupt,
    StoreError,
)

APPLICATION_ID = 0x51554F54  # "QUOT", in the file's header: tells our database from any other
BUSY_TIMEOUT_S = 10.0
_WAL_KEPT_BYTES = 64 * 2**20

_EXTENDED_SHM_SIZE = 4874  # SQLITE_IOERR_SHMSIZE: no room for the WAL's shared memory


def error_of(exc: sqlite3.Error, path: Path) -> StoreError:
    """The error of ours that a sqlite3 error means."""
    code = getattr(exc, "sqlite_errorcode", None) or 0
    if code & 0xFF == sqlite3.SQLITE_FULL or code == _EXTENDED_SHM_SIZE:
        return DiskFull(
            f"There is no room left to write {str(path)!r}: {exc}.",
            hint="Free some space and run the same command again; nothing was lost.",
        )
    if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(
            f"Another process has held {str(path)!r} for over {BUSY_TIMEOUT_S:.0f} seconds.",
            hint="Wait for it to finish, then run the same command again.",
        )
    if code & 0xFF in (
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_AUTH,
    ):
        return PermissionMissing(
            f"{str(path)!r} cannot be opened or written: {exc}.",
            hint="Give this user the right to read and write the file and its folder.",
        )
    if code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreCorrupt(
            f"{str(path)!r} is damaged, or is no database of Quoth's: {exc}.",
            hint="Run `quoth doctor --repair`: it saves what can be read and takes the rest from "
            "the folders.",
        )
    return StoreError(
        f"The database {str(path)!r} failed: {exc}.",
        hint="Check the disk that it is on, then run the same command again.",
    )


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Inside, every sqlite3 error becomes one of `rag.errors`."""
    try:
        yield
    except sqlite3.Error as exc:
        raise error_of(exc, path) from exc


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """A connection in autocommit mode, to be used by one thread at a time.

    Raises:
        NothingIndexed: There is no file, and none is to be made.
        StoreError: It cannot be opened, or is no database of ours.
    """
    if create:
        _make_folder(path.parent)
    else:
        _require_file(path)
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    with translated(path):
        db = sqlite3.connect(
            uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            _configure(db)
        except BaseException:
            db.close()
            raise
    return db


def _make_folder(folder: Path) -> None:
    try:
        # It will hold what stands in documents that others may have no right to read.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise PermissionMissing(
            f"The data folder {str(folder)!r} cannot be made: {exc.strerror}.",
            hint="Set QUOTH_DATA_DIR to a folder that this user may write to.",
        ) from exc


def _require_file(path: Path) -> None:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise NothingIndexed(
            f"Nothing has been ingested into {str(path.parent)!r} yet.",
            hint="Run `quoth ingest FOLDER` first, or set QUOTH_DATA_DIR to where the index is.",
        ) from exc
    except OSError as exc:
        raise PermissionMissing(
            f"{str(path)!r} cannot be opened: {exc.strerror}.",
            hint="Give this user the right to read and write the file and its folder.",
        ) from exc


def _configure(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA foreign_keys = ON")
    # With WAL, NORMAL loses at most the last transactions when the power fails, never the file.
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")


class Connections:
    """All connections of a process to one database file; safe to share between threads."""

    def __init__(self, path: Path, first: sqlite3.Connection) -> None:
        self.path = path
        self._writer = first
        self._write_lock = threading.Lock()
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading, which no other thread uses meanwhile."""
        try:
            db = self._idle.pop()
        except IndexError:
            db = connect(self.path, create=False)
        try:
            yield db
        except sqlite3.Error as exc:
            raise error_of(exc, self.path) from exc
        finally:
            if self._closed:
                db.close()
            else:
                self._idle.append(db)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back by any exception, Ctrl-C among them."""
        with self._write_lock, translated(self.path):
            db = self._writer
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself where the disk was full.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Closes every connection that is not in use; those in use close when they are given back.

        Calling it again does nothing.
        """
        self._closed = True
        with self._write_lock:
            self._writer.close()
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()


class Snapshot(Connections):
    """One connection that sees one moment of the file throughout; for one thread, for reading."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        super().__init__(path, db)
        with translated(path):
            db.execute("BEGIN")
            db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        self.db = db

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The one connection."""
        with translated(self.path):
            yield self.db
