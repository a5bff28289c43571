"""Whether the indexes over vectors and words hold exactly the store's chunks, and find them.

An index on disk may be behind the store: the next search takes it from its revision to the store's.
So it is right when what it holds, brought up to date, is what the store holds.
"""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.errors import VectorIndexCorrupt
from rag.doctor.base import Check, Progress, Subject, counted
from rag.store.codecs import decode_vector

if TYPE_CHECKING:
    from embeddings.base import FloatArray, IdArray
    from rag.store.base import Generation

_SAMPLE_CHUNKS = 16
_FOUND_ITSELF = 0.999  # cosine of a vector to itself, with float32's rounding
_REPAIR = "Run `quoth doctor --repair` to build it again from the store."


def check_vector_index(subject: Subject) -> Iterator[Check]:
    """The FAISS file of the serving generation."""
    generation = subject.store.generation()
    file = subject.index_dir / f"g{generation.id}" / "vectors.faiss" if generation else None
    if generation is None or file is None or not file.exists():
        yield Check("vector index", True, "There is none on disk; a search builds it.")
        return
    subject.on_progress(Progress("vector index", 0, None))
    yield _vector_index(subject, generation, file)


def check_word_index(subject: Subject) -> Iterator[Check]:
    """The newest tantivy folder of the serving generation, and no damaged ones beside it."""
    from rag.index.analysis import Analyzer
    from rag.index.words import WordIndex, damaged_revisions

    generation = subject.store.generation()
    folder = subject.index_dir / f"g{generation.id}" if generation else None
    if generation is None or folder is None or not any(folder.glob("r*")):
        yield Check("word index", True, "There is none on disk; a search builds it.")
        return
    subject.on_progress(Progress("word index", 0, None))
    if damaged := damaged_revisions(folder):
        yield _wrong("word index", f"{damaged[0].name} in {str(folder)!r} is damaged")
        return
    analyzer = Analyzer()
    index = WordIndex(folder, analyzer)
    held = index.chunk_ids()
    problem = _disagreement(subject, held, index.revision)
    if problem is not None:
        yield _wrong("word index", problem)
        return
    for chunk_id, text, _ in _sample(subject, held):
        if analyzer.words(text) and not len(index.search(((text, 1.0),), 1, chunk_id).ids):
            yield _wrong("word index", f"chunk {chunk_id[0]} is not found by its own words")
            return
    yield Check("word index", True, _state(subject, held, index.revision))


def _vector_index(subject: Subject, generation: "Generation", file: Path) -> Check:
    import numpy as np

    from embeddings.faiss_index import FlatVectorIndex

    try:
        index, revision = FlatVectorIndex.load(
            file, dimension=generation.dimension, fingerprint=generation.fingerprint
        )
    except VectorIndexCorrupt as exc:
        return _wrong("vector index", exc.message.rstrip("."))
    held = np.sort(index.ids())
    problem = _disagreement(subject, held, revision)
    if problem is not None:
        return _wrong("vector index", problem)
    for chunk_id, _, vector in _sample(subject, held):
        near = index.search(vector, 1, among=chunk_id)
        if not len(near.ids) or near.scores[0] < _FOUND_ITSELF:
            return _wrong("vector index", f"chunk {chunk_id[0]} has another vector than the store")
    return Check("vector index", True, _state(subject, held, revision))


def _disagreement(subject: Subject, held: "IdArray", revision: int) -> str | None:
    """What would still be wrong after a search has brought the index up to date."""
    import numpy as np

    store = subject.store
    if revision > store.revision():
        return f"it shows revision {revision}, and the store is at {store.revision()}"
    if len(np.unique(held)) != len(held):
        return "it holds a chunk twice"
    wanted = store.chunk_ids()
    kept = np.setdiff1d(held, store.removed_after(revision))
    surplus = len(np.setdiff1d(kept, wanted))
    missing = len(np.setdiff1d(wanted, np.union1d(kept, _added_after(subject.db, revision))))
    if not surplus and not missing:
        return None
    return f"it lacks {counted(missing, 'chunk')} and holds {surplus:,} that are gone"


def _added_after(db: sqlite3.Connection, revision: int) -> "IdArray":
    import numpy as np

    rows = db.execute(
        "SELECT id FROM chunks WHERE generation_id = (SELECT generation_id FROM state) "
        "AND revision > ?",
        (revision,),
    )
    return np.fromiter((row[0] for row in rows), np.int64)


def _sample(subject: Subject, held: "IdArray") -> Iterator["tuple[IdArray, str, FloatArray]"]:
    """Chunks from all over those that are both in the store and in the index: id, text, vector."""
    import numpy as np

    both = np.intersect1d(subject.store.chunk_ids(), held)
    ids = both[:: max(1, len(both) // _SAMPLE_CHUNKS)][:_SAMPLE_CHUNKS]
    rows = subject.db.execute(
        "SELECT c.id, c.text, v.vector FROM chunks c JOIN vectors v ON v.chunk_id = c.id "
        "WHERE c.id IN (SELECT value FROM json_each(?)) ORDER BY c.id",
        (json.dumps(ids.tolist()),),
    )
    for chunk_id, text, vector in rows:
        yield np.asarray([chunk_id], np.int64), text, decode_vector(vector)


def _state(subject: Subject, held: "IdArray", revision: int) -> str:
    behind = subject.store.revision() - revision
    lag = (
        f", {counted(behind, 'revision')} behind, which the next search makes up" if behind else ""
    )
    return f"It holds {counted(len(held), 'chunk')}{lag}; a sample finds itself."


def _wrong(name: str, problem: str) -> Check:
    return Check(name, False, f"The {name} is wrong: {problem}.", _REPAIR, repairable=True)
