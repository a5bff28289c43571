"""Saves what can be read of a damaged database into a new one.

Rows are read in the order of their ids, and where a page cannot be read, beyond it; so all rows of
sound pages are found as long as the page that names the table is sound. What is not whole in the
end is removed: a document is in the new database with its text, chunks and vectors or not at all.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.store import mending

_TABLES = (
    "generations", "roots", "documents", "texts", "text_parts", "places", "files", "chunked",
    "chunks", "vectors", "removed_chunks", "conversations", "answers", "turns", "feedback", "keys",
)  # fmt: skip
"""Known tables, those first that others point to; further ones follow by name."""

_STRIDE = 64
_Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was saved: rows by table, and the tables in which some could not be read."""

    rows: dict[str, int]
    damaged: tuple[str, ...]


def salvage(damaged: Path, fresh: sqlite3.Connection) -> Salvaged:
    """Copies what can be read.

    Args:
        damaged: The damaged file; it is only read.
        fresh: A new database of the newest schema, without rows but those that the schema makes.
    """
    rows: dict[str, int] = {}
    unread: list[str] = []
    fresh.execute("PRAGMA foreign_keys = OFF")
    fresh.execute("BEGIN IMMEDIATE")
    with contextlib.closing(_open_damaged(damaged)) as db:
        state = next(_rows_of(db, "state", _columns(fresh, "state"), unread), None)
        for table in _in_order(fresh):
            columns = _shared(db, fresh, table)
            if not columns:
                unread.append(table)
                continue
            names = ", ".join(f'"{name}"' for name in columns)
            sql = f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({_marks(len(columns))})'
            rows[table] = 0
            for row in _rows_of(db, table, columns, unread):
                with contextlib.suppress(sqlite3.Error):  # a row that breaks a rule is no loss
                    rows[table] += max(0, fresh.execute(sql, tuple(row)).rowcount)
    _set_state(fresh, state)
    _drop_what_is_not_whole(fresh, some_chunks_lost="chunks" in unread)
    fresh.execute("COMMIT")
    fresh.execute("PRAGMA foreign_keys = ON")
    fresh.execute("BEGIN IMMEDIATE")
    mending.mend_references(fresh)
    fresh.execute("COMMIT")
    return Salvaged(rows, tuple(dict.fromkeys(unread)))


def _open_damaged(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    db.text_factory = lambda data: data.decode("utf-8", "replace")
    return db


def _in_order(fresh: sqlite3.Connection) -> list[str]:
    there = {
        row[0]
        for row in fresh.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    } - {"state"}
    return [*_TABLES, *sorted(there - set(_TABLES))]


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]


def _shared(db: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> list[str]:
    try:
        there = set(_columns(db, table))
    except sqlite3.Error:
        return []
    return [name for name in _columns(fresh, table) if name in there]


def _rows_of(
    db: sqlite3.Connection, table: str, columns: Sequence[str], unread: list[str]
) -> Iterator[_Row]:
    """Every row that can be read; the table's name goes to `unread` where some cannot."""
    names = ", ".join(f'"{name}"' for name in columns)
    try:
        (last,) = db.execute(f'SELECT max(rowid) FROM "{table}"').fetchone()
    except sqlite3.Error:
        yield from _from_both_ends(db, table, names, unread)
        return
    position = 0
    while last is not None and position <= last:
        until = position + _STRIDE
        sql = f'SELECT {names} FROM "{table}" NOT INDEXED WHERE rowid >= ? AND rowid < ?'
        try:
            yield from db.execute(sql, (position, until)).fetchall()
        except sqlite3.Error:
            unread.append(table)
            for rowid in range(position, until):
                with contextlib.suppress(sqlite3.Error):
                    yield from db.execute(sql, (rowid, rowid + 1)).fetchall()
        position = until


def _from_both_ends(
    db: sqlite3.Connection, table: str, names: str, unread: list[str]
) -> Iterator[_Row]:
    """Of a table without row ids: up to the damage from the front, and down to it from the end."""
    keys = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")') if row[5]]
    for direction in ("ASC", "DESC"):
        order = ", ".join(f'"{key}" {direction}' for key in keys) or f"1 {direction}"
        try:
            yield from db.execute(f'SELECT {names} FROM "{table}" ORDER BY {order}')
        except sqlite3.Error:
            unread.append(table)
        else:
            return


def _marks(number: int) -> str:
    return ", ".join("?" * number)


def _set_state(fresh: sqlite3.Connection, state: _Row | None) -> None:
    """The revision above any that was used, and the generation with the most chunks."""
    (used,) = fresh.execute(
        "SELECT max(coalesce((SELECT max(revision) FROM chunks), 0), "
        "coalesce((SELECT max(revision) FROM removed_chunks), 0))"
    ).fetchone()
    before = state[1] if state is not None and isinstance(state[1], int) else 0
    fresh.execute(
        "UPDATE state SET revision = ?, generation_id = (SELECT generation_id FROM chunks "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 DESC LIMIT 1)",
        (max(used, before) + 1,),
    )


_NOT_WHOLE = """
    SELECT d.id FROM documents d WHERE NOT EXISTS (
        SELECT 1 FROM texts t WHERE t.document_id = d.id)
    UNION SELECT t.document_id FROM texts t WHERE t.parts <> (
        SELECT count(*) FROM text_parts p WHERE p.document_id = t.document_id)
    UNION SELECT d.id FROM documents d WHERE NOT EXISTS (
        SELECT 1 FROM chunked k WHERE k.document_id = d.id)
    UNION SELECT d.id FROM documents d WHERE NOT EXISTS (
        SELECT 1 FROM files f WHERE f.document_id = d.id)
    UNION SELECT c.document_id FROM chunks c LEFT JOIN vectors v ON v.chunk_id = c.id
        WHERE v.chunk_id IS NULL
    UNION SELECT document_id FROM chunks GROUP BY document_id, generation_id
        HAVING count(*) <> max(ordinal) + 1"""

_MAY_LACK_CHUNKS = """
    SELECT t.document_id FROM texts t WHERE trim(t.text) <> '' AND NOT EXISTS (
        SELECT 1 FROM chunks c WHERE c.document_id = t.document_id)
    UNION SELECT document_id FROM chunks GROUP BY document_id, generation_id
    HAVING max(id) + 1 NOT IN (SELECT id FROM chunks UNION SELECT chunk_id FROM removed_chunks)"""
"""Ids are given out in one run, so that a gap may be where a document's last chunks were."""


def _drop_what_is_not_whole(fresh: sqlite3.Connection, *, some_chunks_lost: bool) -> None:
    sql = f"{_NOT_WHOLE} UNION {_MAY_LACK_CHUNKS}" if some_chunks_lost else _NOT_WHOLE
    mending.drop_documents(fresh, [row[0] for row in fresh.execute(sql)])
    for table in ("text_parts", "texts", "chunks"):
        fresh.execute(f"DELETE FROM {table} WHERE document_id NOT IN (SELECT id FROM documents)")
