"""The weights that Quoth ships with: that they are whole, and read as they should."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.reading.base import Reader, Reading, Window
from rag.reading.loading import load_reader

TEXT = (
    "The Gotthard rail tunnel was opened in 1882. It is 15 kilometres long and cost 66.6 million "
    "francs. Some 200 workers died while it was dug, most of them of a disease of the lungs."
)
OTHER = "The red panda lives in the forests of the Himalaya and eats mostly bamboo."


@pytest.fixture(scope="module")
def shipped(model_cache: Path) -> Iterator[Reader]:
    reader = load_reader(model_cache)
    yield reader
    reader.close()


def read(reader: Reader, question: str, text: str) -> tuple[str, Reading]:
    [reading] = reader.read(question, [Window(text, 9, 9 + len(text))])
    start, end = reading.span
    return text[start - 9 : end - 9], reading


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was the Gotthard rail tunnel opened?", "1882"),
        ("How much did the tunnel cost?", "66.6 million francs"),
        ("How many workers died?", "200"),
    ],
)
def test_it_finds_the_words_that_answer(shipped: Reader, question: str, answer: str) -> None:
    said, reading = read(shipped, question, TEXT)

    assert answer in said
    assert len(said) <= len(answer) + 12
    other = read(shipped, question, OTHER)[1]
    assert reading.margin > other.margin + 2
    assert reading.answerable > other.answerable
    assert reading.relevant > other.relevant


def test_it_tells_what_is_supported_from_what_is_not(shipped: Reader) -> None:
    said, elsewhere = shipped.supported(
        [("The Gotthard tunnel was opened in 1882.", text) for text in (TEXT, OTHER)]
    )

    assert said > elsewhere
