"""Hand-made answers and hits, for tests of what stands in front of the engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rag.errors import UnknownDocument
from rag.filters import FULL_ACCESS, NO_FILTERS, Access, Filters
from rag.retrieval.retriever import Passage, Retrieval
from rag.streaming import AnswerEvent, StatusEvent, events_of
from rag.types import Answer, AnswerSentence, Chunk, Citation, Document, Hit, Turn

TEXT = "Trade\n\nThe trade grew. It grew by 35 percent in two years. More will come.\n"
QUOTE = "It grew by 35 percent in two years."
START = TEXT.index(QUOTE)
END = START + len(QUOTE)
HIGHLIGHT = (TEXT.index("35 percent"), TEXT.index("35 percent") + len("35 percent"))
NOT_FOUND = "That was not found in these documents."


def make_document(*, path: str | None = None, uri: str = "hr/trade.md") -> Document:
    return Document(
        id="doc_1",
        collection="default",
        uri=uri,
        path=path,
        paths=(uri,),
        title="Trade",
        media_type="text/markdown",
        sha256="ab" * 32,
        date=None,
        metadata={},
    )


def make_hit(document: Document, text: str = TEXT) -> Hit:
    chunk = Chunk(
        id=7,
        document_id=document.id,
        ordinal=0,
        text=text,
        start=0,
        end=len(text),
        first_line=1,
        last_line=3,
        heading="Trade › Growth",
        first_page=None,
        last_page=None,
        tokens=20,
        sentences=(),
    )
    return Hit(chunk, document, 0.83, {"dense": 0.7, "lexical": 0.9})


def make_citation(document: Document, text: str = TEXT, **changes: object) -> Citation:
    fields: dict[str, object] = {
        "number": 1,
        "document": document,
        "heading": "Trade › Growth",
        "cited_text": text[START:END],
        "start": START,
        "end": END,
        "first_line": 3,
        "last_line": 3,
        "first_page": None,
        "last_page": None,
        "highlights": (HIGHLIGHT,),
        "answer_spans": ((0, len(QUOTE)),),
        "verification": "exact",
        "stale": False,
        "score": 0.83,
    }
    return Citation(**{**fields, **changes})  # type: ignore[arg-type]


def make_answer(document: Document | None = None, **changes: object) -> Answer:
    document = document or make_document()
    fields: dict[str, object] = {
        "id": "ans_1",
        "question": "By how much did trade grow?",
        "text": f"{QUOTE} [1]",
        "status": "answered",
        "method": "extractive",
        "confidence": 0.9,
        "sentences": (AnswerSentence(0, len(QUOTE), "supported", (1,)),),
        "citations": (make_citation(document),),
        "hits": (make_hit(document),),
        "usage": {"evidence_tokens": 20},
        "timings_ms": {"total": 1.5},
    }
    return Answer(**{**fields, **changes})  # type: ignore[arg-type]


def make_refusal() -> Answer:
    return make_answer(
        text=NOT_FOUND, status="not_found", confidence=0.1, sentences=(), citations=()
    )


@dataclass(frozen=True)
class Texts:
    """Gives documents' texts by id."""

    by_id: Mapping[str, str] = field(default_factory=lambda: {"doc_1": TEXT})

    def document_text(self, document_id: str) -> str:
        if document_id not in self.by_id:
            raise UnknownDocument(f"There is no document {document_id!r}.")
        return self.by_id[document_id]

    def text_span(self, document_id: str, start: int, end: int) -> str:
        return self.document_text(document_id)[start:end]


@dataclass
class ScriptedAssistant:
    """Answers every question with one answer, numbered, or with an error (`errors` has those of
    single questions), and keeps what it was asked.
    """

    answer: Answer = field(default_factory=make_answer)
    error: Exception | None = None
    errors: dict[str, Exception] = field(default_factory=dict)
    store: Texts = field(default_factory=Texts)
    asked: list[tuple[str, int, Filters]] = field(default_factory=list)
    histories: list[tuple[Turn, ...]] = field(default_factory=list)

    def ask(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: Sequence[Turn] = (),
    ) -> Answer:
        self.asked.append((question, k, filters))
        self.histories.append(tuple(history))
        self.warm_up()
        if question in self.errors:
            raise self.errors[question]
        return replace(self.answer, id=f"ans_{len(self.asked)}", question=question)

    def stream(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: Sequence[Turn] = (),
    ) -> Iterator[AnswerEvent]:
        yield StatusEvent("retrieving")
        yield from events_of(
            self.ask(question, k=k, filters=filters, access=access, history=history)
        )

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
    ) -> tuple[Hit, ...]:
        self.asked.append((query, k, filters))
        self.warm_up()
        return self.answer.hits

    def retrieve(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: Sequence[Turn] = (),
    ) -> Retrieval:
        passages = tuple(Passage(hit, hit.score, ()) for hit in self.answer.hits)
        return Retrieval(passages, {}, 0.0, np.zeros(3, np.float32))

    def warm_up(self) -> None:
        if self.error is not None:
            raise self.error
