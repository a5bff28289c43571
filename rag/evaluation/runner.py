"""Asks every question of a set, and reports.

Each citation is read back from the store at its offsets, so that exactness is measured here anew
and not taken from what the answer says of itself.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from rag.errors import QuestionInvalid, UnknownDocument
from rag.evaluation.figures import Figure, figures_of
from rag.evaluation.metrics import Judgement, Latency, Quote, judge, latency
from rag.evaluation.questions import UNCLEAR_KINDS, EvalQuestion
from rag.evaluation.records import Record, Role
from rag.evaluation.rewrites import RewritePair, rewrite_record
from rag.evaluation.values import Find, answer_values, retrieval_values, short_answer_values
from rag.retrieval.retriever import Retrieval
from rag.types import Answer, Citation, Hit, Turn

STAGES = ("retrieve", "read", "answer", "total")
READ = "reader_margin"
"""What the scores of a hit have that a reader has read."""


class TextSource(Protocol):
    """Gives the text that citations point into."""

    def document_text(self, document_id: str) -> str: ...


class Respondent(Protocol):
    """What can be evaluated: it answers, and its store gives the texts that it quotes."""

    @property
    def store(self) -> TextSource: ...

    def ask(self, question: str, *, k: int = 8, history: Sequence[Turn] = ()) -> Answer: ...

    def retrieve(self, question: str, *, k: int = 8, history: Sequence[Turn] = ()) -> Retrieval: ...


@dataclass(frozen=True)
class Outcome:
    """A question, what was answered (None where it was no question), and the judgement."""

    question: EvalQuestion
    answer: Answer | None
    quotes: tuple[Quote, ...]
    judgement: Judgement
    elapsed_ms: float
    record: Record

    @property
    def confidence(self) -> float:
        """As the answer gives it; 0 without an answer."""
        return self.record.confidence

    @property
    def verdict(self) -> str:
        """The judgement in one or two words, for a table."""
        judged = self.judgement
        verdicts = {
            "not judged": judged.wrongly_answered and self.record.role == "unclear",
            "wrongly answered": judged.wrongly_answered,
            "wrongly refused": judged.wrongly_refused,
            "rightly refused": not self.question.answerable,
            "right": self._is_right and self.first_is_right,
            "right, not first": self._is_right,
            "wrong file": judged.right_at_all,
            "wrong quote": True,
        }
        return next(verdict for verdict, holds in verdicts.items() if holds)

    @property
    def first_is_right(self) -> bool:
        """Whether the first quote is what was asked for, by the strictest measure there is."""
        return bool(self._strictest("right_at_1", "support_at_1", "file_at_1"))

    @property
    def gravity(self) -> int:
        """3 for an answer without ground, 2 for a wrong one, 1 for none, 0 where all is well."""
        if self.judgement.wrongly_answered:
            return 3
        if self.judgement.wrongly_refused:
            return 1
        return 0 if self._is_right or not self.question.answerable else 2

    @property
    def _is_right(self) -> bool:
        return bool(self._strictest("grounded", "right_at_all", "support_at_all", "file_at_all"))

    def _strictest(self, *keys: str) -> float:
        return next((self.record.values[key] for key in keys if key in self.record.values), 1.0)


@dataclass(frozen=True)
class EvaluationReport:
    """The outcomes over a set, and the figures that they come to.

    Attributes:
        name: The set's.
        rewrites: Follow-ups that were retrieved for in three ways.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    rewrites: tuple[Record, ...] = ()

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """What the figures come from."""
        return (*(outcome.record for outcome in self.outcomes), *self.rewrites)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """By key, in their order; only those that apply."""
        return {figure.kind.key: figure for figure in figures_of(self.records)}

    @property
    def answerable(self) -> int:
        """How many questions have an answer."""
        return sum(outcome.question.answerable for outcome in self.outcomes)

    @property
    def unanswerable(self) -> int:
        """How many have none, another set's included."""
        return len(self.outcomes) - self.answerable

    @property
    def latency(self) -> Latency:
        """Of a whole answer, as the asker sees it."""
        return latency([outcome.elapsed_ms for outcome in self.outcomes])

    @property
    def stages(self) -> dict[str, Latency]:
        """By stage, as the answers give it; only those that any of them gives."""
        given = [outcome.answer.timings_ms for outcome in self.outcomes if outcome.answer]
        samples = {stage: [each[stage] for each in given if stage in each] for stage in STAGES}
        return {stage: latency(values) for stage, values in samples.items() if values}

    def value(self, key: str) -> float:
        """A figure's value.

        Raises:
            KeyError: It does not apply.
        """
        return self.figures[key].value

    def worst(self, n: int) -> tuple[Outcome, ...]:
        """At most n wrong outcomes, the gravest first; the more confident the graver."""
        wrong = [outcome for outcome in self.outcomes if outcome.gravity]
        wrong.sort(key=lambda outcome: (-outcome.gravity, -outcome.confidence))
        return tuple(wrong[:n])


def evaluate(
    respondent: Respondent,
    questions: Sequence[EvalQuestion],
    *,
    name: str = "",
    k: int = 8,
    rewrites: Sequence[RewritePair] = (),
    on_answered: Callable[[int], None] | None = None,
) -> EvaluationReport:
    """Asks all questions in order, one at a time, and reports."""
    outcomes, pairs = [], []
    for question in questions:
        outcomes.append(_outcome(respondent, question, k))
        if on_answered:
            on_answered(len(outcomes))
    for pair in rewrites:
        pairs.append(rewrite_record(respondent, pair))
        if on_answered:
            on_answered(len(outcomes) + len(pairs))
    return EvaluationReport(name, tuple(outcomes), tuple(pairs))


def _outcome(respondent: Respondent, question: EvalQuestion, k: int) -> Outcome:
    started = time.perf_counter()
    try:
        answer = respondent.ask(question.question, k=k, history=question.history)
    except QuestionInvalid:
        answer = None
    elapsed_ms = (time.perf_counter() - started) * 1000
    quotes = tuple(_quote(respondent.store, c) for c in answer.citations) if answer else ()
    answered = answer is not None and answer.status != "not_found"
    judgement = judge(
        quotes,
        answered=answered,
        answerable=question.answerable,
        answers=question.answers,
        sources=question.sources,
    )
    values = answer_values(question, quotes, judgement)
    if answer is not None and answered:
        values["mean_answer_chars"] = float(len(answer.text))
    if answer is not None and _was_read(answer):
        values |= short_answer_values(question, answer.short_answer if answered else None)
    if answer is not None and question.answerable:
        values |= retrieval_values(_finder(respondent, question), question)
    record = Record(
        id=question.id,
        question=question.question,
        role=_role(question),
        answerable=question.answerable,
        answered=answered,
        confidence=answer.confidence if answer else 0.0,
        values=values,
    )
    return Outcome(question, answer, quotes, judgement, elapsed_ms, record)


def _role(question: EvalQuestion) -> Role:
    if question.off_topic:
        return "off_topic"
    return "unclear" if question.kind in UNCLEAR_KINDS else "own"


def _finder(respondent: Respondent, question: EvalQuestion) -> Find:
    def find(depth: int, history: Sequence[Turn]) -> Sequence[Hit]:
        found = respondent.retrieve(question.question, k=depth, history=history)
        return [passage.hit for passage in found.passages]

    return find


def _was_read(answer: Answer) -> bool:
    """Whether a reader had a part in it: without one there are no short answers to judge."""
    return any(READ in hit.scores for hit in answer.hits)


def _quote(store: TextSource, citation: Citation) -> Quote:
    start, end = citation.start, citation.end
    try:
        exact = store.document_text(citation.document.id)[start:end] == citation.cited_text
    except UnknownDocument:
        exact = False
    files = citation.document.paths or (citation.document.uri,)
    return Quote(citation.cited_text, files, exact, start, end)
