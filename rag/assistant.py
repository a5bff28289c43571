"""The one use case, top to bottom: question → passages → readings → sentences → confidence →
answer.
"""

import logging
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from embeddings.base import Encoder
from rag.answering import abstention
from rag.answering.citations import Composed, compose
from rag.answering.closer_look import CloserLook, question_for_reader
from rag.answering.extractive import EVIDENCE_TOKENS, PASSAGES
from rag.answering.findings import (
    Finding,
    confidence_of,
    evidence_of,
    finding_of,
    hits_of,
    status_of,
)
from rag.answering.question import checked, question_parts
from rag.answering.short_answers import short_answer_of
from rag.answering.staleness import is_stale
from rag.filters import FULL_ACCESS, NO_FILTERS, Access, Filters
from rag.index.base import SearchIndex
from rag.reading import blend
from rag.reading.base import Reading
from rag.retrieval.following import FollowingRetriever, LoadEncoder
from rag.retrieval.followups import stands_alone
from rag.retrieval.retriever import Retrieval, Retriever
from rag.store.base import DocumentReader
from rag.streaming import AnswerEvent, StatusEvent, answer_of, events_of
from rag.tokens import load_tables
from rag.types import Answer, Document, Hit, Turn

if TYPE_CHECKING:
    from rag.answering.generation import AnswerGeneration, Heard
    from rag.reading.passages import PassageReader

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """The passages for a question, and what the reader says of them; `readings` and `read_ms` are
    None without one, `readings` also where it failed.
    """

    retrieval: Retrieval
    retrieve_ms: float
    readings: Mapping[int, Reading] | None = None
    read_ms: float | None = None


class Assistant:
    """Answers questions from what was ingested.

    Args:
        store: The documents.
        index: Over the store's chunks.
        encoder: The one that encoded the chunks.
        evidence_tokens: Most tokens of passages that an answer draws from.
        level: How sure an answer must be.
        generation: The language model that writes answers; None quotes alone.
        load_encoder: Loads the model of an index that was built anew meanwhile; None never does.
        reader: Orders the passages of an answer and points at its words; None: the search alone
            does. Closed with the assistant.
    """

    def __init__(
        self,
        store: DocumentReader,
        index: SearchIndex,
        encoder: Encoder,
        *,
        evidence_tokens: int = EVIDENCE_TOKENS,
        level: abstention.Level = "balanced",
        generation: "AnswerGeneration | None" = None,
        load_encoder: LoadEncoder | None = None,
        reader: "PassageReader | None" = None,
    ) -> None:
        self.store = store
        self.generation = generation
        self._index = index
        self._evidence_tokens = evidence_tokens
        self._level = level
        self._closer_look = CloserLook(reader) if reader is not None else None
        self._following = FollowingRetriever(store, index, encoder, load_encoder)

    @property
    def retriever(self) -> Retriever:
        """The one that the last question was given to."""
        return self._following.last

    def ask(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: Sequence[Turn] = (),
    ) -> Answer:
        """The answer, made of sentences of the documents or written by a model and checked against
        them, or "not found" with the nearest passages.

        Args:
            question: 1 to 8,000 characters with at least one letter or digit.
            k: How many passages to retrieve, at least 1.
            filters: Which documents may answer.
            access: What the asker may see.
            history: The conversation before this question, oldest turn first.

        Raises:
            QuestionInvalid: The question is empty, too long, or holds no word.
            FilterInvalid: A condition cannot be applied.
            NothingIndexed: Nothing was ingested yet.
            IndexMismatch: Another model made the index than the one at hand.
        """
        answer, _ = self.explain(question, k=k, filters=filters, access=access, history=history)
        return answer

    def stream(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: Sequence[Turn] = (),
    ) -> Iterator[AnswerEvent]:
        """The answer as it is made: see `rag.streaming`; arguments and errors as in `ask`."""
        yield StatusEvent("retrieving")
        draft, _, heard = self._draft(question, k, filters, access, history)
        yield from self._said(draft, heard, history)

    def explain(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: Sequence[Turn] = (),
    ) -> tuple[Answer, tuple[Finding, ...]]:
        """The answer, and what was weighed for it, one finding for each part of the question."""
        draft, findings, heard = self._draft(question, k, filters, access, history)
        return answer_of(self._said(draft, heard, history)), findings

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
    ) -> tuple[Hit, ...]:
        """The k best passages for a query, best first; as `ask` in everything else.

        No reader is asked, whose part takes several times as long as a search.
        """
        retrieval = self._retrieve(checked(query), k, filters, access, (), read=0)
        return tuple(passage.hit for passage in retrieval.passages)

    def retrieve(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: Sequence[Turn] = (),
    ) -> Retrieval:
        """The passages for a question with all that was weighed, in the order in which `ask` draws
        from them; as `ask` in everything else.
        """
        return self._found(question, k, filters, access, history, read=k).retrieval

    def warm_up(self) -> None:
        """Loads what a first question would load, so that it is answered as fast as the others.

        Raises:
            NothingIndexed, IndexMismatch: As in `ask`.
        """
        if self.generation is not None:
            self.generation.prepare()
            load_tables()
        self.retrieve("warm up", k=1)

    def close(self) -> None:
        """Releases the models, the index and the store."""
        if self.generation is not None:
            self.generation.close()
        if self._closer_look is not None:
            self._closer_look.close()
        self._index.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _draft(
        self, question: str, k: int, filters: Filters, access: Access, history: Sequence[Turn]
    ) -> "tuple[Answer, tuple[Finding, ...], Heard | None]":
        """The extractive answer, what was weighed for it, and how the question was understood."""
        question = checked(question)
        heard = self._heard(question, history)
        turns = list(history)
        findings, searched = [], []
        for part in question_parts(heard.question if heard else question):
            found = self._found(part, k, filters, access, turns, read=PASSAGES)
            searched.append(found)
            findings.append(
                finding_of(
                    part,
                    found.retrieval,
                    found.readings,
                    self.retriever,
                    evidence_tokens=self._evidence_tokens,
                    level=self._level,
                )
            )
            turns.append(Turn("user", part))
        draft = self._answer(question, tuple(findings), _stages_of(searched), k)
        return draft, tuple(findings), heard

    def _heard(self, question: str, history: Sequence[Turn]) -> "Heard | None":
        """A question as the model understands it, a follow-up rewritten; None without a model."""
        if self.generation is None:
            return None
        leans = bool(history) and not self._stands_alone(question)
        return self.generation.hear(question, history if leans else ())

    def _stands_alone(self, question: str) -> bool:
        return stands_alone(question, self._index.words(question))

    def _said(
        self, draft: Answer, heard: "Heard | None", history: Sequence[Turn]
    ) -> Iterator[AnswerEvent]:
        if self.generation is None or heard is None:
            return events_of(draft)
        supports = self._closer_look.supports if self._closer_look is not None else None
        return self.generation.write(heard, draft, history, self.store, self._is_stale, supports)

    def _found(
        self,
        question: str,
        k: int,
        filters: Filters,
        access: Access,
        history: Sequence[Turn],
        *,
        read: int,
    ) -> _Found:
        look = self._closer_look
        depth = max(k, blend.PASSAGES) if look else k
        started = time.perf_counter()
        retrieval = self._retrieve(
            question, depth, filters, access, history, read=depth if look else read
        )
        retrieve_ms = _ms_since(started)
        if look is None:
            return _Found(retrieval, retrieve_ms)
        started = time.perf_counter()
        asked = question_for_reader(question, _questions_of(history), self._stands_alone)
        ordered, readings = look.read(asked, retrieval, k)
        return _Found(ordered, retrieve_ms, readings, _ms_since(started))

    def _retrieve(
        self,
        question: str,
        k: int,
        filters: Filters,
        access: Access,
        history: Sequence[Turn],
        *,
        read: int,
    ) -> Retrieval:
        return self._following.retrieve(
            question,
            k=k,
            filters=filters,
            access=access,
            earlier=_questions_of(history),
            read=read,
        )

    def _answer(
        self, question: str, findings: tuple[Finding, ...], stages_ms: dict[str, float], k: int
    ) -> Answer:
        started = time.perf_counter()
        status = status_of(findings)
        chosen = evidence_of(findings)
        composed = (
            Composed(abstention.NOT_FOUND_TEXT, (), ())
            if status == "not_found"
            else compose(chosen, self._is_stale, self.store)
        )
        stages_ms = {**stages_ms, "answer": _ms_since(started)}
        total_ms = sum(stages_ms.values())
        logger.info("answered in %.1f ms: %s", total_ms, status)
        return Answer(
            id=f"ans_{secrets.token_hex(12)}",
            question=question,
            text=composed.text,
            status=status,
            method="extractive",
            confidence=confidence_of(findings),
            sentences=composed.sentences,
            citations=composed.citations,
            hits=hits_of(findings, k),
            short_answer=short_answer_of(findings, chosen),
            history_terms=findings[0].retrieval.history_terms,
            usage={"evidence_tokens": _tokens(findings)},
            timings_ms={**stages_ms, "total": total_ms},
        )

    def _is_stale(self, document: Document) -> bool:
        return is_stale(self.store.sources(document.id))


def _questions_of(history: Sequence[Turn]) -> list[str]:
    """The user's, the most recent first."""
    return [turn.text for turn in reversed(history) if turn.role == "user"]


def _stages_of(searched: Sequence[_Found]) -> dict[str, float]:
    """Milliseconds of all parts together; of reading only where a reader was asked."""
    stages_ms = {"retrieve": sum(each.retrieve_ms for each in searched)}
    read_ms = [each.read_ms for each in searched if each.read_ms is not None]
    return {**stages_ms, "read": sum(read_ms)} if read_ms else stages_ms


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1e3


def _tokens(findings: Sequence[Finding]) -> int:
    used = {each.hit.chunk.id: each.hit.chunk.tokens for f in findings for each in f.passages}
    return sum(used.values())
