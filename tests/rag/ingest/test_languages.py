from pathlib import Path

import pytest

from embeddings.base import Encoder
from rag.ingest.languages import foreign_warning, is_foreign

ENGLISH = "Trade between the countries has grown since the meeting two years ago."
KNOWN = [
    ENGLISH,
    "Der Handel zwischen den Ländern ist seit dem Treffen vor zwei Jahren gewachsen.",
    "def total(items):\n    return sum(price * count for price, count in items.values())",
    "1,200 | 3,400 | 5,600\n" * 30,
    "коротко",
    "",
]
FOREIGN = [
    "Торговля между Китаем и Центральной Азией выросла на 35 процентов за два года.",
    "两年前西安会议以来，中国与中亚的贸易增长了百分之三十五，新的铁路正在建设，两国人民往来更加密切。",
]


@pytest.fixture(scope="module")
def encoder(model_cache: Path) -> Encoder:
    from embeddings.loading import load_encoder

    return load_encoder("all-MiniLM-L6-v2", cache_dir=model_cache)


@pytest.mark.parametrize("text", KNOWN)
def test_text_that_the_model_has_words_for_is_known(encoder: Encoder, text: str) -> None:
    assert not is_foreign(text, encoder.count_tokens)


@pytest.mark.parametrize("text", FOREIGN)
def test_text_that_falls_apart_into_letters_is_foreign(encoder: Encoder, text: str) -> None:
    assert is_foreign(text, encoder.count_tokens)


def test_one_sentence_speaks_of_all_foreign_documents() -> None:
    assert foreign_warning([]) == ()
    [one] = foreign_warning(["a.txt"])
    assert one.startswith("a.txt: ")
    [several] = foreign_warning(["a.txt", "b.txt", "c.txt"])
    assert several.startswith("a.txt and 2 more: ")
