"""Whether the database file is whole, is of this version's schema, and obeys its own rules."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from embeddings.errors import QuothError
from rag.doctor.base import Check, Subject, counted
from rag.errors import NothingIndexed, StoreCorrupt
from rag.store.connections import connect, error_of

SPARE_BYTES = 64 * 2**20
SPARE_SHARE = 0.25
"""Free space inside the file is worth giving back when it is more than both."""

_RESTORE = "Run `quoth doctor --repair`: it saves what can be read and takes the rest from files."


def examine_file(database: Path, migrate: Callable[[], None]) -> Check:
    """Whether the file can be read from the first page to the last, and is one of this version's.

    Args:
        database: The file.
        migrate: Brings it to the schema of this version, where it is of an older one.

    Raises:
        NothingIndexed: There is none.
    """
    try:
        db = connect(database, create=False)
    except NothingIndexed:
        raise
    except StoreCorrupt as exc:
        return Check("database", False, exc.message, _RESTORE, repairable=True)
    except QuothError as exc:
        return Check("database", False, exc.message, exc.hint)
    try:
        problems = [row[0] for row in db.execute("PRAGMA integrity_check(20)")]
        pages, size = _value(db, "page_count"), _value(db, "page_size")
    except sqlite3.Error as exc:
        message = error_of(exc, database).message
        return Check("database", False, message, _RESTORE, repairable=is_damage(exc))
    finally:
        db.close()
    if problems != ["ok"]:
        detail = f"The file is damaged in {len(problems)} places or more: {problems[0]}."
        return Check("database", False, detail, _RESTORE, repairable=True)
    try:
        migrate()
    except QuothError as exc:
        return Check("database", False, exc.message, exc.hint)
    return Check("database", True, f"{pages * size / 2**20:,.1f} MiB, every page sound.")


def is_damage(exc: sqlite3.Error) -> bool:
    """Whether the error says that the file itself is broken."""
    code = (getattr(exc, "sqlite_errorcode", None) or 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR)


def check_references(subject: Subject) -> Iterator[Check]:
    """Rows that point to rows that are not there."""
    rows = subject.db.execute("PRAGMA foreign_key_check").fetchall()
    if not rows:
        yield Check("references", True, "Every row's references lead somewhere.")
        return
    tables = sorted({f"{child} → {parent}" for child, _, parent, _ in rows})
    yield Check(
        "references",
        False,
        f"{counted(len(rows), 'row')} point to rows that are not there: {', '.join(tables)}.",
        "Run `quoth doctor --repair`.",
        repairable=True,
    )


def check_spare_space(subject: Subject) -> Iterator[Check]:
    """Space inside the file that nothing uses, as after a change of the model."""
    free, size = spare_bytes(subject.db)
    if free <= SPARE_BYTES or free <= SPARE_SHARE * size:
        yield Check("space in the file", True, f"{free / 2**20:,.1f} MiB of it are free for reuse.")
        return
    yield Check(
        "space in the file",
        False,
        f"{free / 2**20:,.0f} of the file's {size / 2**20:,.0f} MiB hold nothing.",
        "Run `quoth doctor --repair` to give them back to the disk.",
        repairable=True,
    )


def spare_bytes(db: sqlite3.Connection) -> tuple[int, int]:
    """Bytes of the file that hold nothing, and all of its bytes."""
    page_bytes = _value(db, "page_size")
    return _value(db, "freelist_count") * page_bytes, _value(db, "page_count") * page_bytes


def _value(db: sqlite3.Connection, pragma: str) -> int:
    return int(db.execute(f"PRAGMA {pragma}").fetchone()[0])
