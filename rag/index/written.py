"""What of an index is written, told without opening it: no library of an index is imported."""

from pathlib import Path

from embeddings.index_file import written_revision
from rag.store.base import DocumentReader

FEW_CHANGES = 256
"""So few chunks that came or went are left to the next search, which takes them from the store in a
few milliseconds; writing the index takes longer the larger it is."""


def vectors_file(folder: Path) -> Path:
    """Where a generation's vectors lie."""
    return folder / "vectors.faiss"


def is_nearly_current(folder: Path, reader: DocumentReader) -> bool:
    """Whether the index in a folder shows all but a few changes of the generation that serves."""
    generation = reader.generation()
    if generation is None:
        return False
    revision = written_revision(vectors_file(folder / f"g{generation.id}"))
    return revision is not None and reader.changes_after(revision) <= FEW_CHANGES
