"""Where a citation says that it stands: its own pages, and its place in the format's words."""

from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from rag.assistant import Assistant
from rag.index.local import LocalIndex
from rag.store.sqlite import SqliteStore
from rag.types import Place
from tests.rag.corpus import put

FIRST = "The harbour was opened in 1904. "
SECOND = "The ferry to the island takes twelve minutes."


@pytest.mark.parametrize(
    ("question", "page", "place"),
    [
        ("When was the harbour opened?", 1, "slide 1"),
        ("How many minutes does the ferry to the island take?", 2, "slide 2"),
    ],
)
def test_a_quote_has_its_own_page_and_place_and_not_those_of_its_passage(
    tmp_path: Path, question: str, page: int, place: str
) -> None:
    encoder, middle, end = HashingEncoder(), len(FIRST), len(FIRST + SECOND)
    places = (Place(0, middle, "slide 1"), Place(middle, end, "slide 2"))
    with SqliteStore.open(tmp_path / "store.db", create=True) as store:
        put(store, encoder, {"a": FIRST + SECOND}, page_starts=(0, middle), places=places)
        answer = Assistant(store, LocalIndex(tmp_path / "index", store), encoder).ask(question)
        first = answer.citations[0]
        assert (first.first_page, first.last_page, first.place) == (page, page, place)
