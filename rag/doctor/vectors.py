"""Whether every chunk has its vectors, whether they can be vectors at all, and whether the model
still makes the same of the same text.
"""

import sqlite3
from collections.abc import Iterator

from embeddings.errors import QuothError
from rag.doctor.base import Check, Progress, Subject, counted
from rag.ingest.context import embedding_text

SAMPLE_CHUNKS = 32
LEAST_COSINE = 0.9999
_UNIT_WITHIN = 1e-3
_ROWS_AT_ONCE = 4096
_REPAIR = "Run `quoth doctor --repair` to encode them again."
_ALL = (
    "SELECT c.id, c.document_id, length(c.sentences) / 8, CAST(v.vector AS BLOB), "
    "length(v.sentence_vectors) "
    "FROM chunks c LEFT JOIN vectors v ON v.chunk_id = c.id "
    "WHERE c.generation_id = ? ORDER BY c.id"
)
_SAMPLE = (
    "SELECT c.document_id, d.title, c.heading, c.text, CAST(v.vector AS BLOB) FROM chunks c "
    "JOIN documents d ON d.id = c.document_id JOIN vectors v ON v.chunk_id = c.id "
    "WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id"
)


def check_vectors(subject: Subject) -> Iterator[Check]:
    """Each chunk of the serving generation: a unit vector, and one direction for each sentence."""
    generation = subject.store.generation()
    if generation is None:
        yield Check("vectors", True, "There is nothing to look at yet.")
        return
    total = subject.store.counts().chunks
    problems: dict[str, int] = {}
    rows = subject.db.execute(_ALL, (generation.id,))
    done = 0
    while some_rows := rows.fetchmany(_ROWS_AT_ONCE):
        subject.on_progress(Progress("vectors", done, total))
        done += len(some_rows)
        for document_id, problem in _problems(some_rows, generation.dimension):
            subject.findings.documents.add(document_id)
            problems[problem] = problems.get(problem, 0) + 1
    if problems:
        found = ", ".join(f"{counted(n, 'chunk')} {what}" for what, n in sorted(problems.items()))
        yield Check("vectors", False, f"Of {done:,}: {found}.", _REPAIR, repairable=True)
        return
    yield Check(
        "vectors", True, f"{counted(done, 'chunk')}, each with its unit vectors, all finite."
    )


def check_model(subject: Subject) -> Iterator[Check]:
    """Whether the model loads, is the one that the index was made with, and encodes as then."""
    serving = subject.store.generation()
    wanted = subject.wanted()
    if serving is not None and not serving.matches(wanted):
        yield Check(
            "model",
            False,
            f"The index was made with {serving.model!r} ({serving.chunker}), the settings ask for "
            f"{wanted.model!r} ({wanted.chunker}) or another version of it.",
            "Run `quoth ingest` to build it anew, or set the settings back.",
        )
        return
    subject.on_progress(Progress("model", 0, None))
    encoder = subject.load_encoder()
    if serving is None:
        yield Check("model", True, f"{encoder.name!r} loads; nothing is indexed with it yet.")
        return
    ids = subject.store.chunk_ids()
    step = max(1, len(ids) // SAMPLE_CHUNKS)
    sample = _sample(subject.db, [int(each) for each in ids[::step][:SAMPLE_CHUNKS]])
    try:
        texts = [embedding_text(title, heading, text)[0] for _, title, heading, text, _ in sample]
        cosines = _cosines(encoder.encode_documents(texts).vectors, [row[4] for row in sample])
    except (ValueError, QuothError) as exc:
        yield Check("model", False, f"It does not encode: {exc}.", "Check the settings' model.")
        return
    changed = [row[0] for row, cosine in zip(sample, cosines, strict=True) if cosine < LEAST_COSINE]
    if changed:
        subject.findings.documents.update(changed)
        yield Check(
            "model",
            False,
            f"{len(changed)} of {counted(len(sample), 'chunk')} encoded again came out otherwise "
            f"(cosine {min(cosines):.4f}).",
            _REPAIR,
            repairable=True,
        )
        return
    least = f"; {counted(len(sample), 'chunk')} encoded again agree" if sample else ""
    yield Check("model", True, f"{encoder.name!r} loads and is the index's own{least}.")


def _problems(rows: list[tuple[object, ...]], dimension: int) -> Iterator[tuple[str, str]]:
    import numpy as np

    whole = []
    for _, document_id, sentences, vector, directions in rows:
        if not isinstance(vector, bytes):
            yield str(document_id), "without a vector"
        elif len(vector) != 4 * dimension:
            yield str(document_id), f"of another length than {dimension}"
        elif not isinstance(sentences, int) or directions != sentences * dimension:
            yield str(document_id), "without a direction for each sentence"
        else:
            whole.append((str(document_id), vector))
    if not whole:
        return
    matrix = np.frombuffer(b"".join(vector for _, vector in whole), "<f4").reshape(-1, dimension)
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.linalg.norm(matrix.astype(np.float64), axis=1)
    for position in np.flatnonzero(~(np.abs(norms - 1) <= _UNIT_WITHIN)).tolist():
        yield whole[position][0], "whose vector has no length of 1"


def _sample(db: sqlite3.Connection, ids: list[int]) -> list[tuple[str, str, str, str, bytes]]:
    import json

    return db.execute(_SAMPLE, (json.dumps(ids),)).fetchall()


def _cosines(vectors: object, stored: list[bytes]) -> list[float]:
    import numpy as np

    again = np.asarray(vectors, np.float32)
    before = np.frombuffer(b"".join(stored), "<f4").reshape(again.shape)
    return [float(value) for value in np.einsum("ij,ij->i", again, before)]
