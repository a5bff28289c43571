"""The one use case, top to bottom: question → passages → sentences → confidence → answer."""

import logging
import re
import secrets
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from embeddings.base import Encoder
from rag.answering import abstention
from rag.answering.citations import Composed, compose
from rag.answering.extractive import choose, weigh, within_budget
from rag.answering.staleness import is_stale
from rag.errors import IndexMismatch, NothingIndexed, QuestionInvalid
from rag.filters import FULL_ACCESS, NO_FILTERS, Access, Filters
from rag.index.base import SearchIndex
from rag.retrieval.retriever import Retrieval, Retriever
from rag.store.base import DocumentReader
from rag.types import Answer, Hit, Status, Turn

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 8_000  # characters

_WORD = re.compile(r"\w")


class Assistant:
    """Answers questions from what was ingested.

    Args:
        store: The documents.
        index: Over the store's chunks.
        encoder: The one that encoded the chunks.
        evidence_tokens: Most tokens of passages that an answer draws from.
    """

    def __init__(
        self,
        store: DocumentReader,
        index: SearchIndex,
        encoder: Encoder,
        *,
        evidence_tokens: int,
    ) -> None:
        self.store = store
        self._index = index
        self._encoder = encoder
        self._evidence_tokens = evidence_tokens
        self._retriever = Retriever(store, index, encoder)

    def ask(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: Sequence[Turn] = (),
    ) -> Answer:
        """The answer, made of sentences of the documents, or "not found" with the nearest passages.

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
        started = time.perf_counter()
        question = _checked(question)
        retrieval = self.retrieve(question, k=k, filters=filters, access=access, history=history)
        retrieved = time.perf_counter()
        passages = within_budget(retrieval.passages, self._evidence_tokens)
        weighed = weigh(question, passages)
        chosen = choose(weighed)
        confidence = abstention.confidence(abstention.signals(weighed, retrieval))
        status: Status = "answered" if confidence >= abstention.NOT_FOUND_BELOW else "not_found"
        composed = (
            compose(chosen, lambda document: is_stale(self.store.sources(document.id)))
            if status == "answered"
            else Composed(abstention.NOT_FOUND_TEXT, (), ())
        )
        finished = time.perf_counter()
        logger.info("answered in %.1f ms: %s", (finished - started) * 1e3, status)
        return Answer(
            id=f"ans_{secrets.token_hex(12)}",
            question=question,
            text=composed.text,
            status=status,
            method="extractive",
            confidence=confidence,
            sentences=composed.sentences,
            citations=composed.citations,
            hits=tuple(passage.hit for passage in retrieval.passages),
            usage={"evidence_tokens": sum(each.hit.chunk.tokens for each in passages)},
            timings_ms={
                "retrieve": (retrieved - started) * 1e3,
                "answer": (finished - retrieved) * 1e3,
                "total": (finished - started) * 1e3,
            },
        )

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
    ) -> tuple[Hit, ...]:
        """The k best passages for a query, best first; as `ask` in everything else."""
        retrieval = self.retrieve(_checked(query), k=k, filters=filters, access=access)
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
        """The passages for a question with all that was weighed; as `ask` in everything else."""
        self._check_generation()
        earlier = [turn.text for turn in reversed(history) if turn.role == "user"]
        return self._retriever.retrieve(
            question, k=k, filters=filters, access=access, earlier=earlier
        )

    def warm_up(self) -> None:
        """Loads what a first question would load, so that it is answered as fast as the others.

        Raises:
            NothingIndexed, IndexMismatch: As in `ask`.
        """
        self.search("warm up", k=1)

    def close(self) -> None:
        """Releases the index and the store."""
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

    def _check_generation(self) -> None:
        generation = self.store.generation()
        if generation is None:
            raise NothingIndexed(
                "Nothing has been ingested yet.", hint="Run `quoth ingest FOLDER` first."
            )
        if generation.fingerprint != self._encoder.fingerprint:
            raise IndexMismatch(
                f"The index was made with the model {generation.model!r}, "
                f"and the settings name {self._encoder.name!r} (or another version of it).",
                hint="Run `quoth ingest` to build the index anew with it, or set QUOTH_MODEL back.",
            )


def _checked(question: str) -> str:
    question = question.strip()
    if not question:
        raise QuestionInvalid("The question is empty.", hint="Ask something in words.")
    if len(question) > LONGEST_QUESTION:
        raise QuestionInvalid(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} fit.",
            hint="Ask in fewer words; a text to search in belongs into a folder.",
        )
    if not _WORD.search(question):
        raise QuestionInvalid(
            f"The question {question[:40]!r} holds no letter and no digit.",
            hint="Ask in words.",
        )
    return question
