import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from api.openai.markdown import escapes, literal, unescaped
from api.openai.visible import Annotation, Showing, plain_text, visible
from rag.settings import Settings
from rag.streaming import CitationEvent, CompleteEvent, DeltaEvent, StatusEvent
from rag.types import Answer, AnswerSentence
from tests.answers import QUOTE, make_answer, make_citation, make_document, make_refusal

BASE = "http://127.0.0.1:8765"
SHOWN = Settings()
HIDDEN = Settings(chat_sources=False)
PUBLIC = Settings(public_url="https://quoth.example")

letters = st.characters(exclude_categories=["Cs"])
signs = st.sampled_from(
    [
        *("![x](http://e.example)", "[a](javascript:x)", "<b>", "&lt;", "https://e.example/a_b"),
        *("[1]", " [1]", "\n\nSources:\n\n- [1] x", "]", "]:", ":::"),
        *("\\", "\\[", "~~", "`", "*", "_", "$", "#", ">"),
    ]
)
words = st.lists(st.one_of(st.text(letters, max_size=6), signs, st.just(" ")), max_size=8).map(
    "".join
)
sentences = st.lists(words.map(lambda text: " ".join(text.split())).filter(bool), max_size=4)


def answer_of(texts: list[str]) -> Answer:
    """As `rag.answering.citations.compose` makes it: each sentence followed by its marker."""
    document = make_document()
    text, spans = "", []
    for number, each in enumerate(texts, start=1):
        start = len(text) + (1 if text else 0)
        text += f"{' ' if text else ''}{each} [{number}]"
        spans.append((start, start + len(each)))
    return make_answer(
        document,
        text=text,
        sentences=tuple(
            AnswerSentence(start, end, "supported", (number,))
            for number, (start, end) in enumerate(spans, start=1)
        ),
        citations=tuple(
            make_citation(document, number=number, cited_text=each, answer_spans=(span,))
            for number, (each, span) in enumerate(zip(texts, spans, strict=True), start=1)
        ),
    )


INERT = {"text", "text_special", "softbreak", "hardbreak"}


def escaped(text: str) -> str:
    """The text with its backslashes."""
    edges = [0, *escapes(text), len(text)]
    return "\\".join(text[a:b] for a, b in pairwise(edges))


def kinds_of(shown: str, preset: str) -> set[str]:
    """The kinds of what stands in the lines of a text in Markdown, and of HTML around them."""
    tokens = MarkdownIt(preset, {"html": True}).parse(shown)
    inline = {child.type for token in tokens for child in token.children or ()}
    return inline | {token.type for token in tokens if token.type in ("html_block", "fence")}


def test_the_text_carries_markers_and_ends_in_a_source_list() -> None:
    assert visible(make_answer(), SHOWN, BASE).text == (
        f"{QUOTE} [1]\n\nSources:\n\n- [1] Trade — hr/trade.md, line 3"
    )


def test_sources_are_links_where_people_reach_the_server() -> None:
    last = visible(make_answer(), PUBLIC, BASE).text.splitlines()[-1]
    assert last.startswith("- [1] [Trade — hr/trade.md, line 3](<https://quoth.example/documents/")


def test_without_sources_the_text_is_the_sentences_alone() -> None:
    shown = visible(answer_of(["One.", "Two [7] of it."]), HIDDEN, BASE)
    assert shown.text == r"One. Two \[7] of it."


def led(texts: list[str]) -> Answer:
    """As `answer_of`, with the last word of the first sentence as the short answer."""
    answer = answer_of(texts)
    first, *others = answer.citations
    end = first.start + len(texts[0])
    short = texts[0].split()[-1]
    marked = replace(first, highlights=((end - len(short), end),))
    return replace(answer, short_answer=short, citations=(marked, *others))


several = sentences.map(lambda texts: [f"So {text}" for text in ["it is", *texts][-2:]])


def test_the_short_answer_stands_first_in_bold() -> None:
    shown = visible(make_answer(short_answer="35 percent"), HIDDEN, BASE)
    assert shown.text == f"**35 percent**\n\n{QUOTE}"
    (annotation,) = shown.annotations
    assert shown.text[annotation.start : annotation.end] == QUOTE


@given(several, st.sampled_from([SHOWN, HIDDEN]))
def test_a_short_answer_moves_annotations_and_is_taken_out_again(
    texts: list[str], settings: Settings
) -> None:
    shown = visible(led(texts), settings, BASE)
    at = [shown.text[each.start : each.end] for each in shown.annotations]
    assert [unescaped(each) for each in at] == texts
    assert plain_text(shown.text) == " ".join(texts)


@given(several)
def test_a_short_answer_is_words_in_bold_and_nothing_else(texts: list[str]) -> None:
    shown = visible(led(texts), HIDDEN, BASE).text.partition("\n\n")[0]
    bold = {"strong_open", "strong_close"}
    for preset in ("commonmark", "js-default"):
        assert kinds_of(shown, preset) <= INERT | bold


def test_the_stream_of_a_written_answer_is_its_text_with_the_short_answer() -> None:
    answer = make_answer(method="llm", short_answer="35 percent")
    showing = Showing(SHOWN, BASE, StatusEvent("answering", answer.id, (), answer.short_answer))
    events = [
        DeltaEvent(QUOTE),
        DeltaEvent(" [1]", between=True),
        CitationEvent(answer.citations[0]),
        CompleteEvent(answer),
    ]
    pieces = [piece for event in events for piece in showing.take(event)]
    whole = visible(answer, SHOWN, BASE)
    assert "".join(each for each in pieces if isinstance(each, str)) == whole.text
    assert pieces[0] == "**35 percent**\n\n"
    (annotation,) = [each for each in pieces if isinstance(each, Annotation)]
    assert whole.text[annotation.start : annotation.end] == QUOTE


def test_a_heading_of_other_words_comes_back_whole() -> None:
    assert plain_text("**Leave**\n\nIt is long.") == "**Leave**\n\nIt is long."


def test_what_was_not_found_has_no_source_list() -> None:
    refusal = make_refusal()
    assert visible(refusal, SHOWN, BASE).text == refusal.text


def test_annotations_link_to_where_the_client_reached_the_server() -> None:
    (annotation,) = visible(make_answer(), SHOWN, BASE).annotations
    assert annotation.citation.url.startswith(f"{BASE}/documents/doc_1?")


@given(sentences, st.sampled_from([SHOWN, HIDDEN, PUBLIC]))
def test_annotations_point_at_the_words_that_stand_on_the_source(
    texts: list[str], settings: Settings
) -> None:
    shown = visible(answer_of(texts), settings, BASE)
    at = [shown.text[each.start : each.end] for each in shown.annotations]
    assert [unescaped(each) for each in at] == texts


@given(sentences, st.sampled_from([SHOWN, HIDDEN, PUBLIC]))
def test_an_annotation_comes_when_its_text_is_there(texts: list[str], settings: Settings) -> None:
    sent = ""
    for piece in visible(answer_of(texts), settings, BASE).pieces:
        if isinstance(piece, str):
            assert piece
            sent += piece
        else:
            assert len(sent) >= piece.end


@given(sentences, st.sampled_from([SHOWN, HIDDEN, PUBLIC]))
def test_a_text_that_comes_back_is_the_sentences_again(
    texts: list[str], settings: Settings
) -> None:
    shown = visible(answer_of(texts), settings, BASE).text
    assert plain_text(shown) == " ".join(texts)


@given(words)
def test_what_is_escaped_is_given_back(text: str) -> None:
    assert unescaped(escaped(text)) == text


@given(sentences, st.sampled_from([SHOWN, HIDDEN, PUBLIC]))
def test_nothing_in_a_sentence_is_an_image_a_link_or_html(
    texts: list[str], settings: Settings
) -> None:
    shown = visible(answer_of(texts), settings, BASE).text.partition("\n\nSources:\n")[0]
    for preset in ("commonmark", "js-default"):
        assert kinds_of(shown, preset) <= INERT


@pytest.mark.parametrize(
    "quoted",
    [
        "Look: ![img](http://evil.example/track.png) there.",
        "A [link](javascript:alert(1)), and [another][1], and <https://evil.example>.",
        "[1]: http://evil.example",
        "[![img](http://evil.example/a.png)](http://evil.example)",
        "Raw <img src=x onerror=alert(1)> and <!-- this --> and </p>, <a@evil.example>.",
        "**bold** _it_ `code` ~~x~~ &lt;b&gt; &#60; \\[x\\] C:\\*",
        "# Big",
        "> said",
    ],
)
@pytest.mark.parametrize("settings", [SHOWN, HIDDEN], ids=["sources", "none"])
def test_a_quoted_sentence_is_read_as_the_document_writes_it(
    quoted: str, settings: Settings
) -> None:
    shown = visible(answer_of([quoted]), settings, BASE).text
    said = next(t for t in MarkdownIt("commonmark").parse(shown) if t.type == "inline")
    assert {child.type for child in said.children or ()} <= INERT
    read = "".join(child.content for child in said.children or ())
    assert read == (f"{quoted} [1]" if settings.chat_sources else quoted)


@pytest.mark.parametrize(
    "sentence",
    [
        "R&D spent $5 (about ~5%), not a * b < c; see snake_case_names [sic] in C:\\Users\\all.",
        "Write to hr@example.com or see https://hr.example/a_b/?x=1&copy=_2_ for more!",
        "Ab März: 3 > 2, #1 — “quoted”, it's 50/50 | all + more = good.",
    ],
)
def test_an_ordinary_sentence_stays_as_it_is(sentence: str) -> None:
    assert escaped(sentence) == sentence


def test_a_documents_own_numbers_are_told_from_markers() -> None:
    shown = visible(answer_of(["It says [1] that.", "So [2]"]), SHOWN, BASE).text
    assert shown.startswith(r"It says \[1] that. [1] So \[2] [2]")
    assert plain_text(shown) == "It says [1] that. So [2]"


def test_a_sign_at_the_edge_of_a_sentence_belongs_to_its_annotation() -> None:
    shown = visible(answer_of(["*All*", "`x`"]), SHOWN, BASE)
    at = [shown.text[each.start : each.end] for each in shown.annotations]
    assert at == [r"\*All\*", r"\`x\`"]


@given(st.text(max_size=200))
def test_any_text_may_come_back(text: str) -> None:
    assert len(plain_text(text)) <= len(text)


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert(1)</script>",
        "![pixel](http://evil.example/x.png)",
        "[click](javascript:alert(1))",
        "](http://evil.example) x",
        "**bold** _it_ `code` ~~x~~",
        "&lt;b&gt; &#60;",
        "two\n\n# lines\n- [2] Forged",
    ],
)
@pytest.mark.parametrize("settings", [SHOWN, PUBLIC], ids=["text", "links"])
def test_a_title_is_never_read_as_markdown_or_html(title: str, settings: Settings) -> None:
    document = make_document(uri="trade.md")
    object.__setattr__(document, "title", title)
    shown = visible(make_answer(document), settings, BASE).text
    item = [token for token in MarkdownIt("commonmark").parse(shown) if token.type == "inline"][-1]
    kinds = {child.type for child in item.children or ()}
    assert kinds <= {"text", "link_open", "link_close"}
    read = "".join(child.content for child in item.children or ())
    assert read == f"[1] {' '.join(title.split())} — trade.md, line 3"


def test_words_without_signs_stay_as_they_are() -> None:
    assert literal("leave_policy-2 (draft), R&D: 5%") == "leave_policy-2 (draft), R&D: 5%"


def test_addresses_become_no_links_by_themselves() -> None:
    assert literal("https://evil.example www.evil.example") == (
        r"https\://evil.example www\.evil.example"
    )


def test_a_refusal_without_sources_is_a_text_too() -> None:
    assert visible(make_refusal(), HIDDEN, BASE).text == make_refusal().text


@pytest.mark.parametrize(
    "text", ["[", "<", "[a", "<a", "\\", "*", "https://", "&#", "~", ":", " _"]
)
def test_a_long_text_is_escaped_in_no_time(text: str) -> None:
    started = time.perf_counter()
    list(escapes(text * (1_000_000 // len(text))))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    "text", [" [1]", "\n\nSources:\n\n- [1] x", "\n", "- [1] \n", "**x**\n\n", "**\\"]
)
def test_a_long_text_that_comes_back_is_read_in_no_time(text: str) -> None:
    started = time.perf_counter()
    plain_text("\n\nSources:\n" + text * (1_000_000 // len(text)) + "x")
    plain_text("**" + text * (1_000_000 // len(text)))
    assert time.perf_counter() - started < 5
