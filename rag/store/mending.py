"""What a repair changes in the store, as functions over an open transaction.

As in `rag.store.writer`, each assumes `BEGIN IMMEDIATE` and leaves committing to its caller.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from rag.store import writer
from rag.store.base import EncodedChunk, Generation


def drop_documents(db: sqlite3.Connection, document_ids: Iterable[str]) -> list[tuple[int, str]]:
    """Removes documents with the records of the files that held them, so that the next ingest reads
    these anew; returns the root id and path of each file on disk.
    """
    revision = writer.next_revision(db)
    ids = sorted(document_ids)
    files: set[tuple[int, str]] = set()
    for document_id in ids:
        files.update(
            db.execute(
                "SELECT root_id, coalesce(container, path) FROM files WHERE document_id = ?",
                (document_id,),
            )
        )
        db.execute("DELETE FROM files WHERE document_id = ?", (document_id,))
    db.executemany("DELETE FROM files WHERE root_id = ? AND path = ?", sorted(files))
    writer.drop_orphans(db, ids, revision)
    writer.set_revision(db, revision)
    return sorted(files)


def replace_chunks(
    db: sqlite3.Connection, generation_id: int, document_id: str, chunks: Sequence[EncodedChunk]
) -> None:
    """Gives a document other chunks in a generation, under ids that were never used."""
    revision = writer.next_revision(db)
    of_document = (document_id, generation_id)
    db.execute(
        "INSERT OR REPLACE INTO removed_chunks (chunk_id, generation_id, revision) "
        "SELECT id, generation_id, ? FROM chunks WHERE document_id = ? AND generation_id = ?",
        (revision, *of_document),
    )
    db.execute("DELETE FROM chunks WHERE document_id = ? AND generation_id = ?", of_document)
    db.execute("DELETE FROM chunked WHERE document_id = ? AND generation_id = ?", of_document)
    writer.add_chunks(db, generation_id, document_id, chunks, revision)
    writer.set_revision(db, revision)


def drop_generations(db: sqlite3.Connection, *, keep: Sequence[Generation]) -> None:
    """Removes generations that match none of those to keep, with their chunks."""
    rows = db.execute("SELECT model, fingerprint, dimension, chunker, id FROM generations")
    for found in [Generation(*row) for row in rows.fetchall()]:
        if not any(found.matches(each) for each in keep):
            db.execute("DELETE FROM generations WHERE id = ?", (found.id,))


def drop_answers(db: sqlite3.Connection, answer_ids: Iterable[str]) -> None:
    """Removes answers with their feedback; the turns that show their words stay."""
    db.executemany("DELETE FROM answers WHERE id = ?", ((each,) for each in answer_ids))


def mend_references(db: sqlite3.Connection) -> int:
    """Removes rows that point to rows that are not there, or their pointer where that may be empty;
    returns how many. What hung on a removed row goes too.
    """
    mended = 0
    db.execute(
        "INSERT OR IGNORE INTO removed_chunks (chunk_id, generation_id, revision) "
        "SELECT id, generation_id, (SELECT revision + 1 FROM state) FROM chunks "
        "WHERE document_id NOT IN (SELECT id FROM documents)"
    )
    while tables := sorted({row[0] for row in db.execute("PRAGMA foreign_key_check")}):
        before = mended
        for table in tables:
            for reference in db.execute(f"PRAGMA foreign_key_list({table})").fetchall():
                mended += _mend(db, table, reference)
        if mended == before:
            break
    writer.set_revision(db, writer.next_revision(db))
    return mended


def _mend(db: sqlite3.Connection, table: str, reference: Sequence[str]) -> int:
    _, _, parent, column, parent_column, _, on_delete, _ = reference
    dangling = (
        f'"{column}" IS NOT NULL AND "{column}" NOT IN (SELECT "{parent_column}" FROM "{parent}")'
    )
    if table == "state":
        sql = (
            "UPDATE state SET generation_id = (SELECT generation_id FROM chunks GROUP BY 1 "
            f"ORDER BY count(*) DESC LIMIT 1) WHERE {dangling}"
        )
    elif on_delete == "SET NULL":
        sql = f'UPDATE "{table}" SET "{column}" = NULL WHERE {dangling}'
    else:
        sql = f'DELETE FROM "{table}" WHERE {dangling}'
    return db.execute(sql).rowcount
