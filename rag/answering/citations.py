"""Evidence into an answer's text and its citations; each is cut from the document, never rewritten.

The answer is the sentences one after the other, each followed by its marker. White space inside a
sentence is squeezed in the answer (a hard-wrapped line reads on), and left alone in `cited_text`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from embeddings.base import CharSpan
from rag.answering.extractive import Evidence
from rag.answering.short_answers import highlights_of
from rag.ingest.lines import LineNumbers
from rag.store.base import DocumentReader
from rag.types import AnswerSentence, Citation, Document, Hit

IsStale = Callable[[Document], bool]


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with everything that points into it and out of it."""

    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]


def compose(chosen: Sequence[Evidence], is_stale: IsStale, reader: DocumentReader) -> Composed:
    """The answer made of the chosen sentences, in their order, numbered from 1."""
    text = ""
    sentences = []
    citations = []
    documents = {each.passage.hit.document.id: each.passage.hit.document for each in chosen}
    stale = {document_id: is_stale(document) for document_id, document in documents.items()}
    for number, evidence in enumerate(chosen, start=1):
        start = len(text) + (1 if text else 0)
        shown = " ".join(evidence.text.split())
        end = start + len(shown)
        text += f"{' ' if text else ''}{shown} [{number}]"
        sentences.append(AnswerSentence(start, end, "supported", (number,)))
        is_old = stale[evidence.passage.hit.document.id]
        citations.append(_citation(number, evidence, (start, end), is_old))
    return Composed(text, tuple(sentences), located(citations, reader))


def located(citations: Iterable[Citation], reader: DocumentReader) -> tuple[Citation, ...]:
    """Citations with their own pages, where the passage spans several, and with the place that they
    begin at, where the format has any.
    """
    return tuple(_located(citation, reader) for citation in citations)


def _located(citation: Citation, reader: DocumentReader) -> Citation:
    span = (citation.document.id, citation.start, citation.end)
    if citation.first_page != citation.last_page:
        first, last = reader.pages(*span) or (citation.first_page, citation.last_page)
        citation = replace(citation, first_page=first, last_page=last)
    places = reader.places(*span)
    return replace(citation, place=places[0].label) if places else citation


def _citation(
    number: int, evidence: Evidence, answer_span: tuple[int, int], stale: bool
) -> Citation:
    hit = evidence.passage.hit
    cited = quoted(number, hit, (evidence.start, evidence.end), answer_span, stale=stale)
    return replace(cited, score=evidence.score, highlights=highlights_of(evidence))


def quoted(
    number: int, hit: Hit, span: CharSpan, answer_span: CharSpan, *, stale: bool
) -> Citation:
    """A citation of a part of a passage.

    Args:
        number: From 1.
        hit: The passage.
        span: Into the document's text, within the passage, not empty.
        answer_span: Into the answer's text: what stands on it.
        stale: Whether the document's file has changed or gone.
    """
    chunk, (start, end) = hit.chunk, span
    lines = LineNumbers(chunk.text)
    return Citation(
        number=number,
        document=hit.document,
        heading=chunk.heading,
        cited_text=chunk.text[start - chunk.start : end - chunk.start],
        start=start,
        end=end,
        first_line=chunk.first_line - 1 + lines.of(start - chunk.start),
        last_line=chunk.first_line - 1 + lines.of(end - 1 - chunk.start),
        first_page=chunk.first_page,
        last_page=chunk.last_page,
        highlights=(),
        answer_spans=(answer_span,),
        verification="exact",
        stale=stale,
        score=hit.score,
    )
