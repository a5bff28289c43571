import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from api.rendering import print_answer, print_brief, print_hits, print_sources
from tests.answers import (
    END,
    QUOTE,
    START,
    TEXT,
    Texts,
    make_answer,
    make_citation,
    make_document,
    make_hit,
    make_refusal,
)


def printed(*, terminal: bool = False, **kwargs: object) -> str:
    answer = kwargs.pop("answer", None) or make_answer(**kwargs)
    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=terminal,
        width=60 if terminal else 80,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=not terminal,
        color_system="truecolor" if terminal else None,
    )
    print_answer(console, answer, Texts())
    return out.getvalue()


def test_in_a_pipe_an_answer_is_text_then_place_heading_and_passage() -> None:
    assert printed() == (
        f"{QUOTE} [1]\n"
        "\n"
        "[1] hr/trade.md:3\n"
        "    Trade › Growth\n"
        "    Trade The trade grew. «It grew by 35 percent in two years.» More will come.\n"
    )


def test_in_a_pipe_the_first_line_is_the_short_answer() -> None:
    assert printed(short_answer="35 percent").startswith(f"35 percent\n\n{QUOTE} [1]\n\n[1] ")


def test_on_a_terminal_the_short_answer_is_bold_and_so_are_its_words_in_the_text() -> None:
    shown = printed(terminal=True, short_answer="35 percent")
    assert shown.startswith(
        "\x1b[1m35 percent\x1b[0m\n\nIt grew by \x1b[1m35 percent\x1b[0m in two years. "
    )


def test_a_short_answer_does_not_command_the_terminal() -> None:
    assert printed(short_answer="35\x1b[31m percent").startswith("35␛[31m percent\n")


def test_a_place_is_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    document = make_document(path=str(tmp_path / "seeds" / "a.txt"))
    assert "[1] seeds/a.txt:3\n" in printed(document=document)


def test_on_a_terminal_a_place_is_a_hyperlink_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a b.txt"
    shown = printed(terminal=True, document=make_document(path=str(path)))
    assert f";{path.as_uri()}\x1b\\" in shown


def test_on_a_terminal_the_quote_is_bold_and_not_marked() -> None:
    shown = printed(terminal=True)
    assert "\x1b[1m" in shown
    assert "«" not in shown


def test_on_a_terminal_a_place_is_never_broken(tmp_path: Path) -> None:
    path = tmp_path / ("long" * 30) / "a.txt"
    shown = printed(terminal=True, document=make_document(path=str(path)))
    assert f"{path}:3" in shown


def test_markup_in_a_document_is_printed_as_it_is() -> None:
    text = TEXT.replace("More will", "[red]More[/red] :smile: will")
    document = make_document()
    assert "[red]More[/red] :smile: will" in printed(
        document=document, hits=(make_hit(document, text),)
    )


def test_escapes_in_a_document_do_not_reach_the_terminal() -> None:
    text = TEXT.replace("More", "\x1b]0;owned\x07\x1b[31mMore")
    document = make_document()
    answer = make_answer(document, hits=(make_hit(document, text),), text="\x1b[2J [1]")
    assert "\x1b" not in printed(answer=answer)


def test_escapes_in_a_heading_or_a_name_do_not_reach_the_terminal() -> None:
    document = make_document(uri="a\x1b[31m.txt")
    citation = make_citation(document, heading="\x1b[31mHot")
    assert "\x1b" not in printed(answer=make_answer(document, citations=(citation,)))


def test_a_stale_citation_says_so() -> None:
    document = make_document()
    answer = make_answer(document, citations=(make_citation(document, stale=True),))
    assert "hr/trade.md:3  (the file has changed since it was indexed)\n" in printed(answer=answer)


def test_a_citation_with_a_page_says_which() -> None:
    document = make_document()
    answer = make_answer(document, citations=(make_citation(document, first_page=4),))
    assert "[1] hr/trade.md, page 4\n" in printed(answer=answer)


def test_a_citation_with_a_place_says_it_instead_of_the_line() -> None:
    document = make_document()
    answer = make_answer(document, citations=(make_citation(document, place="slide 4"),))
    assert "[1] hr/trade.md, slide 4\n" in printed(answer=answer)


def test_an_uncertain_answer_says_so() -> None:
    assert "Only a part of the question is answered" in printed(status="partial")


def test_nothing_found_is_said_and_the_nearest_passages_are_named_as_such() -> None:
    lines = printed(answer=make_refusal()).splitlines()
    assert lines[0] == "That was not found in these documents."
    assert "The nearest passages, which do not answer the question:" in lines
    assert "1. hr/trade.md:1  0.83" in lines


def test_hits_are_numbered_with_place_and_score() -> None:
    out = io.StringIO()
    document = make_document()
    print_hits(Console(file=out, soft_wrap=True), [make_hit(document), make_hit(document, QUOTE)])
    assert out.getvalue().splitlines()[0] == "1. hr/trade.md:1  0.83"
    assert "2. hr/trade.md:1  0.83" in out.getvalue()


def test_the_offsets_of_the_made_up_answer_are_true() -> None:
    assert TEXT[START:END] == QUOTE


def test_a_brief_answer_names_the_innermost_heading_cut_to_fit_a_line() -> None:
    out = io.StringIO()
    document = make_document()
    citation = make_citation(document, heading="Trade › " + "Growth " * 20, stale=True)
    print_brief(Console(file=out, soft_wrap=True), make_answer(document, citations=(citation,)))
    text, source = out.getvalue().splitlines()
    assert text == f"{QUOTE} [1]"
    assert source.startswith("[1] hr/trade.md:3  (the file has changed since it was indexed)  Gro")
    assert source.endswith("Growth…")


def test_sources_are_shown_with_the_whole_passage() -> None:
    out = io.StringIO()
    document = make_document()
    long = TEXT + "More and more is said of it here. " * 40
    answer = make_answer(document, hits=(make_hit(document, long),))
    print_sources(Console(file=out, soft_wrap=True), answer, Texts())
    assert " ".join(long[END:].split()) in out.getvalue()
    assert "…" not in out.getvalue()


def test_a_sentence_that_is_only_partly_supported_is_named() -> None:
    answer = make_answer()
    weak = replace(answer, sentences=(replace(answer.sentences[0], support="weak"),))
    said = answer.text[answer.sentences[0].start : answer.sentences[0].end]
    assert f"Only partly supported: {said}" in " ".join(printed(answer=weak).split())
    assert "partly" not in printed(answer=answer)
