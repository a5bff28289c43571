from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.llm.thinking import WithoutThinking

texts = st.lists(
    st.sampled_from(["<think>", "</think>", "<", "think", ">", "</", "a < b ", "secret", "."]),
    max_size=12,
).map("".join)


def filtered(pieces: list[str]) -> str:
    tested = WithoutThinking()
    return "".join([*(tested.feed(piece) for piece in pieces), tested.finish()])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Plain < text >.", "Plain < text >."),
        ("<think>no</think>Yes.", "Yes."),
        ("<THINK>no</Think> Yes.<thinking>no</thinking> And.", " Yes. And."),
        ("Yes.<think>for ever", "Yes."),
        ("It is 3 <thin", "It is 3 <thin"),
    ],
)
def test_thoughts_are_taken_out(text: str, shown: str) -> None:
    assert filtered([text]) == shown


@given(texts, st.lists(st.integers(0, 60)))
def test_it_does_not_matter_how_a_text_is_cut(text: str, cuts: list[int]) -> None:
    places = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert filtered(pieces) == filtered([text])
