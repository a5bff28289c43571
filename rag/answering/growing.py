"""An answer that grows sentence by sentence: its text, its citations, and the events of both.

Invariants: the deltas' texts, one after the other, are the text; a citation is numbered when it is
first shown and keeps its number; each is the exact span of its document's text that carries the
sentence.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from embeddings.base import CharSpan
from rag.answering.citations import located
from rag.store.base import DocumentReader
from rag.streaming import AnswerEvent, CitationEvent, DeltaEvent
from rag.types import AnswerSentence, Citation, Document, Support


class GrowingAnswer:
    """What has been shown so far.

    Args:
        reader: Knows pages and places.
        is_stale: Whether a document's file has changed or gone.
        marked: The words that answer, as ids and spans of documents; a citation that covers some
            has them as its highlights.
    """

    def __init__(
        self,
        reader: DocumentReader,
        is_stale: Callable[[Document], bool],
        marked: Iterable[tuple[str, CharSpan]] = (),
    ) -> None:
        self.text = ""
        self._marked = sorted(marked)
        self._reader = reader
        self._is_stale = is_stale
        self._stale: dict[str, bool] = {}
        self._sentences: list[AnswerSentence] = []
        self._citations: dict[tuple[str, int, int], Citation] = {}

    @property
    def sentences(self) -> tuple[AnswerSentence, ...]:
        return tuple(self._sentences)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """By number, each with every part of the text that stands on it."""
        return tuple(self._citations.values())

    def add(
        self, lead: str, sentence: str, support: Support, sources: Sequence[Citation]
    ) -> Iterator[AnswerEvent]:
        """Shows a sentence, then its markers, then the citations that are new.

        Args:
            lead: What stands between it and the sentence before; left out of the first one, but for
                what opens its line.
            sentence: Its text.
            support: How its sources carry it.
            sources: What it stands on, best first; their numbers are given here.
        """
        lead = lead if self.text else lead.lstrip()
        start = len(self.text) + len(lead)
        span = (start, start + len(sentence))
        numbered = [self._cite(source, span) for source in sources]
        unique = {citation.number: is_new for citation, is_new in numbered}
        self._sentences.append(AnswerSentence(*span, support, tuple(unique)))
        if lead:
            yield self._said(lead, between=True)
        yield self._said(sentence)
        if unique:
            yield self._said("".join(f" [{number}]" for number in unique), between=True)
        for citation, is_new in numbered:
            if is_new:
                yield CitationEvent(citation)

    def covers(self, citation: Citation) -> bool:
        """Whether what a citation quotes is cited already, in whole or in part."""
        return any(
            shown.document.id == citation.document.id
            and shown.start < citation.end
            and citation.start < shown.end
            for shown in self._citations.values()
        )

    def _said(self, text: str, *, between: bool = False) -> DeltaEvent:
        self.text += text
        return DeltaEvent(text, between)

    def _cite(self, source: Citation, answer_span: CharSpan) -> tuple[Citation, bool]:
        """The source with its number, and whether it is new."""
        key = (source.document.id, source.start, source.end)
        known = self._citations.get(key)
        if known is not None:
            spans = known.answer_spans
            spans = spans if answer_span in spans else (*spans, answer_span)
            self._citations[key] = replace(known, answer_spans=spans)
            return self._citations[key], False
        document = source.document
        if document.id not in self._stale:
            self._stale[document.id] = self._is_stale(document)
        made = replace(
            source,
            number=len(self._citations) + 1,
            highlights=tuple(
                (start, end)
                for document_id, (start, end) in self._marked
                if document_id == document.id and source.start <= start and end <= source.end
            ),
            answer_spans=(answer_span,),
            stale=self._stale[document.id],
        )
        (self._citations[key],) = located([made], self._reader)
        return self._citations[key], True
