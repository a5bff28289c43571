from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.few_tokens import FewTokens
from rag.tokens import _PATTERN, _encoding, _table

words = st.sampled_from(
    [
        "hello",
        "World",
        "it's",
        "IT'S",
        "don't",
        "  ",
        "\n",
        "\r\n\t",
        "12345",
        "naïve",
        "汉字",
        "…",
        "/",
        "-",
    ]
)
texts = st.one_of(
    st.text(max_size=60),
    st.lists(words, max_size=12).map(" ".join),
    st.text("aäZ9' \n.", max_size=60),
)


@cache
def few() -> FewTokens:
    return FewTokens(_table(), _PATTERN)


@settings(deadline=None)  # the first one loads both tables
@given(texts)
def test_the_counts_are_those_of_tiktoken(text: str):
    assert few().count(text) == len(_encoding().encode_ordinary(text))


def test_prose_is_counted_as_tiktoken_does():
    text = (
        "Counterintuitively, the Xi'an summit's 2,025 participants re-emphasised multilateralism. "
        * 3
    )
    assert few().count(text) == len(_encoding().encode_ordinary(text))
