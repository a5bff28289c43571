"""A language model and how answers are made with it: the question understood, then the answer
written.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from rag.llm.base import NO_USAGE, LanguageModel, OnCall, TokenUsage
from rag.llm.prompts import Prompts
from rag.llm.rewriting import TIMEOUT_S, rewritten
from rag.store.base import DocumentReader
from rag.streaming import AnswerEvent, events_of
from rag.tokens import count_tokens
from rag.types import Answer, Document, Turn

if TYPE_CHECKING:
    from rag.answering.verification.reader_check import Supports

Unsupported = Literal["remove", "strike"]

REWRITE_SHARE = 0.2
"""Of an answer's time, at most, for rewriting its question."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A question as it is looked for and answered.

    Attributes:
        question: As it was asked, or rewritten so that it can be understood alone.
        deadline: On `time.monotonic`'s clock: when the answer must be there.
        usage: The tokens that rewriting took.
        rewrite_ms: How long that took; None where nothing was to be rewritten.
        is_rewritten: Whether `question` is not what was asked.
    """

    question: str
    deadline: float
    usage: TokenUsage = NO_USAGE
    rewrite_ms: float | None = None
    is_rewritten: bool = False


@dataclass(frozen=True, slots=True)
class AnswerGeneration:
    """A language model, and how it is used.

    Attributes:
        timeout_s: How long a whole answer may take.
        prompt_tokens: Most tokens of a prompt.
        evidence_tokens: Most tokens of its evidence.
        answer_tokens: Most tokens of an answer.
        unsupported: Whether unsupported sentences are left out or shown struck out.
        second: A second model that checks sentences too; None: none does.
    """

    model: LanguageModel
    prompts: Prompts
    timeout_s: float = 30.0
    prompt_tokens: int = 6000
    evidence_tokens: int = 2000
    answer_tokens: int = 800
    unsupported: Unsupported = "remove"
    second: LanguageModel | None = None

    def prepare(self) -> None:
        """Loads what a first answer would load."""
        import rag.answering.generated  # noqa: F401 - for its sake alone

        count_tokens("")
        for model in (self.model, self.second):
            if model is not None:
                model.prepare()

    def watch(self, on_call: OnCall) -> None:
        """Lets something see every call of the models, once it has ended."""
        for model in (self.model, self.second):
            if model is not None:
                model.watch(on_call)

    def close(self) -> None:
        """Releases the models' connections."""
        for model in (self.model, self.second):
            if model is not None:
                model.close()

    def hear(self, question: str, leans_on: Sequence[Turn]) -> Heard:
        """The question as it is to be looked for.

        Args:
            question: As it was asked.
            leans_on: What was said before, oldest first; empty where the question stands alone.
        """
        started = time.monotonic()
        deadline = started + self.timeout_s
        if not leans_on:
            return Heard(question, deadline)
        timeout_s = min(TIMEOUT_S, REWRITE_SHARE * self.timeout_s)
        alone, usage = rewritten(self.model, self.prompts, question, leans_on, timeout_s=timeout_s)
        taken_ms = (time.monotonic() - started) * 1e3
        is_rewritten = alone is not None and alone != question
        return Heard(alone or question, deadline, usage, taken_ms, is_rewritten)

    def write(
        self,
        heard: Heard,
        draft: Answer,
        history: Sequence[Turn],
        reader: DocumentReader,
        is_stale: Callable[[Document], bool],
        supports: "Supports | None" = None,
    ) -> Iterator[AnswerEvent]:
        """The events of the answer, from `answering` on.

        Where the draft found nothing, it is the answer, and the model is not asked.

        Args:
            heard: The question.
            draft: The extractive answer, with the passages that were found.
            history: What was said before, oldest first.
            reader: Knows pages and places.
            is_stale: Whether a document's file has changed or gone.
            supports: Whether a reader finds sentences supported; None: none is asked.
        """
        if heard.rewrite_ms is not None:
            total_ms = draft.timings_ms.get("total", 0.0) + heard.rewrite_ms
            timings_ms = {**draft.timings_ms, "rewrite": heard.rewrite_ms, "total": total_ms}
            draft = replace(draft, timings_ms=timings_ms)
        if draft.status == "not_found":
            yield from events_of(draft)
            return
        from rag.answering.generated import Writing

        writing = Writing(self, heard, draft, history, reader, is_stale, supports)
        yield from writing.events()
