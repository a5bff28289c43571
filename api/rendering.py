"""Answers and hits as a person reads them in a terminal or in a pipe.

On a terminal the quote stands out by its style and places are hyperlinks; elsewhere the quote
stands between « and », and a passage is one line. Text from documents is never read as markup.
"""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from api.passages import Segment, cited_passage, excerpt
from api.short_answers import leading_of, words_that_answer
from api.terminal import display_path, harmless
from rag.store.base import DocumentReader
from rag.types import Answer, Citation, Document, Hit

STYLES = {"context": "dim", "quote": "bold", "highlight": "bold yellow"}
ANSWER_STYLE = "bold"
MARKER_STYLE = "bold cyan"
PLACE_STYLE = "cyan"
HEADING_STYLE = "italic"
STRUCK_STYLE = "dim strike"
QUOTE_MARKS = ("«", "»")
INDENT = 4
HIT_CHARS = 300
WEAK_CHARS = 200
HEADING_CHARS = 60
WHOLE_CHARS = 4_000
"""More than the passages of the default size have."""
NEAREST = 3


def print_answer(
    console: Console, answer: Answer, store: DocumentReader, *, with_text: bool = True
) -> None:
    """The answer, the short one first where there is one, then each source with the quote in its
    passage; or that there is none, and the nearest passages as such. Without its text, where that
    was shown while it was written.
    """
    if with_text:
        _print_text(console, answer)
    _print_partial(console, answer)
    _print_weak(console, answer)
    if answer.status == "not_found":
        _print_nearest(console, answer.hits[:NEAREST])
        return
    for citation in answer.citations:
        console.print()
        _print_source(console, citation, cited_passage(answer, citation, store))


def print_brief(console: Console, answer: Answer, *, with_text: bool = True) -> None:
    """The answer, if its text was not shown yet, then one line for each source."""
    if with_text:
        _print_text(console, answer)
    _print_partial(console, answer)
    _print_weak(console, answer)
    for citation in answer.citations:
        line = _source_line(citation)
        if citation.heading:
            innermost = citation.heading.rpartition(" › ")[2]
            line.append(f"  {excerpt(innermost, HEADING_CHARS)}", HEADING_STYLE)
        console.print(line, soft_wrap=True)


def print_sources(console: Console, answer: Answer, store: DocumentReader) -> None:
    """The whole passages that an answer quotes from, or those nearest to the question."""
    if answer.status == "not_found":
        print_hits(console, answer.hits[:NEAREST], max_chars=WHOLE_CHARS)
        return
    for at, citation in enumerate(answer.citations):
        if at:
            console.print()
        passage = cited_passage(answer, citation, store, context_chars=WHOLE_CHARS)
        _print_source(console, citation, passage)


def print_hits(console: Console, hits: Sequence[Hit], *, max_chars: int = HIT_CHARS) -> None:
    """Hits, best first, each with its place, heading and the beginning of its text."""
    for rank, hit in enumerate(hits, start=1):
        if rank > 1:
            console.print()
        place = Text.assemble(
            (f"{rank}. ", MARKER_STYLE),
            _place(hit.document, hit.chunk.first_line, hit.chunk.first_page),
            (f"  {hit.score:.2f}", "dim"),
        )
        console.print(place, soft_wrap=True)
        _print_indented(console, Text(harmless(hit.chunk.heading or ""), HEADING_STYLE))
        _print_indented(console, Text(excerpt(hit.chunk.text, max_chars)))


def print_leading(console: Console, short_answer: str | None) -> None:
    """The short answer on a line of its own, above the text that says it."""
    if short_answer is not None:
        console.print(Text(harmless(short_answer), ANSWER_STYLE))
        console.print()


def _print_text(console: Console, answer: Answer) -> None:
    print_leading(console, leading_of(answer))
    text = Text("\n".join(harmless(line) for line in answer.text.split("\n")))
    for start, end in words_that_answer(answer):
        text.stylize(ANSWER_STYLE, start, end)
    text.highlight_regex(r"\[\d+\]", MARKER_STYLE)
    for sentence in answer.sentences:
        if sentence.support == "unsupported":
            text.stylize(STRUCK_STYLE, sentence.start, sentence.end)
    console.print(text)


def _print_partial(console: Console, answer: Answer) -> None:
    if answer.status == "partial":
        console.print(Text("Only a part of the question is answered by these documents.", "yellow"))


def _print_weak(console: Console, answer: Answer) -> None:
    """What the reader had better check: the text itself does not show it."""
    for sentence in answer.sentences:
        if sentence.support == "weak":
            said = excerpt(answer.text[sentence.start : sentence.end], WEAK_CHARS)
            console.print(Text(f"Only partly supported: {said}", "yellow"))


def _print_nearest(console: Console, hits: Sequence[Hit]) -> None:
    if hits:
        console.print()
        console.print(Text("The nearest passages, which do not answer the question:", "dim"))
        console.print()
        print_hits(console, hits)


def _print_source(console: Console, citation: Citation, passage: Sequence[Segment]) -> None:
    document = citation.document
    console.print(_source_line(citation), soft_wrap=True)
    others = [path for path in document.paths if path != document.uri]
    if others:
        _print_indented(console, Text(f"also in {harmless(', '.join(others))}", "dim"))
    _print_indented(console, Text(harmless(citation.heading or ""), HEADING_STYLE))
    _print_indented(console, _passage_text(console, passage))


def _source_line(citation: Citation) -> Text:
    line = Text.assemble(
        (f"[{citation.number}]", MARKER_STYLE),
        " ",
        _place(citation.document, citation.first_line, citation.first_page, citation.place),
    )
    if citation.stale:
        line.append("  (the file has changed since it was indexed)", "yellow")
    return line


def _place(document: Document, line: int, page: int | None, place: str | None = None) -> Text:
    """`path, page 3` or `path, slide 4`; else `path:line`, which terminals and editors make
    clickable. With a hyperlink where there is a file.
    """
    shown = display_path(document.path) if document.path else harmless(document.uri)
    if document.inside is not None:
        shown = f"{shown}/{harmless(document.inside)}"
    link = Path(document.path).as_uri() if document.path else None
    said = [f"page {page}"] if page is not None else []
    said += [harmless(place)] if place is not None else []
    shown = ", ".join([shown, *said]) if said else f"{shown}:{line}"
    return Text(shown, Style.parse(PLACE_STYLE) + Style(link=link))


def _passage_text(console: Console, passage: Sequence[Segment]) -> Text:
    text = Text()
    marked = not console.is_terminal or console.is_dumb_terminal
    for at, segment in enumerate(passage):
        quoted = segment.kind != "context"
        opens = quoted and (at == 0 or passage[at - 1].kind == "context")
        closes = quoted and (at + 1 == len(passage) or passage[at + 1].kind == "context")
        before = QUOTE_MARKS[0] if marked and opens else ""
        after = QUOTE_MARKS[1] if marked and closes else ""
        text.append(before + segment.text + after, STYLES[segment.kind])
    return text


def _print_indented(console: Console, text: Text) -> None:
    if not text:
        return
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, INDENT)))
    else:
        console.print(Text(" " * INDENT) + text, soft_wrap=True)
