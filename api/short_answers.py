"""The words that answer, as every surface shows them: before the text, and marked inside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from embeddings.base import CharSpan
from rag.streaming import AnswerEvent, CitationEvent, CompleteEvent, DeltaEvent, StatusEvent
from rag.types import Answer, Citation

_AROUND = " \t\n.,;:!?…\"'“”‘’«»-*#>|~"
_MARKER = re.compile(r"\[\d{1,4}\]")
_MARKERS = re.compile(r"(?:\s*\[\d{1,4}\])+\s*")


@dataclass(frozen=True, slots=True)
class LeadEvent:
    """The short answer on one line, right before the first words of the text."""

    text: str


class Leading:
    """Puts the short answer into a stream that cannot take it back.

    It comes where the first sentence says it and stands on a place with these words marked: then it
    is the answer's in the end too, whatever a language model goes on to write. The first sentence
    waits for its citations, which come at the same time.
    """

    def __init__(self) -> None:
        self._due = ""
        self._held: list[AnswerEvent] = []

    def take(self, event: AnswerEvent) -> tuple[AnswerEvent | LeadEvent, ...]:
        """What is to be shown now, in its order."""
        if isinstance(event, StatusEvent):
            self._due = _on_one_line(event.short_answer or "")
            return (event,)
        if not self._due:
            return (event,)
        is_over = self._is_next(event)
        self._held.append(event)
        if isinstance(event, CitationEvent):
            if self._is_said(event.citation):
                return (LeadEvent(self._due), *self._released())
            is_over = self._is_cited()
        return self._released() if is_over else ()

    def _is_next(self, event: AnswerEvent) -> bool:
        """Whether the first sentence and all that belongs to it has been before."""
        is_sentence = isinstance(event, DeltaEvent) and _is_sentence(event)
        return isinstance(event, CompleteEvent) or (is_sentence and self._sentence is not None)

    def _is_cited(self) -> bool:
        """Whether every source that the first sentence names has come."""
        said = (event.text for event in self._held if isinstance(event, DeltaEvent))
        named = sum(len(_MARKER.findall(text)) for text in said if _MARKERS.fullmatch(text))
        return sum(isinstance(event, CitationEvent) for event in self._held) >= named

    def _is_said(self, citation: Citation) -> bool:
        sentence = self._sentence
        return (
            sentence is not None
            and _leads(self._due, sentence)
            and _is_from(self._due, sentence, citation)
        )

    @property
    def _sentence(self) -> str | None:
        deltas = (event for event in self._held if isinstance(event, DeltaEvent))
        return next((delta.text for delta in deltas if _is_sentence(delta)), None)

    def _released(self) -> tuple[AnswerEvent, ...]:
        held, self._held, self._due = self._held, [], ""
        return tuple(held)


def leading(short_answer: str | None, first_sentence: str) -> str | None:
    """The short answer on one line, to be shown before a whole text; None where there is none, or
    where the text's first sentence says no more.
    """
    line = _on_one_line(short_answer or "")
    return line if line and _leads(line, first_sentence) else None


def leading_of(answer: Answer) -> str | None:
    """The short answer that is shown before an answer's text, as in `leading`."""
    if answer.status == "not_found":
        return None
    end = answer.sentences[0].end if answer.sentences else len(answer.text)
    return leading(answer.short_answer, answer.text[:end])


def words_that_answer(answer: Answer) -> tuple[CharSpan, ...]:
    """Where the highlights of its citations stand in an answer's text: ascending, apart from each
    other; none where the text says it in other words than the document.
    """
    if answer.method == "llm":
        return ()
    apart: list[CharSpan] = []
    for start, end in sorted(
        {span for citation in answer.citations for span in _words(answer, citation)}
    ):
        if not apart or apart[-1][1] <= start:
            apart.append((start, end))
    return tuple(apart)


def _words(answer: Answer, citation: Citation) -> Iterator[CharSpan]:
    cited = citation.cited_text
    quote = _on_one_line(cited)
    for start, end in citation.answer_spans:
        if answer.text[start:end] != quote:
            continue
        for first, last in citation.highlights:
            words = _on_one_line(cited[first - citation.start : last - citation.start])
            # What stands before the words ends where they begin, whatever was squeezed.
            shown = _on_one_line(cited[: last - citation.start])
            if words and shown.endswith(words):
                yield start + len(shown) - len(words), start + len(shown)


def _is_sentence(delta: DeltaEvent) -> bool:
    return not delta.between and _MARKERS.fullmatch(delta.text) is None


def _leads(line: str, first_sentence: str) -> bool:
    """Whether a sentence says more than the line."""
    return _on_one_line(first_sentence).strip(_AROUND) != line.strip(_AROUND)


def _is_from(line: str, sentence: str, citation: Citation) -> bool:
    """Whether a sentence says the line, and a citation of it has the line marked."""
    cited = citation.cited_text
    marked = (cited[s - citation.start : e - citation.start] for s, e in citation.highlights)
    if line not in (_on_one_line(words) for words in marked):
        return False
    said = _on_one_line(sentence)
    whole_words = rf"(?<!\w){re.escape(line)}(?!\w)"
    return said == _on_one_line(cited) or bool(re.search(whole_words, said, re.IGNORECASE))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
