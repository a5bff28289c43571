"""An assistant over small documents with a reader that does what it is told."""

from pathlib import Path

from embeddings.hashing import HashingEncoder
from rag.assistant import Assistant
from rag.index.local import LocalIndex
from rag.reading.base import Reader
from rag.reading.passages import PassageReader
from rag.store.sqlite import SqliteStore

ENCODER = HashingEncoder()

TEXTS = {
    "trade.txt": "Trade between the two countries grew by 35 percent. "
    "It reached 94 billion dollars. New railways were built along the coast.",
    "bus.txt": "The electric bus in the capital is 18 meters long. It withstands severe cold.",
    "letter.txt": "President Tokayev sent a congratulatory letter to the festival. "
    "He praised the cultural exchange.",
}


def reading_assistant(store: SqliteStore, folder: Path, reader: Reader | None) -> Assistant:
    """Over what the store holds; None reads nothing."""
    passages = PassageReader(reader) if reader is not None else None
    return Assistant(store, LocalIndex(folder / "index", store), ENCODER, reader=passages)
