"""What a transaction of the SQLite store does, as functions over an open transaction.

Each assumes `BEGIN IMMEDIATE` and leaves committing to its caller. Chunk ids come from
AUTOINCREMENT's sequence, which never falls, so that an id is never used for a second chunk.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable

from rag.store import codecs, texts
from rag.store.base import EncodedChunk, FileRecord, Generation, NewDocument, SyncBatch


def apply_batch(db: sqlite3.Connection, batch: SyncBatch) -> bool:
    """Applies a batch; tells whether documents, or the paths that lead to them, changed."""
    revision = next_revision(db)
    added = [
        add_document(db, document, batch.generation_id, revision) for document in batch.documents
    ]
    moved: set[str | None] = set()
    for root_id, records in batch.files.items():
        for record in records:
            moved |= _replace_file(db, root_id, record)
    for root_id, paths in batch.gone.items():
        for path in paths:
            moved |= _drop_file(db, root_id, path)
    moved.discard(None)
    drop_orphans(db, sorted(str(document_id) for document_id in moved), revision)
    changed = any(added) or bool(moved)
    if changed:
        set_revision(db, revision)
    return changed


def add_document(
    db: sqlite3.Connection, document: NewDocument, generation_id: int, revision: int
) -> bool:
    """Stores a document with its chunks; False where it is there already in this generation."""
    parsed = document.parsed
    db.execute(
        "INSERT OR IGNORE INTO documents "
        "(id, collection, title, media_type, sha256, date, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            document.id,
            document.collection,
            parsed.title,
            parsed.media_type,
            document.sha256,
            parsed.date,
            json.dumps(dict(parsed.metadata), ensure_ascii=False, sort_keys=True),
        ),
    )
    texts.add_text(db, document.id, codecs.encode_structure(parsed), parsed.text)
    db.executemany(
        "INSERT OR IGNORE INTO places VALUES (?, ?, ?, ?)",
        ((document.id, place.start, place.end, place.label) for place in parsed.places),
    )
    return add_chunks(db, generation_id, document.id, document.chunks, revision)


def add_chunks(
    db: sqlite3.Connection,
    generation_id: int,
    document_id: str,
    chunks: Collection[EncodedChunk],
    revision: int,
) -> bool:
    """Gives a document its chunks in a generation; False where it has them already."""
    marked = db.execute(
        "INSERT OR IGNORE INTO chunked (document_id, generation_id) VALUES (?, ?)",
        (document_id, generation_id),
    )
    if not marked.rowcount:
        return False
    used = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'").fetchone()
    first_id = used[0] + 1 if used else 1
    db.executemany(
        f"INSERT INTO chunks VALUES ({', '.join('?' * 15)})",
        (
            codecs.chunk_row(chunk_id, document_id, generation_id, chunk, revision)
            for chunk_id, chunk in enumerate(chunks, first_id)
        ),
    )
    db.executemany(
        "INSERT INTO vectors VALUES (?, ?, ?)",
        (
            (
                chunk_id,
                codecs.encode_vector(chunk.vector),
                codecs.encode_sentence_vectors(chunk.sentence_vectors),
            )
            for chunk_id, chunk in enumerate(chunks, first_id)
        ),
    )
    return True


def drop_orphans(db: sqlite3.Connection, document_ids: Iterable[str], revision: int) -> int:
    """Removes those of the documents that no file points to; returns how many."""
    removed = 0
    for document_id in document_ids:
        has_file = db.execute(
            "SELECT EXISTS (SELECT 1 FROM files WHERE document_id = ?)", (document_id,)
        ).fetchone()[0]
        if has_file:
            continue
        db.execute(
            "INSERT INTO removed_chunks (chunk_id, generation_id, revision) "
            "SELECT id, generation_id, ? FROM chunks WHERE document_id = ?",
            (revision, document_id),
        )
        removed += db.execute("DELETE FROM documents WHERE id = ?", (document_id,)).rowcount
    return removed


def place_managed_root(db: sqlite3.Connection, path: str) -> None:
    """Makes the root for uploads, or gives it another path."""
    moved = db.execute("UPDATE roots SET path = ? WHERE managed", (path,))
    if not moved.rowcount:
        db.execute("INSERT INTO roots (path, managed) VALUES (?, 1)", (path,))
    elif db.execute(
        "SELECT EXISTS (SELECT 1 FROM files f JOIN roots r ON r.id = f.root_id WHERE r.managed)"
    ).fetchone()[0]:
        set_revision(db, next_revision(db))


def forget_root(db: sqlite3.Connection, root_id: int) -> int:
    """Removes a root with its files; returns how many documents went with them."""
    revision = next_revision(db)
    rows = db.execute(
        "SELECT DISTINCT document_id FROM files WHERE root_id = ? AND document_id IS NOT NULL",
        (root_id,),
    ).fetchall()
    db.execute("DELETE FROM roots WHERE id = ?", (root_id,))
    if rows:
        set_revision(db, revision)
    return drop_orphans(db, sorted(row[0] for row in rows), revision)


def absorb_root(db: sqlite3.Connection, root_id: int, into_id: int, prefix: str) -> None:
    """Hands a root's files to a root around it."""
    below = f"{prefix}/" if prefix else ""
    db.execute(
        "UPDATE files SET root_id = ?, path = ? || path, container = ? || container "
        "WHERE root_id = ?",
        (into_id, below, below, root_id),
    )
    db.execute("DELETE FROM roots WHERE id = ?", (root_id,))
    set_revision(db, next_revision(db))


def open_generation(db: sqlite3.Connection, wanted: Generation) -> int:
    """The id of the generation that matches; made if new, and serving if it is the first."""
    db.execute(
        "INSERT OR IGNORE INTO generations (model, fingerprint, dimension, chunker) "
        "VALUES (?, ?, ?, ?)",
        (wanted.model, wanted.fingerprint, wanted.dimension, wanted.chunker),
    )
    generation_id = int(
        db.execute(
            "SELECT id FROM generations WHERE fingerprint = ? AND dimension = ? AND chunker = ?",
            (wanted.fingerprint, wanted.dimension, wanted.chunker),
        ).fetchone()[0]
    )
    (serving,) = db.execute("SELECT generation_id FROM state").fetchone()
    if serving is None:
        db.execute("UPDATE state SET generation_id = ?, revision = revision + 1", (generation_id,))
    return generation_id


def switch_generation(db: sqlite3.Connection, generation_id: int) -> None:
    """Lets a generation serve alone."""
    db.execute("UPDATE state SET generation_id = ?, revision = revision + 1", (generation_id,))
    # What hangs on a generation goes with it, by ON DELETE CASCADE.
    db.execute("DELETE FROM generations WHERE id <> ?", (generation_id,))


def next_revision(db: sqlite3.Connection) -> int:
    """The revision that this transaction writes under, if it changes anything."""
    return int(db.execute("SELECT revision + 1 FROM state").fetchone()[0])


def set_revision(db: sqlite3.Connection, revision: int) -> None:
    """Makes a change visible to whoever follows the revision."""
    db.execute("UPDATE state SET revision = ?", (revision,))


def _replace_file(db: sqlite3.Connection, root_id: int, record: FileRecord) -> set[str | None]:
    """Writes a record; returns the documents whose paths changed by it."""
    before = _document_at(db, root_id, record.path)
    db.execute(
        "INSERT INTO files (root_id, path, size, mtime_ns, sha256, document_id, status, reason, "
        "parser, container) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (root_id, path) DO UPDATE SET "
        "size = excluded.size, mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, "
        "document_id = excluded.document_id, status = excluded.status, reason = excluded.reason, "
        "parser = excluded.parser, container = excluded.container",
        (
            root_id,
            record.path,
            record.size,
            record.mtime_ns,
            record.sha256,
            record.document_id,
            record.status,
            record.reason,
            record.parser,
            record.container,
        ),
    )
    return set() if before == record.document_id else {before, record.document_id}


def _drop_file(db: sqlite3.Connection, root_id: int, path: str) -> set[str | None]:
    before = _document_at(db, root_id, path)
    db.execute("DELETE FROM files WHERE root_id = ? AND path = ?", (root_id, path))
    return {before}


def _document_at(db: sqlite3.Connection, root_id: int, path: str) -> str | None:
    row = db.execute(
        "SELECT document_id FROM files WHERE root_id = ? AND path = ?", (root_id, path)
    ).fetchone()
    return row[0] if row else None
