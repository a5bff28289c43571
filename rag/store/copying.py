"""Copies of the database that leave this machine, and what becomes of one that arrived.

What was said here (conversations, feedback) leaves only when asked to, and keys and the state of
Slack never do; a copy is written anew, so that nothing that was removed lies in its free pages.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.errors import StoreCorrupt
from rag.store.connections import APPLICATION_ID, connect, translated
from rag.store.migrations import MIGRATIONS, migrate
from rag.store.swapping import finished_file

DOCUMENT_TABLES = (
    "generations", "state", "roots", "documents", "texts", "text_parts", "places", "files",
    "chunked", "chunks", "vectors", "removed_chunks",
)  # fmt: skip
"""What an index consists of."""

CONVERSATION_TABLES = ("conversations", "answers", "turns", "feedback")
"""What was said, in an order in which rows may be copied."""

OWN_TABLES = ("keys", "slack_questions", "slack_threads", "slack_channels")
"""What belongs to this machine's service."""

SCHEMA = len(MIGRATIONS)


def copy_out(database: Path, target: Path, *, with_conversations: bool) -> None:
    """Writes one moment of a database into a new file, without what is not to leave.

    Raises:
        DiskFull: There is no room.
        StoreError: It cannot be read or written.
    """
    with contextlib.closing(connect(database, create=False)) as db, translated(target):
        db.execute("VACUUM INTO ?", (str(target),))
    copy = sqlite3.connect(target, isolation_level=None)
    with contextlib.closing(copy) as db, translated(target):
        db.execute("PRAGMA foreign_keys = ON")
        unwanted = OWN_TABLES if with_conversations else (*CONVERSATION_TABLES, *OWN_TABLES)
        for table in unwanted:
            db.execute(f"DELETE FROM {table}")
        db.execute("DELETE FROM removed_chunks")  # for indexes that know older revisions
        db.execute("DELETE FROM generations WHERE id <> (SELECT generation_id FROM state)")
        db.execute("VACUUM")
    finished_file(target)


def prepare_arrival(arrived: Path, here: Path | None) -> None:
    """Makes a database that was copied out elsewhere fit to be this machine's.

    Its folders are away from now on; what was said here, keys and the state of Slack are taken over
    from the database that it will replace.

    Args:
        arrived: The copy; changed in place.
        here: The database that it will replace, of this version's schema; None where there is none.

    Raises:
        StoreCorrupt: It is damaged, or not Quoth's.
        StoreTooNew: A newer Quoth has written it.
        StoreError: It cannot be changed.
    """
    with contextlib.closing(connect(arrived, create=False)) as db:
        with translated(arrived):
            db.execute("PRAGMA trusted_schema = OFF")
            _require_sound(db, arrived)
        migrate(db, arrived)
        with translated(arrived):
            if _schema(db) != _newest_schema():
                raise _not_ours(arrived)
            _take_over(db, here)
    finished_file(arrived)


def _take_over(db: sqlite3.Connection, here: Path | None) -> None:
    db.execute("PRAGMA foreign_keys = ON")
    if here is not None:
        db.execute("ATTACH ? AS here", (str(here),))
    db.execute("BEGIN IMMEDIATE")
    db.execute("UPDATE roots SET away = 1 WHERE NOT managed")
    if here is not None:
        for table in (*CONVERSATION_TABLES, *OWN_TABLES):
            names = ", ".join(f'"{name}"' for name in _columns(db, table))
            db.execute(
                f"INSERT OR IGNORE INTO main.{table} ({names}) SELECT {names} FROM here.{table}"
            )
    db.execute("COMMIT")
    if here is not None:
        db.execute("DETACH here")


def _require_sound(db: sqlite3.Connection, path: Path) -> None:
    if db.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        raise _not_ours(path)
    # Code that would run on our own statements has no place in a file from elsewhere.
    if db.execute("SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone():
        raise _not_ours(path)
    problems = [row[0] for row in db.execute("PRAGMA integrity_check(1)")]
    if problems != ["ok"] or db.execute("PRAGMA foreign_key_check").fetchone():
        raise StoreCorrupt(
            "The database inside is damaged.", hint="Export it again where it came from."
        )


def _schema(db: sqlite3.Connection) -> list[tuple[str, ...]]:
    return sorted(
        db.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        ).fetchall()
    )


def _newest_schema() -> list[tuple[str, ...]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        for migration in MIGRATIONS:
            migration(db)
        return _schema(db)


def _columns(db: sqlite3.Connection, table: str) -> Sequence[str]:
    return [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]


def _not_ours(path: Path) -> StoreCorrupt:
    return StoreCorrupt(
        f"{path.name!r} holds another database than Quoth exports.",
        hint="Export it again where it came from.",
    )


def tables(db: sqlite3.Connection) -> Iterator[str]:
    """The names of all tables that hold rows of ours."""
    for (name,) in db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ):
        yield str(name)
