"""The reading half of the SQLite store: everything that answering a question asks for.

Each method is one statement, so that it sees one moment of the database, and no method but
`document_text` and `documents_outside` reads the whole text of a document.
"""

import json
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from embeddings.base import IdArray
from rag.errors import UnknownDocument
from rag.filters import FULL_ACCESS, NO_FILTERS, Access, Filters
from rag.store import codecs, texts
from rag.store.base import (
    Counts,
    DocumentEntry,
    FileRecord,
    Generation,
    IndexRow,
    Root,
    SentenceVectors,
)
from rag.store.codecs import storable
from rag.store.connections import Connections
from rag.store.filtering import document_condition
from rag.types import Chunk, Document, ParsedDocument, Place

_SERVING = "(SELECT generation_id FROM state)"
_LISTED = f"""
    SELECT (SELECT count(*) FROM chunks c
            WHERE c.document_id = d.id AND c.generation_id = {_SERVING}),
           f.size,
           (SELECT json_group_array(DISTINCT g.root_id) FROM files g WHERE g.document_id = d.id),
           {codecs.DOCUMENT_COLUMNS}
    FROM files f CROSS JOIN roots r ON r.id = f.root_id
    CROSS JOIN documents d ON d.id = f.document_id
    WHERE f.document_id IS NOT NULL"""
_NAMED = """ AND NOT EXISTS (
        SELECT 1 FROM files g JOIN roots s ON s.id = g.root_id
        WHERE g.document_id = d.id AND (s.managed, s.path, g.path) < (r.managed, r.path, f.path))"""
"""Only the file that names its document: its first by root and path, uploads last."""
_FILE_COLUMNS = (
    "f.path, f.size, f.mtime_ns, f.sha256, f.document_id, f.status, f.reason, f.parser, f.container"
)


class SqliteReader:
    """`rag.store.base.DocumentReader` over SQLite, and the reading that an ingest does."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def revision(self) -> int:
        return int(self._value("SELECT revision FROM state"))

    def generation(self) -> Generation | None:
        rows = self._rows(
            "SELECT model, fingerprint, dimension, chunker, id FROM generations "
            f"WHERE id = {_SERVING}"
        )
        return Generation(*rows[0]) if rows else None

    def rows_after(self, revision: int) -> Iterator[IndexRow]:
        # Ids and revisions grow together, so the index has the rows in order; sorting them would
        # copy every vector.
        sql = f"""
            SELECT c.id, d.title, c.heading, c.text, v.vector
            FROM chunks c INDEXED BY chunks_by_revision
            CROSS JOIN documents d ON d.id = c.document_id
            CROSS JOIN vectors v ON v.chunk_id = c.id
            WHERE c.generation_id = {_SERVING} AND c.revision > ?
            ORDER BY c.revision, c.id"""
        with self._connections.reading() as db:
            for chunk_id, title, heading, text, vector in db.execute(sql, (revision,)):
                yield IndexRow(chunk_id, title, heading, text, codecs.decode_vector(vector))

    def changes_after(self, revision: int) -> int:
        changed = "SELECT count(*) FROM {} WHERE generation_id = {} AND revision > ?"
        came, went = (changed.format(table, _SERVING) for table in ("chunks", "removed_chunks"))
        with self._connections.reading() as db:
            return int(
                db.execute(f"SELECT ({came}) + ({went})", (revision, revision)).fetchone()[0]
            )

    def removed_after(self, revision: int) -> IdArray:
        return self._ids(
            "SELECT chunk_id FROM removed_chunks "
            f"WHERE generation_id = {_SERVING} AND revision > ? ORDER BY chunk_id",
            (revision,),
        )

    def chunk_ids(self) -> IdArray:
        return self._ids(f"SELECT id FROM chunks WHERE generation_id = {_SERVING} ORDER BY id")

    def matching_chunk_ids(self, filters: Filters, access: Access) -> IdArray | None:
        condition = document_condition(filters, access)
        if condition is None:
            return None
        sql, parameters = condition
        return self._ids(
            f"SELECT c.id FROM documents d JOIN chunks c ON c.document_id = d.id "
            f"WHERE c.generation_id = {_SERVING} AND {sql} ORDER BY c.id",
            parameters,
        )

    def matching_documents(
        self, document_ids: Collection[str], filters: Filters, access: Access
    ) -> frozenset[str]:
        condition = document_condition(filters, access)
        if condition is None:
            return frozenset(document_ids)
        sql, parameters = condition
        rows = self._rows(
            "SELECT d.id FROM documents d "
            f"WHERE d.id IN (SELECT value FROM json_each(?)) AND {sql}",
            (json.dumps(sorted(set(document_ids))), *parameters),
        )
        return frozenset(row[0] for row in rows)

    def chunks(self, ids: Sequence[int]) -> dict[int, tuple[Chunk, Document]]:
        rows = self._rows(
            f"SELECT {codecs.CHUNK_COLUMNS}, {codecs.DOCUMENT_COLUMNS} "
            "FROM chunks c JOIN documents d ON d.id = c.document_id "
            "WHERE c.id IN (SELECT value FROM json_each(?))",
            (_json_ids(ids),),
        )
        found: dict[int, tuple[Chunk, Document]] = {}
        documents: dict[str, Document] = {}
        for row in rows:
            chunk_row, document_row = codecs.split_row(row)
            chunk = codecs.chunk_of(chunk_row)
            owner = documents.get(chunk.document_id) or codecs.document_of(document_row)
            documents[owner.id] = owner
            found[chunk.id] = chunk, owner
        return {chunk_id: found[chunk_id] for chunk_id in ids if chunk_id in found}

    def sentence_vectors(self, chunk_ids: Sequence[int]) -> dict[int, SentenceVectors]:
        # A sentence is two int32 in the blob of spans.
        rows = self._rows(
            "SELECT v.chunk_id, v.sentence_vectors, length(c.sentences) / 8 "
            "FROM vectors v JOIN chunks c ON c.id = v.chunk_id "
            "WHERE v.chunk_id IN (SELECT value FROM json_each(?))",
            (_json_ids(chunk_ids),),
        )
        return {
            chunk_id: codecs.decode_sentence_vectors(blob, sentences)
            for chunk_id, blob, sentences in rows
        }

    def document(self, document_id: str) -> Document:
        rows = self._rows(
            f"SELECT {codecs.DOCUMENT_COLUMNS} FROM documents d WHERE d.id = ?",
            (storable(document_id),),
        )
        if not rows:
            raise _unknown(document_id)
        return codecs.document_of(rows[0])

    def document_text(self, document_id: str) -> str:
        rows = self._rows(texts.WHOLE, (storable(document_id),))
        if not rows:
            raise _unknown(document_id)
        return texts.joined(rows)

    def text_length(self, document_id: str) -> int:
        rows = self._rows(texts.LAST, (storable(document_id),))
        if not rows:
            raise _unknown(document_id)
        start, _, text = rows[0]
        return int(start) + len(text)

    def text_span(self, document_id: str, start: int, end: int) -> str:
        return texts.cut_out(self._parts_of(document_id, start, end), start, end)

    def line_span(self, document_id: str, start: int, end: int) -> tuple[int, int]:
        return texts.lines_of(self._parts_of(document_id, start, end), start, end)

    def places(self, document_id: str, start: int, end: int) -> tuple[Place, ...]:
        # They do not overlap, so the one that begins last before the span is the only one of those
        # before it that can reach into it.
        rows = self._rows(
            'SELECT start, "end", label FROM places WHERE document_id = ?1 AND start < ?3 '
            'AND "end" > ?2 AND start >= coalesce((SELECT max(start) FROM places '
            "WHERE document_id = ?1 AND start <= ?2), 0) ORDER BY start",
            (storable(document_id), start, end),
        )
        return tuple(Place(*row) for row in rows)

    def page_starts(self, document_id: str) -> tuple[int, ...]:
        rows = self._rows(
            "SELECT json_extract(structure, '$.page_starts') FROM texts WHERE document_id = ?",
            (storable(document_id),),
        )
        return tuple(json.loads(rows[0][0])) if rows else ()

    def pages(self, document_id: str, start: int, end: int) -> tuple[int, int] | None:
        starts = self.page_starts(document_id)
        if not starts:
            return None
        return max(1, bisect_right(starts, start)), max(1, bisect_right(starts, end - 1))

    def documents(
        self, filters: Filters, access: Access, *, limit: int = 100, after: str | None = None
    ) -> tuple[DocumentEntry, ...]:
        sql, parameters = _LISTED, []
        if (seen := document_condition(NO_FILTERS, access)) is not None:
            sql += f" AND {seen[0]}"
            parameters += seen[1]
        if (wanted := document_condition(filters, FULL_ACCESS)) is not None:
            # At once: where few match, asking document by document in the order of paths takes
            # ten times as long.
            sql += f" AND f.document_id IN (SELECT d.id FROM documents d WHERE {wanted[0]})"
            parameters += wanted[1]
        if after is not None:
            sql += " AND (f.path, f.document_id) > (?, ?)"
            parameters += [self.document(after).uri, after]
        rows = self._rows(
            f"{sql}{_NAMED} ORDER BY f.path, f.document_id LIMIT ?", (*parameters, max(limit, 0))
        )
        return tuple(_entry(row) for row in rows)

    def entry(self, document_id: str) -> DocumentEntry:
        rows = self._rows(f"{_LISTED} AND f.document_id = ?{_NAMED}", (storable(document_id),))
        if not rows:
            raise _unknown(document_id)
        return _entry(rows[0])

    def counts(self) -> Counts:
        rows = self._rows(
            "SELECT (SELECT count(*) FROM documents), "
            f"(SELECT count(*) FROM chunks WHERE generation_id = {_SERVING}), "
            "(SELECT count(*) FROM files), "
            "(SELECT count(*) FROM files WHERE status = 'failed')"
        )
        return Counts(*rows[0])

    def roots(self) -> tuple[Root, ...]:
        rows = self._rows(f"SELECT {codecs.ROOT_COLUMNS} FROM roots r ORDER BY r.path")
        return tuple(codecs.root_of(row) for row in rows)

    def files(self, root_id: int, below: str = "") -> dict[str, FileRecord]:
        sql = f"SELECT {_FILE_COLUMNS} FROM files f WHERE f.root_id = ?"
        parameters: tuple[int | str, ...] = (root_id,)
        if below:
            # "0" is the character after "/".
            sql += " AND (f.path = ? OR (f.path > ? AND f.path < ?))"
            parameters += (below, f"{below}/", f"{below}0")
        rows = self._rows(f"{sql} ORDER BY f.path", parameters)
        return {row[0]: FileRecord(*row) for row in rows}

    def sources(self, document_id: str) -> tuple[tuple[Root, FileRecord], ...]:
        return self._files_where(
            "(f.root_id, f.path) IN (SELECT m.root_id, coalesce(m.container, m.path) "
            "FROM files m WHERE m.document_id = ?)",
            (storable(document_id),),
        )

    def failed_files(self) -> tuple[tuple[Root, FileRecord], ...]:
        return self._files_where("f.status = 'failed'")

    def has_document(self, document_id: str, generation_id: int) -> bool:
        return bool(
            self._value(
                "SELECT EXISTS (SELECT 1 FROM chunked WHERE document_id = ? AND generation_id = ?)",
                (document_id, generation_id),
            )
        )

    def documents_outside(self, generation_id: int) -> Iterator[tuple[Document, ParsedDocument]]:
        # Ids first, then one document at a time: a transaction open for the length of a rebuild
        # would keep the write-ahead log from being folded.
        missing = self._rows(
            "SELECT id FROM documents WHERE id NOT IN "
            "(SELECT document_id FROM chunked WHERE generation_id = ?) ORDER BY id",
            (generation_id,),
        )
        for (document_id,) in missing:
            found = self.parsed(document_id)
            if found is not None:
                yield found

    def parsed(self, document_id: str) -> tuple[Document, ParsedDocument] | None:
        """A document as its parser gave it; None where it is not there, or not its text."""
        rows = self._rows(
            f"SELECT t.structure, d.title, {codecs.DOCUMENT_COLUMNS} "
            "FROM documents d JOIN texts t ON t.document_id = d.id WHERE d.id = ?",
            (document_id,),
        )
        with self._connections.reading() as db:
            text = texts.read_whole(db, document_id)
        if not rows or text is None:
            return None
        structure, title, *columns = rows[0]
        document = codecs.document_of(columns)
        return document, codecs.parsed_document(
            text=text,
            media_type=document.media_type,
            title=title,
            date=document.date,
            metadata=columns[6],
            structure=structure,
            places=self.places(document_id, 0, len(text)),
        )

    def _parts_of(self, document_id: str, start: int, end: int) -> list[Any]:
        rows = self._rows(texts.SPAN, (storable(document_id), start, end))
        if not rows:
            raise _unknown(document_id)
        return rows

    def _files_where(
        self, condition: str, parameters: Sequence[Any] = ()
    ) -> tuple[tuple[Root, FileRecord], ...]:
        rows = self._rows(
            f"SELECT {codecs.ROOT_COLUMNS}, {_FILE_COLUMNS} "
            "FROM files f JOIN roots r ON r.id = f.root_id "
            f"WHERE {condition} ORDER BY r.path, f.path",
            parameters,
        )
        width = codecs.ROOT_WIDTH
        return tuple((codecs.root_of(row[:width]), FileRecord(*row[width:])) for row in rows)

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self._connections.reading() as db:
            return db.execute(sql, parameters).fetchall()

    def _value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        with self._connections.reading() as db:
            return db.execute(sql, parameters).fetchone()[0]

    def _ids(self, sql: str, parameters: Sequence[Any] = ()) -> IdArray:
        import numpy as np

        with self._connections.reading() as db:
            return np.fromiter((row[0] for row in db.execute(sql, parameters)), dtype=np.int64)


def _entry(row: Sequence[Any]) -> DocumentEntry:
    chunks, size_bytes, roots, *columns = row
    return DocumentEntry(
        codecs.document_of(columns), chunks, size_bytes, tuple(sorted(json.loads(roots)))
    )


def _json_ids(ids: Sequence[int]) -> str:
    return json.dumps([int(chunk_id) for chunk_id in ids])


def _unknown(document_id: str) -> UnknownDocument:
    return UnknownDocument(
        f"There is no document {document_id!r}.",
        hint="It may have been removed since; search again for its present id.",
    )
