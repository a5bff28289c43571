import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.sentences import MAX_SENTENCE_CHARS, sentence_spans

WRAPPED = (
    "It was a long line of prose that the author has wrapped by hand at about\n"
    "seventy columns, as people do in plain text files. The second sentence is\n"
    "shorter."
)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, 0, len(text))]


@pytest.mark.parametrize(
    "text",
    [
        "Keynote by H.E. Xi Jinping in Astana.",
        "Centers were set up, i.e. on trade.",
        "The tunnel Naryn No.1 is open.",
        "The tunnel No. 1 is open.",
        "I met Dr. Smith and Mr. Jones vs. Prof. Lee.",
        "It is a U.N.-centered system of the U.S. Senate.",
        "J. K. Rowling wrote it, e.g. Harry Potter.",
        "It grew by 3.14 percent ... or so.",
        "See https://example.org/a.html and README.md or notes.txt now.",
        "On Jan. 5 it shows in Fig. 3 at 5 p.m. sharp.",
        "“Really?” she asked.",
        "1. The tenant shall pay.",
        "It was so loud! he said.",
    ],
)
def test_one_sentence_stays_whole(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "expected",
    [
        ["He left.", "She stayed!", "Why?", "Nobody knows…", "So it is."],
        ['He said "Yes."', "Then he left."],
        ["(It was late.)", "“It was cold.”", "‘So?’"],
        ["It ended in 2024.", "3,000 came."],
        ["Item[12] ends.[3]", "The next one begins."],
        ["— We practice respect.", "— We seek trust."],
        ["It belongs to the U.S.", "The law says so."],
        ["1. The tenant shall pay.", "2. The landlord agrees."],
        ["BEIJING, June 17, 2025 /PRNewswire/ --", "The outcomes are rich."],
    ],
)
def test_sentences_on_one_line_are_told_apart(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("你好。今天天气很好!你呢?", 3),
        ("यह एक वाक्य है। यह दूसरा है।", 2),
        ("ما هذا؟ هذا كتاب.", 2),
    ],
)
def test_other_scripts_end_their_sentences(text: str, count: int) -> None:
    text = text.replace("!", "！").replace("?", "？")
    assert len(sentences(text)) == count


def test_text_with_spaces_before_its_marks_is_read_alike() -> None:
    assert sentences("It recurs , e.g. yearly . `` Yes . '' The end .") == [
        "It recurs , e.g. yearly .",
        "`` Yes . ''",
        "The end .",
    ]


def test_prose_wrapped_by_hand_is_joined() -> None:
    assert sentences(WRAPPED) == [
        WRAPPED[: WRAPPED.index(" The second")],
        "The second sentence is\nshorter.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "- apples\n- pears\nlast",
        "Alice: are you there\nBob: yes",
        "Two roads diverged in a yellow wood,\nAnd sorry I could not travel both",
        "| a | b. C |\n|---|---|\n| x. Y | z |",
        "A title\n\nA paragraph without an end\n\nanother",
        "def f():\n    return 1",
    ],
)
def test_lines_that_stand_for_themselves_are_kept_apart(text: str) -> None:
    assert sentences(text) == [line.strip() for line in text.splitlines() if line]


def test_what_has_no_end_is_cut_at_weaker_boundaries() -> None:
    pieces = sentences("one two three, " * 200)
    assert all(200 < len(piece) <= MAX_SENTENCE_CHARS for piece in pieces)
    assert all(piece.endswith(",") for piece in pieces)


def test_only_the_asked_for_part_is_read() -> None:
    text = "One. Two. Three."
    assert sentence_spans(text, 5, 9) == [(5, 9)]


@pytest.mark.parametrize("unit", ["a", "word ", ". ", "Hello there, dear world. ", "'", ".'", "\n"])
def test_a_line_of_a_million_characters_takes_no_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    started = time.perf_counter()
    sentence_spans(text, 0, len(text))
    assert time.perf_counter() - started < 10


TEXTS = st.text(
    st.one_of(
        st.sampled_from("aB1 .!?…,;:\n\r\t-–•|#'\"“”()。！؟।\u2028\u00a0\x0b\x1c>"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=300,
)


@given(TEXTS)
def test_spans_leave_out_nothing_but_white_space(text: str) -> None:
    spans = sentence_spans(text, 0, len(text))
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert text[start:end] == text[start:end].strip()
        assert not text[position:start].strip()
        position = end
    assert not text[position:].strip()
