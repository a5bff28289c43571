from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.context import MAX_CONTEXT_CHARS, embedding_text


def test_title_and_heading_stand_in_front() -> None:
    assert embedding_text("Handbook", "Leave › Sick leave", "Call.") == (
        "Handbook › Leave › Sick leave\nCall.",
        30,
    )


def test_a_title_that_is_also_the_heading_stands_once() -> None:
    assert embedding_text("Leave", "Leave", "Call.")[0] == "Leave\nCall."


def test_without_title_and_heading_nothing_stands_in_front() -> None:
    assert embedding_text(None, None, "Call.") == ("Call.", 0)


def test_the_innermost_heading_outlives_a_long_path() -> None:
    context = embedding_text("T", " › ".join(["x" * 90, "y" * 90, "z" * 90]), "")[0]
    assert "z" * 90 in context
    assert "x" * 90 not in context


@given(st.none() | st.text(), st.none() | st.text(max_size=600), st.text())
def test_the_prefix_is_short_and_the_text_untouched(
    title: str | None, heading: str | None, text: str
) -> None:
    embedded, prefix = embedding_text(title, heading, text)
    assert embedded[prefix:] == text
    assert prefix <= MAX_CONTEXT_CHARS + 1
