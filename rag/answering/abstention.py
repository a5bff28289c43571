"""How sure an answer is, and when to say "not found" instead: every number of it stands here.

The confidence is the probability that the documents answer the question, a logistic function of
three signals. `python -m rag.evaluation.calibration EVAL_DIR` fits these numbers on one half of
public question sets, split by document, and measures them on the other. More signals (the
nearest passage's cosine, coverage, the gap to the next passages, the number of words) gained
nothing there or cost other sets more. Where a reader has read the passages, `rag.reading.blend`
goes on from these numbers with those of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answering.extractive import Evidence
from rag.reading import blend
from rag.reading.base import Reading
from rag.retrieval.retriever import Retrieval, Retriever

NOT_FOUND_TEXT = "Not found in these documents."

INTERCEPT = -4.42
SCORE_WEIGHT = 1.99
UNKNOWN_WEIGHT = -1.79
ALONE_WEIGHT = 3.18

Level = Literal["strict", "balanced", "eager"]

NOT_FOUND_BELOW: dict[Level, float] = {"strict": 0.29, "balanced": 0.18, "eager": 0.12}
"""Confidence under which the answer is "not found": refuses 10, 3 and 1 of 100 answerable questions
of squad2's fitted half (the fit gives .19 for the second; at that, the other half loses over 3)."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the confidence is made of.

    Attributes:
        score: Of the best sentence; about 0 to 2.
        unknown: Share of the question's words that no passage holds, weighted by rarity, 0 to 1.
        alone: Cosine of the question and the best sentence, encoded by itself.
    """

    score: float
    unknown: float
    alone: float


def signals(
    weighed: Sequence[Evidence], retrieval: Retrieval, retriever: Retriever
) -> Signals | None:
    """The signals of an answer, of the sentence that is best without a reader; None where there is
    no sentence to answer with.
    """
    if not weighed:
        return None
    best = max(weighed, key=lambda each: each.plain_score)
    alone = retriever.alone(retrieval, best.passage, best.sentence)
    return Signals(best.plain_score, retrieval.unknown_share, alone)


def logit(found: Signals) -> float:
    """What the confidence without a reader is the logistic function of."""
    return (
        INTERCEPT
        + SCORE_WEIGHT * found.score
        + UNKNOWN_WEIGHT * found.unknown
        + ALONE_WEIGHT * found.alone
    )


def confidence(found: Signals | None, readings: Sequence[Reading] = ()) -> float:
    """Probability, 0 to 1, that the documents answer the question.

    Args:
        found: None where there is no sentence to answer with.
        readings: Of the passages that were read, best first; empty where none was.
    """
    if found is None:
        return 0.0
    if readings:
        return blend.confidence(logit(found), readings)
    return 1.0 / (1.0 + math.exp(-logit(found)))


def is_found(confidence: float, level: Level, *, was_read: bool) -> bool:
    """Whether a confidence reaches the line below which the answer is "not found".

    Args:
        confidence: 0 to 1.
        level: How sure an answer must be.
        was_read: Whether a reader has a part in the confidence.
    """
    lines = blend.NOT_FOUND_BELOW if was_read else NOT_FOUND_BELOW
    return confidence >= lines[level]
