"""An answer's text as parts of rich text: its markers as links to what they stand for, the words
that answer in bold, and each sentence that the documents do not bear out followed by a note.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from api.short_answers import leading_of, words_that_answer
from api.slack.rendering.markdown import markdown_parts
from api.slack.rendering.rich_text import Part, Run, section
from rag.types import Answer

NOTES = {
    "weak": " ⚠ (only partly supported by the sources)",
    "unsupported": " ⚠ (not supported by the sources)",
}
_MARKER = re.compile(r"\[(\d{1,4})\]")
_MARKERS = re.compile(r"(?:\s*\[\d{1,4}\])*")


def answer_parts(answer: Answer, urls: Mapping[int, str]) -> tuple[Part, ...]:
    """The short answer, and what is shown of the answer's text.

    Args:
        answer: Its text is Markdown where a language model wrote it.
        urls: Where the markers lead, by the number of their citation; a marker without is text.
    """
    before = leading_parts(leading_of(answer))
    is_written = answer.method == "llm"
    if is_written or has_notes(answer):
        return (*before, *text_parts(_annotated(answer), markdown=is_written, urls=urls))
    return (*before, *_shown([section(*_marked(answer))], urls))


def leading_parts(short_answer: str | None) -> tuple[Part, ...]:
    """The short answer above an answer's text."""
    return () if short_answer is None else (section(Run(short_answer, bold=True)),)


def has_notes(answer: Answer) -> bool:
    """Whether a sentence is shown with a note, which no stream of the text has."""
    return any(sentence.support in NOTES for sentence in answer.sentences)


def text_parts(text: str, *, markdown: bool, urls: Mapping[int, str]) -> tuple[Part, ...]:
    """Any text of an answer, as `answer_parts`."""
    return _shown(markdown_parts(text) if markdown else (section(Run(text)),), urls)


def _shown(parts: Sequence[Part], urls: Mapping[int, str]) -> tuple[Part, ...]:
    """The parts that say anything, their markers as links."""
    return tuple(
        replace(part, runs=tuple(run for each in part.runs for run in _linked(each, urls)))
        for part in parts
        if any(run.text.strip() for run in part.runs)
    )


def _marked(answer: Answer) -> Iterator[Run]:
    """The text with the words that answer in bold."""
    at = 0
    for start, end in words_that_answer(answer):
        yield Run(answer.text[at:start])
        yield Run(answer.text[start:end], bold=True)
        at = end
    yield Run(answer.text[at:])


def _annotated(answer: Answer) -> str:
    """The text with its notes, each after the sentence's markers."""
    shown, at = [], 0
    for sentence in sorted(answer.sentences, key=lambda each: each.end):
        note = NOTES.get(sentence.support)
        markers = _MARKERS.match(answer.text, sentence.end)
        if note and markers and markers.end() >= at:
            shown += [answer.text[at : markers.end()], note]
            at = markers.end()
    return "".join([*shown, answer.text[at:]])


def _linked(run: Run, urls: Mapping[int, str]) -> Iterator[Run]:
    """The run with its markers as links."""
    if run.code or not urls:
        yield run
        return
    at = 0
    for marker in _MARKER.finditer(run.text):
        if url := urls.get(int(marker[1])):
            if marker.start() > at:
                yield replace(run, text=run.text[at : marker.start()])
            yield replace(run, text=marker[0], url=url)
            at = marker.end()
    if at < len(run.text):
        yield replace(run, text=run.text[at:])
