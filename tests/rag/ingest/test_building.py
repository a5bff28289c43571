import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import FileUnreadable
from rag.ingest.building import PAGE_BREAK, TextBuilder

words = st.text(alphabet="ab .\n\t\f\xa0\ud83d\x00\u2028-1", max_size=12)
calls = st.lists(
    st.tuples(
        st.sampled_from(["paragraph", "heading", "row", "item", "place", "page_break"]), words
    ),
    max_size=30,
)


def test_blocks_are_parted_and_rows_stand_below_each_other() -> None:
    builder = TextBuilder()
    builder.heading("A heading", 1)
    builder.row("a: 1")
    builder.row("a: 2")
    builder.paragraph("Words:")
    builder.item("- one")
    builder.item("- two")
    assert builder.build("x").text == "A heading\n\na: 1\na: 2\n\nWords:\n- one\n- two"


def test_a_page_that_begins_inside_a_paragraph_begins_there() -> None:
    builder = TextBuilder()
    builder.paragraph(f"one{PAGE_BREAK}two")
    builder.page_break()
    builder.paragraph("three")
    document = builder.build("x", pages=True)
    assert document.text == "onetwo\n\nthree"
    assert document.page_starts == (0, 3, 6)


def test_halves_of_characters_are_joined_and_controls_dropped() -> None:
    builder = TextBuilder()
    builder.paragraph("a\ud83d\ude00\x00b\u00ad")
    assert builder.build("x").text == "a😀b"


def test_an_overlong_heading_is_text() -> None:
    builder = TextBuilder()
    builder.heading("word " * 100, 1)
    assert builder.build("x").headings == ()


@given(calls)
def test_whatever_is_written_spans_lie_in_the_text_in_order(made: list[tuple[str, str]]) -> None:
    builder = TextBuilder()
    for name, text in made:
        if name == "heading":
            builder.heading(text, 2)
        elif name == "page_break":
            builder.page_break()
        else:
            getattr(builder, name)(text)
    document = builder.build("x", pages=True)
    document.text.encode()
    assert PAGE_BREAK not in document.text
    assert list(document.page_starts) == sorted(document.page_starts)
    assert document.page_starts[-1] <= len(document.text)
    for spans in (
        [(heading.start, heading.end) for heading in document.headings],
        [(place.start, place.end) for place in document.places],
        document.verbatim,
    ):
        position = 0
        for start, end in spans:
            assert position <= start < end <= len(document.text)
            position = end
    for heading in document.headings:
        assert document.text[heading.start : heading.end] == heading.text


def test_a_text_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.building.MAX_TEXT_CHARS", 10)
    with pytest.raises(FileUnreadable, match="more than 10 characters"):
        TextBuilder().paragraph("eleven more")


def test_a_million_spaces_take_no_time() -> None:
    started = time.perf_counter()
    builder = TextBuilder()
    builder.paragraph("a" + "\xa0 " * 500_000 + "b")
    builder.heading("a" + " " * 1_000_000 + "b", 1)
    assert time.perf_counter() - started < 5
