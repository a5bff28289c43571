"""How values are written into columns and read back: blobs of numbers, JSON of structure, and rows
as the types of `rag.types`.

The formats are documented in `rag.store.sqlite`; a change of one needs a migration. NumPy is
imported where it is used: an ingest that finds nothing changed reads no array.
"""

import json
import os
import sqlite3
import struct
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from embeddings.base import CharSpan, FloatArray
from rag.errors import StoreCorrupt, UnknownAnswer, UnknownConversation
from rag.store.base import EncodedChunk, Root, SentenceVectors
from rag.types import Answer, Chunk, Document, Heading, ParsedDocument, Place

if TYPE_CHECKING:
    from pydantic import TypeAdapter

CHUNK_COLUMNS = (
    "c.id, c.document_id, c.ordinal, c.text, c.start, c.end, c.first_line, c.last_line, c.heading, "
    "c.first_page, c.last_page, c.tokens, c.sentences"
)
DOCUMENT_COLUMNS = (
    "d.id, d.collection, d.title, d.media_type, d.sha256, d.date, d.metadata, "
    "(SELECT json_group_array(json_array(r.managed, r.path, r.is_file, f.path, f.container)) "
    "FROM files f "
    "JOIN roots r ON r.id = f.root_id WHERE f.document_id = d.id)"
)
ROOT_COLUMNS = "r.id, r.path, r.collection, r.is_file, r.managed, r.away, r.include, r.exclude"
ROOT_WIDTH = ROOT_COLUMNS.count(",") + 1
_SPAN = struct.Struct("<ii")
_CHUNK_WIDTH = CHUNK_COLUMNS.count(",") + 1


def encode_vector(vector: FloatArray) -> bytes:
    """Little-endian float32."""
    return vector.astype("<f4", copy=False).tobytes()


def decode_vector(blob: bytes) -> FloatArray:
    """Shape (dimension,), read-only."""
    import numpy as np

    return np.frombuffer(blob, dtype="<f4").astype(np.float32, copy=False)


def encode_sentence_vectors(vectors: SentenceVectors) -> bytes:
    """int8, one sentence after another."""
    return vectors.astype("i1", copy=False).tobytes()


def decode_sentence_vectors(blob: bytes, sentences: int) -> SentenceVectors:
    """Shape (sentences, dimension), read-only."""
    import numpy as np

    values = np.frombuffer(blob, dtype=np.int8)
    return values.reshape(sentences, -1) if sentences else values.reshape(0, 0)


def encode_spans(spans: Sequence[CharSpan]) -> bytes:
    """Little-endian int32: start, end, start, end, …"""
    import numpy as np

    return np.asarray(spans, dtype="<i4").tobytes()


def decode_spans(blob: bytes) -> tuple[CharSpan, ...]:
    """What `encode_spans` wrote."""
    return tuple((start, end) for start, end in _SPAN.iter_unpack(blob))


def encode_structure(parsed: ParsedDocument) -> str:
    """What a parser found besides the text, as JSON."""
    return json.dumps(
        {
            "headings": [[h.start, h.end, h.level, h.text] for h in parsed.headings],
            "furniture": parsed.furniture,
            "verbatim": parsed.verbatim,
            "page_starts": parsed.page_starts,
            "warnings": parsed.warnings,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def parsed_document(
    *,
    text: str,
    media_type: str,
    title: str | None,
    date: str | None,
    metadata: str,
    structure: str,
    places: tuple[Place, ...],
) -> ParsedDocument:
    """A document as its parser gave it, from the columns."""
    parts = json.loads(structure)
    return ParsedDocument(
        text=text,
        media_type=media_type,
        title=title,
        date=date,
        headings=tuple(Heading(*heading) for heading in parts["headings"]),
        furniture=tuple((start, end) for start, end in parts["furniture"]),
        verbatim=tuple((start, end) for start, end in parts.get("verbatim", ())),
        page_starts=tuple(parts["page_starts"]),
        places=places,
        metadata=json.loads(metadata),
        warnings=tuple(parts["warnings"]),
    )


def document_of(row: Sequence[Any]) -> Document:
    """A document from a row of `DOCUMENT_COLUMNS`."""
    document_id, collection, title, media_type, sha256, date, metadata, files = row
    # Uploads last: no upload may give a source another name.
    found = sorted(
        (managed, root, path, container, bool(is_file))
        for managed, root, is_file, path, container in json.loads(files)
    )
    uri = found[0][2] if found else document_id
    container = found[0][3] if found else None
    return Document(
        id=document_id,
        collection=collection,
        uri=uri,
        path=_absolute(found[0][1], container or uri, found[0][4]) if found else None,
        paths=tuple(sorted({path for _, _, path, _, _ in found})),
        title=title or _stem(uri),
        media_type=media_type,
        sha256=sha256,
        date=date,
        metadata=json.loads(metadata),
        inside=uri[len(container) + 1 :] if container else None,
    )


def _stem(uri: str) -> str:
    name = uri.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _absolute(root: str, path: str, is_file: bool) -> str:
    # Strings: building a `pathlib.Path` for every hit costs more than reading it.
    return root if is_file else f"{root.rstrip(os.sep)}{os.sep}{path.replace('/', os.sep)}"


def root_of(row: Sequence[Any]) -> Root:
    """A root from a row of `ROOT_COLUMNS`."""
    root_id, path, collection, is_file, managed, away, include, exclude = row
    return Root(
        root_id,
        path,
        collection,
        bool(is_file),
        bool(managed),
        bool(away),
        tuple(json.loads(include)),
        tuple(json.loads(exclude)),
    )


def chunk_of(row: Sequence[Any]) -> Chunk:
    """A chunk from a row of `CHUNK_COLUMNS`."""
    values = (*row[:-1], decode_spans(row[-1]))
    return Chunk(*values)


def split_row(row: sqlite3.Row | Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """A row of `CHUNK_COLUMNS` and then others, cut in two."""
    return row[:_CHUNK_WIDTH], row[_CHUNK_WIDTH:]


def chunk_row(
    chunk_id: int, document_id: str, generation_id: int, chunk: EncodedChunk, revision: int
) -> tuple[Any, ...]:
    """The values of a chunk, in the order of the table's columns."""
    draft = chunk.draft
    return (
        chunk_id,
        document_id,
        generation_id,
        draft.ordinal,
        draft.start,
        draft.end,
        draft.first_line,
        draft.last_line,
        draft.heading,
        draft.first_page,
        draft.last_page,
        draft.tokens,
        draft.text,
        encode_spans(draft.sentences),
        revision,
    )


@cache
def _answers() -> "TypeAdapter[Answer]":
    from pydantic import TypeAdapter

    return TypeAdapter(Answer)


def encode_answer(answer: Answer) -> str:
    """A whole answer as a JSON object with the names of its fields."""
    # A tenth of the time that `dataclasses.asdict` takes, which copies every part.
    return json.dumps(_answers().dump_python(answer, mode="json"))


def storable(text: str) -> str:
    """The text in valid Unicode: a terminal in another encoding gives lone surrogates, which UTF-8
    has no form for.
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def decode_answer(stored: str, answer_id: str) -> Answer:
    """An answer from its JSON.

    Raises:
        StoreCorrupt: It cannot be read.
    """
    from pydantic import ValidationError

    try:
        return _answers().validate_python(json.loads(stored))
    except (ValidationError, ValueError) as exc:
        raise StoreCorrupt(
            f"The stored answer {answer_id!r} cannot be read.", hint="Ask the question again."
        ) from exc


def unknown_answer(answer_id: str) -> UnknownAnswer:
    """The error about an answer that is not there."""
    return UnknownAnswer(
        f"There is no answer {answer_id!r}.",
        hint="It may have been removed with its conversation; ask again.",
    )


def unknown_conversation(conversation_id: str) -> UnknownConversation:
    """The error about a conversation that is not there, or that the asker may not see."""
    return UnknownConversation(
        f"There is no conversation {conversation_id!r}.",
        hint="It may have been removed as too old; begin another one without an id.",
    )
