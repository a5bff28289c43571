from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.lines import LineNumbers, split_lines


def test_three_kinds_of_line_ends_count() -> None:
    assert [line.text for line in split_lines("a\nb\r\nc\rd\u2028e")] == ["a", "b", "c", "d\u2028e"]


def test_a_character_of_a_line_end_belongs_to_its_line() -> None:
    lines = LineNumbers("ab\r\ncd\n")
    assert [lines.of(offset) for offset in range(7)] == [1, 1, 1, 1, 2, 2, 2]


@given(st.text(alphabet="ab \r\n\u2028"))
def test_lines_are_exact_and_numbered_as_they_come(text: str) -> None:
    numbers = LineNumbers(text)
    for number, line in enumerate(split_lines(text), 1):
        assert text[line.start : line.end] == line.text
        assert numbers.of(line.start) == number
