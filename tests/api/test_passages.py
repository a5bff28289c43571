from hypothesis import assume, given
from hypothesis import strategies as st

from api.passages import CONTEXT_CHARS, QUOTE_CHARS, Segment, cited_passage, excerpt, segments
from api.terminal import harmless
from tests.answers import HIGHLIGHT, QUOTE, TEXT, Texts, make_answer, make_hit


def quoted(parts: tuple[Segment, ...]) -> str:
    return "".join(part.text for part in parts if part.kind != "context")


@st.composite
def passages(draw: st.DrawFn) -> tuple[str, tuple[int, int], list[tuple[int, int]]]:
    text = draw(st.text(min_size=1, max_size=3000))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    return text, (cuts[0], cuts[3]), [(cuts[1], cuts[2])]


def test_a_quote_stands_between_its_context_with_its_highlight() -> None:
    text = "Before it. It grew by 35 percent. After it."
    parts = segments(text, (11, 33), [(22, 32)])
    assert parts == (
        Segment("Before it. ", "context"),
        Segment("It grew by ", "quote"),
        Segment("35 percent", "highlight"),
        Segment(".", "quote"),
        Segment(" After it.", "context"),
    )


def test_long_context_is_cropped_at_words() -> None:
    text = "word " * 200 + "QUOTE" + " word" * 200
    before, quote, after = segments(text, (1000, 1005))
    assert before.text.startswith("…word word")
    assert quote == Segment("QUOTE", "quote")
    assert after.text.endswith("word word…")
    assert len(before.text) <= CONTEXT_CHARS + 1


def test_a_very_long_quote_is_cropped_around_its_highlight() -> None:
    text = "x " * 4000 + "HERE" + " y" * 4000
    parts = segments(text, (0, len(text)), [(8000, 8004)])
    assert [part.text for part in parts if part.kind == "highlight"] == ["HERE"]
    assert quoted(parts).startswith("…")
    assert quoted(parts).endswith("…")
    assert len(quoted(parts)) <= QUOTE_CHARS + 2


@given(passages())
def test_the_shown_quote_is_the_quoted_text_but_for_white_space(
    passage: tuple[str, tuple[int, int], list[tuple[int, int]]],
) -> None:
    text, (start, end), highlights = passage
    assume(end - start <= QUOTE_CHARS)
    shown = quoted(segments(text, (start, end), highlights))
    assert shown.replace(" ", "") == harmless(text[start:end]).replace(" ", "")


def test_a_passage_comes_from_the_hit_that_holds_the_citation() -> None:
    answer = make_answer()
    parts = cited_passage(answer, answer.citations[0], Texts({}))
    assert quoted(parts) == QUOTE
    assert [part.text for part in parts if part.kind == "highlight"] == [
        TEXT[HIGHLIGHT[0] : HIGHLIGHT[1]]
    ]


def test_a_passage_comes_from_the_document_where_no_hit_holds_the_citation() -> None:
    answer = make_answer(hits=())
    assert quoted(cited_passage(answer, answer.citations[0], Texts())) == QUOTE


def test_an_excerpt_is_one_line_cut_at_a_word() -> None:
    assert excerpt("one\ntwo  three", 40) == "one two three"
    assert excerpt("one two three", 9) == "one two…"


def test_hits_of_other_documents_are_not_mistaken_for_the_source() -> None:
    answer = make_answer()
    elsewhere = make_hit(answer.citations[0].document, text="x" * 10)
    moved = make_answer(hits=(elsewhere,))
    assert quoted(cited_passage(moved, moved.citations[0], Texts())) == QUOTE
