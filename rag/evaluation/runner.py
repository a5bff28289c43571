"""Asks every question of a set and judges the answers.

Each citation is read back from the store at its offsets, so that exactness is measured here anew
and not taken from what the answer says of itself.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.errors import QuestionInvalid, UnknownDocument
from rag.evaluation.metrics import Judgement, Latency, Quote, judge, latency, share
from rag.evaluation.questions import EvalQuestion
from rag.types import Answer, Citation


class TextSource(Protocol):
    """Gives the text that citations point into."""

    def document_text(self, document_id: str) -> str: ...


class Respondent(Protocol):
    """What can be evaluated: it answers, and its store gives the texts that it quotes."""

    @property
    def store(self) -> TextSource: ...

    def ask(self, question: str, *, k: int = 8) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, what was answered (None where it was no question), and the judgement."""

    question: EvalQuestion
    answer: Answer | None
    quotes: tuple[Quote, ...]
    judgement: Judgement
    elapsed_ms: float

    @property
    def confidence(self) -> float:
        """As the answer gives it; 0 without an answer."""
        return self.answer.confidence if self.answer else 0.0

    @property
    def verdict(self) -> str:
        """The judgement in one or two words, for a table."""
        judged = self.judgement
        verdicts = {
            "wrongly answered": judged.wrongly_answered,
            "wrongly refused": judged.wrongly_refused,
            "rightly refused": not self.question.answerable,
            "right": judged.right_at_1 and judged.grounded,
            "right, not first": judged.grounded,
            "wrong file": judged.right_at_all,
            "wrong quote": True,
        }
        return next(verdict for verdict, holds in verdicts.items() if holds)


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """The figures over a set, with the outcomes they were computed from.

    Shares of answerable questions: `right_at_1`, `right_at_all`, `file_at_1`, `grounded`,
    `wrongly_refused`; of unanswerable ones: `wrongly_answered`; of citations: `citations_exact`.
    """

    answerable: int
    unanswerable: int
    right_at_1: float
    right_at_all: float
    file_at_1: float
    grounded: float
    wrongly_refused: float
    wrongly_answered: float
    citations: int
    citations_exact: float
    mean_answer_chars: float
    latency: Latency
    outcomes: tuple[Outcome, ...]

    def worst(self, n: int) -> tuple[Outcome, ...]:
        """At most n wrong outcomes, the gravest first: answered without ground, then answered
        wrongly, then refused; the more confident the graver.
        """
        wrong = [outcome for outcome in self.outcomes if _gravity(outcome)]
        wrong.sort(key=lambda outcome: (-_gravity(outcome), -outcome.confidence))
        return tuple(wrong[:n])


def evaluate(
    respondent: Respondent,
    questions: Sequence[EvalQuestion],
    *,
    k: int = 8,
    on_answered: Callable[[int], None] | None = None,
) -> EvaluationReport:
    """Asks all questions in order, one at a time, and reports."""
    outcomes = []
    for done, question in enumerate(questions, start=1):
        outcomes.append(_outcome(respondent, question, k))
        if on_answered:
            on_answered(done)
    return summarise(outcomes)


def summarise(outcomes: Sequence[Outcome]) -> EvaluationReport:
    """The figures over outcomes."""
    answerable = [o.judgement for o in outcomes if o.question.answerable]
    unanswerable = [o.judgement for o in outcomes if not o.question.answerable]
    quotes = [quote for outcome in outcomes for quote in outcome.quotes]
    lengths = [len(o.answer.text) for o in outcomes if o.answer and o.answer.status != "not_found"]
    return EvaluationReport(
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        right_at_1=share(j.right_at_1 for j in answerable),
        right_at_all=share(j.right_at_all for j in answerable),
        file_at_1=share(j.file_at_1 for j in answerable),
        grounded=share(j.grounded for j in answerable),
        wrongly_refused=share(j.wrongly_refused for j in answerable),
        wrongly_answered=share(j.wrongly_answered for j in unanswerable),
        citations=len(quotes),
        citations_exact=share((quote.exact for quote in quotes), of_none=1.0),
        mean_answer_chars=sum(lengths) / len(lengths) if lengths else 0.0,
        latency=latency([outcome.elapsed_ms for outcome in outcomes]),
        outcomes=tuple(outcomes),
    )


def _outcome(respondent: Respondent, question: EvalQuestion, k: int) -> Outcome:
    started = time.perf_counter()
    try:
        answer = respondent.ask(question.question, k=k)
    except QuestionInvalid:
        answer = None
    elapsed_ms = (time.perf_counter() - started) * 1000
    quotes = tuple(_quote(respondent.store, c) for c in answer.citations) if answer else ()
    judgement = judge(
        quotes,
        answered=answer is not None and answer.status != "not_found",
        answerable=question.answerable,
        answers=question.answers,
        sources=question.sources,
    )
    return Outcome(question, answer, quotes, judgement, elapsed_ms)


def _quote(store: TextSource, citation: Citation) -> Quote:
    try:
        text = store.document_text(citation.document.id)
        exact = text[citation.start : citation.end] == citation.cited_text
    except UnknownDocument:
        exact = False
    files = citation.document.paths or (citation.document.uri,)
    return Quote(citation.cited_text, files, exact)


def _gravity(outcome: Outcome) -> int:
    judged = outcome.judgement
    if judged.wrongly_answered:
        return 3
    if judged.wrongly_refused:
        return 1
    return 0 if judged.grounded or not outcome.question.answerable else 2
