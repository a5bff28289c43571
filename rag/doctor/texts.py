"""Whether every chunk says what its document says there: text, lines, sentences, ordinals."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from embeddings.errors import QuothError
from rag.doctor.base import Check, Progress, Subject, counted, some
from rag.ingest.lines import LineNumbers
from rag.store.codecs import decode_spans
from rag.store.texts import read_whole

if TYPE_CHECKING:
    from rag.ingest.embedding import DocumentSplitter

_REPAIR = "Run `quoth doctor --repair` to read or split them again."
_CHUNKS = (
    "SELECT c.ordinal, c.start, c.end, c.first_line, c.last_line, c.text, c.sentences "
    "FROM chunks c WHERE c.document_id = ? AND c.generation_id = ? ORDER BY c.ordinal"
)
_Row = Sequence[object]


def check_texts(subject: Subject) -> Iterator[Check]:
    """Every chunk of the serving generation against its document."""
    db = subject.db
    (generation_id,) = db.execute("SELECT generation_id FROM state").fetchone()
    ids = [row[0] for row in db.execute("SELECT id FROM documents ORDER BY id")]
    wrong: list[str] = []
    chunks = 0
    splitting = _Splitting(subject)
    for done, document_id in enumerate(ids):
        if done % 100 == 0:
            subject.on_progress(Progress("texts", done, len(ids)))
        text = _text(db, document_id)
        if text is None:
            subject.findings.missing_texts.add(document_id)
            wrong.append(f"{_name(db, document_id)}: its text is missing or cannot be read")
            continue
        rows = db.execute(_CHUNKS, (document_id, generation_id)).fetchall()
        chunks += len(rows)
        problem = _problem(text, rows)
        if problem is None and not _is_marked(db, document_id, generation_id):
            problem = "it was never split"
        if problem is None and (subject.deep or (not rows and text.strip())):
            problem = splitting.problem(document_id, rows)
        if problem is not None:
            subject.findings.documents.add(document_id)
            wrong.append(f"{_name(db, document_id)}: {problem}")
    if wrong:
        detail = f"{counted(len(wrong), 'document')} of {len(ids):,} wrong: {some(wrong)}."
        yield Check("texts", False, detail, _REPAIR, repairable=True)
        return
    yield Check(
        "texts",
        True,
        f"{counted(chunks, 'chunk')} of {counted(len(ids), 'document')} say what the documents say "
        "at that place.",
    )


class _Splitting:
    """Splits documents again, with the model's tokenizer, which is loaded when it is needed."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._chunker: DocumentSplitter | None = None
        self._usable = True

    def problem(self, document_id: str, rows: Sequence[_Row]) -> str | None:
        """Whether splitting the document again gives the same chunks."""
        splitter = self._splitter()
        found = self._subject.store.parsed(document_id)
        if splitter is None or found is None:
            return None
        spans = [(draft.start, draft.end) for draft in splitter.split(found[1])]
        if spans == [(row[1], row[2]) for row in rows]:
            return None
        return f"it has {counted(len(rows), 'chunk')}, and splitting it again gives {len(spans):,}"

    def _splitter(self) -> "DocumentSplitter | None":
        """None where the model is another or cannot be loaded: another check tells of that."""
        if self._chunker is None and self._usable:
            try:
                serving = self._subject.store.generation()
                self._usable = serving is not None and serving.matches(self._subject.wanted())
                if self._usable:
                    self._chunker = self._subject.make_chunker(self._subject.load_encoder())
            except QuothError:
                self._usable = False
        return self._chunker


def _text(db: sqlite3.Connection, document_id: str) -> str | None:
    try:
        row = db.execute(
            "SELECT structure FROM texts WHERE document_id = ?", (document_id,)
        ).fetchone()
        if row is None or not isinstance(json.loads(row[0]), dict):
            return None
        return read_whole(db, document_id)
    except (sqlite3.OperationalError, ValueError):  # text that is not UTF-8, JSON that is none
        return None


def _problem(text: str, rows: Sequence[_Row]) -> str | None:
    """What is wrong with a document's chunks, the first thing found."""
    lines = LineNumbers(text) if rows else None
    for expected, (ordinal, start, end, first_line, last_line, chunk_text, blob) in enumerate(rows):
        if ordinal != expected:
            return f"chunk {expected} is missing"
        assert lines is not None
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
            return f"chunk {ordinal} stands outside of the text"
        if text[start:end] != chunk_text:
            return f"chunk {ordinal} is not what the text says there"
        if (first_line, last_line) != (lines.of(start), lines.of(end - 1)):
            return f"chunk {ordinal} names lines {first_line} to {last_line}"
        if not isinstance(blob, bytes) or len(blob) % 8:
            return f"the sentences of chunk {ordinal} cannot be read"
        spans = decode_spans(blob)
        if any(not start <= a < b <= end for a, b in spans):
            return f"a sentence stands outside of chunk {ordinal}"
        if any(b > c for (_, b), (c, _) in pairwise(spans)):
            return f"the sentences of chunk {ordinal} are out of order"
    return None


def _is_marked(db: sqlite3.Connection, document_id: str, generation_id: int | None) -> bool:
    if generation_id is None:
        return True
    return bool(
        db.execute(
            "SELECT 1 FROM chunked WHERE document_id = ? AND generation_id = ?",
            (document_id, generation_id),
        ).fetchone()
    )


def _name(db: sqlite3.Connection, document_id: str) -> str:
    row = db.execute(
        "SELECT path FROM files WHERE document_id = ? ORDER BY path", (document_id,)
    ).fetchone()
    return str(row[0]) if row else document_id
