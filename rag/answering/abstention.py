"""How sure an answer is, and when to say "not found" instead: every number of it stands here.

The confidence is the probability that the documents answer the question: a logistic function of the
best sentence's score and of the share of the question's words that the shown sentences and their
headings hold. `python -m rag.evaluation.calibration` fits the numbers on one half of public
question sets and reports the other half.
"""

import math
from collections.abc import Mapping, Sequence

from rag.answering.extractive import Evidence
from rag.retrieval.retriever import word_share

NOT_FOUND_TEXT = "Not found in these documents."

NOT_FOUND_BELOW = 0.5
"""Confidence under which the answer is "not found"."""

INTERCEPT = -9.0
SCORE_WEIGHT = 10.0
COVERAGE_WEIGHT = 3.0


def signals(chosen: Sequence[Evidence], word_weights: Mapping[str, float]) -> tuple[float, float]:
    """The best sentence's score, and the share of the question's words that the answer covers."""
    if not chosen:
        return 0.0, 0.0
    covered: frozenset[str] = frozenset().union(
        *(each.sentence.words | each.passage.framing for each in chosen)
    )
    return chosen[0].score, word_share(word_weights, covered)


def confidence(score: float, coverage: float) -> float:
    """Probability, 0 to 1, that the documents answer the question."""
    logit = INTERCEPT + SCORE_WEIGHT * score + COVERAGE_WEIGHT * coverage
    return 1.0 / (1.0 + math.exp(-logit))
