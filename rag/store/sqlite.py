"""The document store in one SQLite file: `rag.store.base.DocumentStore`.

Invariant: a transaction holds whole documents. Whoever reads sees every chunk and vector of a
document or none, and a process that is killed leaves what it had committed.

Tables, besides those of `rag.store.sqlite_conversations`, `sqlite_feedback`, `sqlite_keys` and
`sqlite_slack`:

    state           one row: revision, generation_id (the one that serves)
    generations     id, model, fingerprint, dimension, chunker
    roots           id, path (absolute), collection, is_file, managed (the one for uploads),
                    away (brought from another machine)
                    include, exclude (JSON arrays of patterns)
    files           root_id, path → size, mtime_ns, sha256, document_id, status, reason, parser,
                    container (path of the file on disk that holds it, where it is none itself)
    documents       id, collection, title, media_type, sha256, date, metadata
    texts           document_id, structure, text: apart, so that filters never read past a text;
                    of a long text its beginning, and how many parts follow
    text_parts      document_id, start, line (ends of lines before it), text: the rest of a long one
    places          document_id, start, end, label: finer than pages and lines; not overlapping
    chunked         document_id, generation_id: this document has its chunks in that generation
    chunks          id (never used twice), document_id, generation_id, ordinal, start, end,
                    first_line, last_line, heading, first_page, last_page, tokens, text, sentences,
                    revision (of the transaction that added it)
    vectors         chunk_id, vector, sentence_vectors
    removed_chunks  chunk_id, generation_id, revision (of the transaction that removed it)

`documents.metadata` is a JSON object of strings; `texts.structure` a JSON object of `headings`
([start, end, level, text]), `furniture` ([start, end]), `page_starts` and `warnings`, so that a
document can be chunked again without its file. Numbers in blobs are little-endian:

    chunks.sentences           int32, start and end in turn      np.frombuffer(b, "<i4").reshape(-1, 2)
    vectors.vector             float32, a unit vector            np.frombuffer(b, "<f4")
    vectors.sentence_vectors   int8, round(v / max|v| * 127)     np.frombuffer(b, "i1").reshape(-1, d)
"""  # noqa: E501

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rag.store import codecs, writer
from rag.store.base import EncodedChunk, Generation, Root, SyncBatch
from rag.store.clock import Clock, utc_now
from rag.store.connections import Connections, connect
from rag.store.migrations import migrate
from rag.store.reader import SqliteReader
from rag.store.sqlite_conversations import SqliteConversations
from rag.store.sqlite_feedback import SqliteFeedback
from rag.store.sqlite_keys import SqliteKeys
from rag.store.sqlite_slack import SqliteSlack

DATABASE_NAME = "quoth.sqlite3"
"""What the file is called in a data folder."""


class SqliteStore(SqliteReader):
    """The store over one file; safe to share between threads, and a context manager."""

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Self:
        """The store in a file, brought to the schema of this version.

        Args:
            path: The database file.
            create: Whether to make the file and its folder where they are missing.

        Raises:
            NothingIndexed: The file is missing and is not to be made.
            StoreTooNew: A newer Quoth has written it.
            StoreCorrupt: It is damaged, or is none of ours.
            PermissionMissing: This user may not read and write it.
        """
        db = connect(path, create=create)
        try:
            migrate(db, path)
        except BaseException:
            db.close()
            raise
        return cls(Connections(path, db))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connections.close()

    def conversations(self, now: Clock = utc_now) -> SqliteConversations:
        """What is kept of conversations in the same file, as long as this store is open."""
        return SqliteConversations(self._connections, now)

    def feedback(self, now: Clock = utc_now) -> SqliteFeedback:
        """What people thought of the answers in the same file, as long as this store is open."""
        return SqliteFeedback(self._connections, now)

    def keys(self, now: Clock = utc_now) -> SqliteKeys:
        """The API's keys in the same file, as long as this store is open."""
        return SqliteKeys(self._connections, now)

    def slack(self, now: Clock = utc_now) -> SqliteSlack:
        """What the Slack bot keeps in the same file, as long as this store is open."""
        return SqliteSlack(self._connections, now)

    def add_root(self, path: str, collection: str = "default", *, is_file: bool = False) -> Root:
        with self._connections.writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO roots (path, collection, is_file) VALUES (?, ?, ?)",
                (path, collection, is_file),
            )
            row = db.execute(
                f"SELECT {codecs.ROOT_COLUMNS} FROM roots r WHERE r.path = ?", (path,)
            ).fetchone()
        return codecs.root_of(row)

    def claim_root(self, root_id: int) -> Root:
        with self._connections.writing() as db:
            db.execute("UPDATE roots SET away = 0 WHERE id = ?", (root_id,))
            row = db.execute(
                f"SELECT {codecs.ROOT_COLUMNS} FROM roots r WHERE r.id = ?", (root_id,)
            ).fetchone()
        return codecs.root_of(row)

    def managed_root(self, path: str) -> Root:
        known = next((root for root in self.roots() if root.managed), None)
        if known is not None and known.path == path:
            return known
        with self._connections.writing() as db:
            writer.place_managed_root(db, path)
            row = db.execute(
                f"SELECT {codecs.ROOT_COLUMNS} FROM roots r WHERE r.managed"
            ).fetchone()
        return codecs.root_of(row)

    def set_patterns(self, root_id: int, include: Sequence[str], exclude: Sequence[str]) -> None:
        with self._connections.writing() as db:
            db.execute(
                "UPDATE roots SET include = ?, exclude = ? WHERE id = ?",
                (json.dumps(list(include)), json.dumps(list(exclude)), root_id),
            )

    def absorb_root(self, root_id: int, into_id: int, prefix: str) -> None:
        with self._connections.writing() as db:
            writer.absorb_root(db, root_id, into_id, prefix)

    def forget_root(self, root_id: int) -> int:
        with self._connections.writing() as db:
            return writer.forget_root(db, root_id)

    def open_generation(self, wanted: Generation) -> Generation:
        with self._connections.writing() as db:
            generation_id = writer.open_generation(db, wanted)
            row = db.execute(
                "SELECT model, fingerprint, dimension, chunker, id FROM generations WHERE id = ?",
                (generation_id,),
            ).fetchone()
        return Generation(*row)

    def add_chunks(
        self, generation_id: int, document_id: str, chunks: tuple[EncodedChunk, ...]
    ) -> None:
        with self._connections.writing() as db:
            # The revision stays: nobody looks at it before the switch, which raises it.
            revision = writer.next_revision(db)
            writer.add_chunks(db, generation_id, document_id, chunks, revision)

    def switch_generation(self, generation_id: int) -> None:
        others = self._value("SELECT count(*) FROM generations WHERE id <> ?", (generation_id,))
        serving = self.generation()
        if not others and serving is not None and serving.id == generation_id:
            return
        with self._connections.writing() as db:
            writer.switch_generation(db, generation_id)

    def write(self, batch: SyncBatch) -> None:
        with self._connections.writing() as db:
            writer.apply_batch(db, batch)
