import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from api.openai.markdown import literal
from api.openai.visible import plain_text, visible
from rag.settings import Settings
from rag.types import Answer, AnswerSentence
from tests.answers import QUOTE, make_answer, make_citation, make_document, make_refusal

BASE = "http://127.0.0.1:8765"
SHOWN = Settings()
HIDDEN = Settings(chat_sources=False)
PUBLIC = Settings(public_url="https://quoth.example")

words = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="[]"), min_size=1, max_size=20
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


def test_the_text_carries_markers_and_ends_in_a_source_list() -> None:
    assert visible(make_answer(), SHOWN, BASE).text == (
        f"{QUOTE} [1]\n\nSources:\n\n- [1] Trade — hr/trade.md, line 3"
    )


def test_sources_are_links_where_people_reach_the_server() -> None:
    last = visible(make_answer(), PUBLIC, BASE).text.splitlines()[-1]
    assert last.startswith("- [1] [Trade — hr/trade.md, line 3](<https://quoth.example/documents/")


def test_without_sources_the_text_is_the_sentences_alone() -> None:
    shown = visible(answer_of(["One.", "Two [7] of it."]), HIDDEN, BASE)
    assert shown.text == "One. Two [7] of it."


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
    assert at == texts


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


@pytest.mark.parametrize("text", [" [1]", "\n\nSources:\n\n- [1] x", "\n", "- [1] \n"])
def test_a_long_text_that_comes_back_is_read_in_no_time(text: str) -> None:
    started = time.perf_counter()
    plain_text("\n\nSources:\n" + text * (1_000_000 // len(text)) + "x")
    assert time.perf_counter() - started < 5
