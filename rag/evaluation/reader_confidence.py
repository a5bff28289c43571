"""The confidence with a reader: a logistic function of the search's own logit and of what the
reader says of the passage that is put first, fitted on half of the questions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from rag.answering import abstention
from rag.answering.abstention import Level
from rag.evaluation.reader_signals import PassageSignals, QuestionSignals
from rag.evaluation.reader_table import Floats, Weighing, is_read, order, table_of
from rag.reading import blend
from rag.reading.passages import FIRST_PASSAGES

LEVELS: tuple[Level, ...] = get_args(Level)
REFUSED_ANSWERABLE: dict[Level, float] = {"strict": 0.1, "balanced": 0.03, "eager": 0.01}
LEVEL_SET = "squad2"
"""Levels are shares of its answerable questions that are refused."""

_RIDGE = 30  # as in rag.evaluation.calibration


@dataclass(frozen=True, slots=True)
class Candidate:
    """Signals that a confidence may be made of, by name."""

    name: str
    features: tuple[str, ...]


SHIPPED = Candidate("search up to its sureness, verdict", ("capped", "verdict"))
"""What `rag.reading.blend` makes the confidence of."""

CANDIDATES = (
    Candidate("search alone", ("search",)),
    Candidate("reader alone", ("verdict",)),
    Candidate("search, verdict", ("search", "verdict")),
    SHIPPED,
    Candidate("and relevant", ("capped", "verdict", "relevant")),
    Candidate("and agreement", ("capped", "verdict", "agreement")),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A question with the signals that a confidence may be made of; None where nothing was found,
    and the confidence is 0.
    """

    question: QuestionSignals
    features: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted logistic function of some features.

    Attributes:
        weights: Of the candidate's features, in their order.
        not_found_below: The confidences that refuse the levels' shares of the fitted half.
    """

    candidate: Candidate
    intercept: float
    weights: tuple[float, ...]
    not_found_below: Mapping[Level, float]

    def confidence(self, sample: Sample) -> float:
        """Probability, 0 to 1, that the documents answer the question."""
        if sample.features is None:
            return 0.0
        parts = [sample.features[name] for name in self.candidate.features]
        logit = self.intercept + float(np.dot(self.weights, parts))
        return float(1 / (1 + np.exp(-logit)))

    def numbers(self) -> str:
        """The intercept and each feature's weight."""
        named = dict(zip(self.candidate.features, self.weights, strict=True))
        return ", ".join(
            f"{name} {each:.3f}" for name, each in (("1", self.intercept), *named.items())
        )


SHIPPED_FIT = Fit(
    SHIPPED,
    blend.INTERCEPT,
    (blend.SEARCH_WEIGHT, blend.VERDICT_WEIGHT),
    blend.NOT_FOUND_BELOW,
)
"""The one of `rag.reading.blend`."""


def samples_of(questions: Sequence[QuestionSignals], weighing: Weighing) -> list[Sample]:
    """The questions' features; follow-ups are left out, since their history would count."""
    alone = [each for each in questions if not each.has_history]
    found = [each for each in alone if each.search is not None and each.passages]
    table = table_of(found)
    read, places = is_read(table, weighing), order(table, weighing)
    features = {}
    for number, question in enumerate(found):
        ordered = [question.passages[place] for place in places[number] if read[number, place]]
        features[question.set_name, question.id] = _features(question, ordered)
    return [Sample(each, features.get((each.set_name, each.id))) for each in alone]


def fit_confidence(samples: Sequence[Sample], candidate: Candidate) -> Fit:
    """Fits on the half that is for it."""
    from sklearn.linear_model import LogisticRegression

    fitted = [each for each in samples if each.question.is_fitted and each.features is not None]
    inputs = np.array([[(each.features or {})[n] for n in candidate.features] for each in fitted])
    labels = [each.question.answerable for each in fitted]
    model = LogisticRegression(C=_RIDGE, max_iter=5000).fit(inputs, labels)
    weights = tuple(float(each) for each in model.coef_[0])
    fit = Fit(candidate, float(model.intercept_[0]), weights, {})
    given = [
        fit.confidence(each)
        for each in fitted
        if each.question.set_name == LEVEL_SET and each.question.answerable
    ]
    levels = {
        level: float(np.quantile(given or [0.0], REFUSED_ANSWERABLE[level])) for level in LEVELS
    }
    return replace(fit, not_found_below=levels)


def _features(question: QuestionSignals, ordered: Sequence[PassageSignals]) -> dict[str, float]:
    assert question.search is not None
    best, rest = ordered[0], ordered[1:FIRST_PASSAGES]
    search = abstention.logit(question.search)
    return {
        "search": search,
        "capped": min(blend.SEARCH_SURE, search),
        "verdict": max(blend.verdict(each) for each in ordered),
        "margin": best.margin,
        "answerable": best.answerable,
        "relevant": best.relevant,
        "agreement": float(any(each.margin > 0 and _agree(best, each) for each in rest)),
    }


def share_below(confidences: Floats, fit: Fit, level: Level) -> float:
    """How many of the questions are refused at a level, 0 to 1."""
    return float((confidences < fit.not_found_below[level]).mean()) if len(confidences) else 0.0


def _agree(one: PassageSignals, other: PassageSignals) -> bool:
    return bool(one.span and other.span) and (one.span in other.span or other.span in one.span)
