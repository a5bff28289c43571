"""Puts another database file in the place of one, when nobody has it open.

A database in WAL mode is two files: an old write-ahead log beside a new database would be played
into it. So the log is folded or set aside first, and the database is renamed into place last; a
process that is killed on the way leaves the old one.
"""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from rag.errors import StoreBusy
from rag.store.connections import connect, translated

_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510
"""The bytes of a database file that every connection locks for reading as long as it is open."""


def require_alone(path: Path) -> None:
    """Makes sure that no other process has a database open; this one may not either.

    Raises:
        StoreBusy: One has.
    """
    if _is_open_elsewhere(path):
        raise StoreBusy(
            f"Another process has {str(path)!r} open, as a running server has.",
            hint="Stop it, then run the same command again.",
        )


def fold_log(path: Path) -> None:
    """Writes what stands in the write-ahead log into the database itself.

    Raises:
        StoreBusy: Another process has the database open.
        StoreError: It cannot be opened.
    """
    db = connect(path, create=False)
    with contextlib.closing(db), translated(path):
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # The last one to close removes the log.
    require_alone(path)


def put_in_place(new: Path, path: Path) -> None:
    """Renames a database that has no log into the place of another, whose log was folded or is to
    be dropped.
    """
    for suffix in ("-wal", "-shm"):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
    new.replace(path)
    with contextlib.suppress(OSError):
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def copy_aside(path: Path, aside: Path) -> None:
    """Gives a database and its log a second name."""
    for suffix in ("", "-wal"):
        source = path.with_name(f"{path.name}{suffix}")
        if not source.exists() or not source.stat().st_size:
            continue
        target = aside.with_name(f"{aside.name}{suffix}")
        try:
            target.hardlink_to(source)
        except OSError:  # not every file system has hard links
            shutil.copy2(source, target)


def finished_file(path: Path) -> None:
    """Makes a database one file that can be renamed: no log, and all of it on the disk.

    Raises:
        StoreError: It cannot be written.
    """
    with translated(path), contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_open_elsewhere(path: Path) -> bool:
    if os.name != "posix":
        return path.with_name(f"{path.name}-wal").exists()
    import fcntl

    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        except OSError:
            return True
        fcntl.lockf(file, fcntl.LOCK_UN, _SHARED_SIZE, _SHARED_FIRST)
    return False
