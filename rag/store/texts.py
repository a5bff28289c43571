"""How the text of a document lies in the database: its beginning in `texts.text`, and the rest of
a long one in rows of `text_parts`. So neither writing a text of hundreds of megabytes nor reading a
sentence of it takes another copy of the whole.

The reading functions take rows of (start, line, text), which `WHOLE` and `SPAN` select.
"""

import sqlite3
from collections.abc import Iterator, Sequence

from embeddings.base import CharSpan

PART_CHARS = 2**20
"""Texts up to this lie in one row."""

WHOLE = """
    SELECT 0, 0, text FROM texts WHERE document_id = ?1
    UNION ALL SELECT start, line, text FROM text_parts WHERE document_id = ?1"""

SPAN = """
    SELECT 0, 0, text FROM texts WHERE document_id = ?1
        AND NOT EXISTS (SELECT 1 FROM text_parts WHERE document_id = ?1 AND start <= ?2)
    UNION ALL SELECT start, line, text FROM text_parts
        WHERE document_id = ?1 AND start < max(?3, ?2 + 1) AND start >= coalesce(
            (SELECT max(start) FROM text_parts WHERE document_id = ?1 AND start <= ?2), 0)"""
"""The rows that characters ?2 to ?3 lie in; at least the one of ?2."""

LAST = """
    SELECT coalesce((SELECT max(start) FROM text_parts WHERE document_id = ?1), 0), 0,
        coalesce((SELECT text FROM text_parts WHERE document_id = ?1 ORDER BY start DESC LIMIT 1),
            text)
    FROM texts WHERE document_id = ?1"""

_Row = tuple[int, int, str]


def add_text(db: sqlite3.Connection, document_id: str, structure: str, text: str) -> None:
    """Stores a document's text, unless it is there.

    Args:
        db: Inside a transaction.
        document_id: Whose.
        structure: See `rag.store.codecs.encode_structure`.
        text: The whole of it.
    """
    spans = list(_cut(text))
    added = db.execute(
        "INSERT OR IGNORE INTO texts (document_id, structure, text, parts) VALUES (?, ?, ?, ?)",
        (document_id, structure, text[: spans[0][1]], len(spans) - 1),
    )
    if added.rowcount:
        db.executemany(
            "INSERT INTO text_parts (document_id, start, line, text) VALUES (?, ?, ?, ?)",
            _rest(document_id, text, spans),
        )


def joined(rows: Sequence[_Row]) -> str:
    """The text of rows, one after another."""
    return "".join(text for *_, text in sorted(rows))


def read_whole(db: sqlite3.Connection, document_id: str) -> str | None:
    """A document's text; None where it is not there, or not all of it."""
    row = db.execute("SELECT parts FROM texts WHERE document_id = ?", (document_id,)).fetchone()
    rows = db.execute(WHOLE, (document_id,)).fetchall()
    if row is None or len(rows) != row[0] + 1:
        return None
    return joined(rows) if all(isinstance(text, str) for _, _, text in rows) else None


def cut_out(rows: Sequence[_Row], start: int, end: int) -> str:
    """Characters of the text, out of the rows that they lie in."""
    base = min(rows)[0]
    return joined(rows)[start - base : end - base]


def lines_of(rows: Sequence[_Row], start: int, end: int) -> tuple[int, int]:
    """The lines of the first and the last character of a span, counted from 1."""
    base, line, _ = min(rows)
    text = joined(rows)
    last = max(end - 1, start)
    return line + 1 + _ends_before(text, start - base), line + 1 + _ends_before(text, last - base)


def _cut(text: str) -> Iterator[CharSpan]:
    start = 0
    while len(text) - start > PART_CHARS:
        end = start + PART_CHARS
        if text.startswith("\r\n", end - 1):  # one line end, counted once
            end += 1
        yield start, end
        start = end
    yield start, len(text)


def _rest(
    document_id: str, text: str, spans: Sequence[CharSpan]
) -> Iterator[tuple[str, int, int, str]]:
    line = 0
    part = text[: spans[0][1]]
    for start, end in spans[1:]:
        line += _ends_before(part, len(part))
        part = text[start:end]
        yield document_id, start, line, part


def _ends_before(text: str, offset: int) -> int:
    r"""How many line ends (\n, \r\n, \r) are over at an offset."""
    ends = text.count("\n", 0, offset) + text.count("\r", 0, offset)
    inside_one = offset > 0 and text.startswith("\r\n", offset - 1)
    return ends - text.count("\r\n", 0, offset) - inside_one
