import itertools

import regex
from hypothesis import example, given
from hypothesis import strategies as st

from api.slack.rendering.limits import length
from api.slack.rendering.splitting import lines, pieces, shortened

TEXTS = st.text(
    st.one_of(
        st.sampled_from(list('ab  .!?\n"“”«»😀é\u0301\u200d👩🇩🇪👍🏽/:')),
        st.characters(codec="utf-8"),
    ),
    max_size=400,
)


@given(TEXTS, st.integers(2, 60))
@example("👩‍👩‍👧‍👦" * 30, 50)
def test_the_pieces_are_the_text_and_none_is_too_long(text: str, most: int) -> None:
    for cut in (pieces, lines):
        found = list(cut(text, most))
        assert "".join(found) == text
        assert all(0 < length(piece) <= most for piece in found)


@given(TEXTS, st.integers(3, 60))
def test_a_shortened_text_is_the_text_or_its_beginning(text: str, most: int) -> None:
    short = shortened(text, most)
    assert length(short) <= most
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@given(st.lists(st.sampled_from(["a", "é", "e\u0301", "👩‍👩‍👧", "🇩🇪", "👍🏽", "❤️"]), max_size=60))
def test_a_cut_never_goes_through_what_is_seen_as_one_sign(signs: list[str]) -> None:
    text = "".join(signs)
    ends = {found.end() for found in regex.finditer(r"\X", text)}
    cuts = list(itertools.accumulate(len(piece) for piece in pieces(text, 20)))
    assert set(cuts) <= ends


def test_a_text_is_cut_after_a_paragraph_rather_than_a_line_a_sentence_or_a_word() -> None:
    text = "One word. Two words.\nA line.\n\nA paragraph with a lot of words"
    assert next(pieces(text, 55)) == "One word. Two words.\nA line.\n\n"
    assert next(pieces(text, 29)) == "One word. Two words.\nA line.\n"
    assert next(pieces(text, 19)) == "One word. "
    assert next(pieces("abc def ghi", 9)) == "abc def "


def test_an_address_is_not_cut_unless_it_alone_is_too_long() -> None:
    address = "https://example.org/a_(b)?x=" + "y" * 40
    assert list(pieces(f"See it at {address} today", 72)) == ["See it at ", f"{address} ", "today"]
    assert all(length(piece) <= 30 for piece in pieces(address, 30))


def test_a_quotation_is_not_cut_unless_it_alone_is_too_long() -> None:
    text = "He said it. “One. Two. Three.” Then he left the room."
    assert list(pieces(text, 28)) == [
        "He said it. ",
        "“One. Two. Three.” ",
        "Then he left the room.",
    ]
    assert [*pieces("“one two three four”", 12)] == ["“one two ", "three four”"]


def test_code_is_cut_after_its_lines() -> None:
    assert list(lines("aaaa\nbbbb\ncccc\n", 11)) == ["aaaa\nbbbb\n", "cccc\n"]
