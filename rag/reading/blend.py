"""What a reader's logits are worth beside the scores of the search: every number of it stands here.

The reader tells a passage that answers from one that resembles the question, and the search tells
far-off topics better; so neither is used alone. The numbers are those of a first trial, in which
half of a quarter of the margin, half of the logit of "answerable", and six times the score of the
search ordered passages best.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.reading.base import Reading

if TYPE_CHECKING:
    from rag.answering.abstention import Level

PASSAGES = 10
"""So many of the best passages are read at most."""

SURE = 3.0
"""Verdict from which on the passages behind the first three are not read."""

PASSAGE_WEIGHT = 1 / 6
"""Of a verdict, in the score that orders passages."""

UNREAD = -2.0
"""Verdict on a passage that was not read."""

BONUS_WEIGHT = 0.25
BONUS_FROM = -1.0
MOST_BONUS = 1.0

HIGHLIGHT_MARGIN = 0.0
"""Margin from which on the span is marked inside a quote."""

SHORT_ANSWER_MARGIN = 0.0
"""Margin from which on the span of the first quote is given as the short answer."""

WEAK_BELOW: float | None = None
"""Logit of support under which a model's sentence counts as weak, though the check of its words
lets it through; None: the reader is not asked, as this is not measured yet.
"""

INTERCEPT = -0.6
SEARCH_WEIGHT = 0.8
MARGIN_WEIGHT = 0.08
ANSWERABLE_WEIGHT = 0.35
RELEVANT_WEIGHT = 0.0

NOT_FOUND_BELOW: dict["Level", float] = {"strict": 0.29, "balanced": 0.18, "eager": 0.12}
"""As `rag.answering.abstention.NOT_FOUND_BELOW`, for confidences that a reader has a part in."""


def verdict(reading: Reading) -> float:
    """How surely a window answers, as a logit: of its span and of itself in equal parts."""
    return (reading.margin / 4 + reading.answerable) / 2


def is_sure(reading: Reading) -> bool:
    """Whether a window answers so surely that no passage further behind has to be read."""
    return verdict(reading) >= SURE


def passage_score(score: float, reading: Reading | None) -> float:
    """What orders passages: a hit's score by the search, on whose scale the result is, and what
    the reader says of the passage; None where it was not read.
    """
    said = UNREAD if reading is None else verdict(reading)
    return score + PASSAGE_WEIGHT * said


def sentence_bonus(reading: Reading) -> float:
    """What a sentence gains in which the span of its passage stands, 0 to `MOST_BONUS`."""
    return min(MOST_BONUS, BONUS_WEIGHT * max(0.0, verdict(reading) - BONUS_FROM))


def confidence(search_logit: float, readings: Sequence[Reading]) -> float:
    """Probability, 0 to 1, that the documents answer the question.

    Args:
        search_logit: What `rag.answering.abstention.logit` says of the sentence that the search
            alone would put first.
        readings: Of the passages that were read, in the order of `passage_score`; at least one.
    """
    best = readings[0]
    logit = (
        INTERCEPT
        + SEARCH_WEIGHT * search_logit
        + MARGIN_WEIGHT * best.margin
        + ANSWERABLE_WEIGHT * best.answerable
        + RELEVANT_WEIGHT * best.relevant
    )
    return _probability(logit)


def _probability(logit: float) -> float:
    if logit < 0:  # a large exponent is no number
        return math.exp(logit) / (1.0 + math.exp(logit))
    return 1.0 / (1.0 + math.exp(-logit))
