"""How far the confidence can be trusted: pure functions over confidences and what was true.

The class that counts as positive for precision and recall is "not found".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embeddings.base import FloatArray

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions whose confidence lies in one tenth: how many, how sure, and how often rightly."""

    size: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class TradeOff:
    """With answers from this confidence on: shares of the questions that have no answer and get
    one, and of those that have one and get none.
    """

    threshold: float
    false_answers: float
    false_refusals: float


def auroc(confidences: Sequence[float], answerable: Sequence[bool]) -> float | None:
    """The probability that an answerable question has the higher confidence, ties counting half;
    None where one kind is missing. As the rank-sum of Mann and Whitney, 1947.
    """
    from scipy.stats import rankdata

    right = np.asarray(answerable, bool)
    positives, negatives = int(right.sum()), int((~right).sum())
    if not positives or not negatives:
        return None
    rank_sum = rankdata(np.asarray(confidences, float))[right].sum()
    return float((rank_sum - positives * (positives + 1) / 2) / (positives * negatives))


def precision_recall_f1(refused: Sequence[bool], answerable: Sequence[bool]) -> tuple[float, ...]:
    """Of the refusals; 0 where there is nothing to divide by."""
    pairs = list(zip(refused, answerable, strict=True))
    rightly = sum(each and not answers for each, answers in pairs)
    precision = rightly / max(sum(refused), 1)
    recall = rightly / max(len(pairs) - sum(answerable), 1)
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1.0)


def reliability(
    confidences: Sequence[float] | FloatArray, right: Sequence[bool]
) -> tuple[Bin, ...]:
    """The questions in ten bins of equal width, empty ones left out."""
    given, happened = np.asarray(confidences, float), np.asarray(right, float)
    bins = np.minimum((given * BINS).astype(int), BINS - 1)
    return tuple(
        Bin(
            int((bins == b).sum()),
            float(given[bins == b].mean()),
            float(happened[bins == b].mean()),
        )
        for b in np.unique(bins)
    )


def expected_calibration_error(
    confidences: Sequence[float] | FloatArray, right: Sequence[bool]
) -> float:
    """Mean distance of confidence and share of right ones over ten equal bins, weighted by size.

    Guo et al., On Calibration of Modern Neural Networks, 2017 (arXiv:1706.04599).
    """
    bins = reliability(confidences, right)
    total = sum(each.size for each in bins) or 1
    return sum(each.size * abs(each.confidence - each.right) for each in bins) / total


def trade_offs(confidences: Sequence[float], answerable: Sequence[bool]) -> tuple[TradeOff, ...]:
    """At every confidence that was given, ascending; none where one kind is missing."""
    right = np.asarray(answerable, bool)
    given = np.asarray(confidences, float)
    has, has_not = np.sort(given[right]), np.sort(given[~right])
    if not len(has) or not len(has_not):
        return ()
    return tuple(
        TradeOff(
            threshold=float(threshold),
            false_answers=1 - float(np.searchsorted(has_not, threshold)) / len(has_not),
            false_refusals=float(np.searchsorted(has, threshold)) / len(has),
        )
        for threshold in np.unique(given)
    )
