from hypothesis import given
from hypothesis import strategies as st

from embeddings.texts import encodable, shifted


@given(st.text(st.characters(), max_size=50))
def test_any_text_becomes_utf8_without_moving_a_character(text: str) -> None:
    cleaned = encodable(text)

    cleaned.encode("utf-8")
    assert len(cleaned) == len(text)


def test_spans_move_by_the_length_of_the_prompt() -> None:
    assert shifted([(0, 3), (5, 9)], 7) == [(7, 10), (12, 16)]
