"""Two reports of the same set: what has changed, and how sure that is.

Only questions that were asked in both count. Intervals are paired bootstraps (Efron, 1979): both
reports are drawn from the same resampled questions, so that the difficulty of a question cancels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rag.errors import QuestionSetInvalid
from rag.evaluation.figures import FIGURES, FigureKind
from rag.evaluation.records import Record

RESAMPLES = 2_000
RESAMPLES_OF_WHOLE = 300
"""For figures that are computed from all records at once, which takes long."""

CONFIDENCE_LEVEL = 0.95
_SEED = 20_250_601


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure before and after, over the n questions that have it in both; `low` to `high` holds
    the true difference with 95 % confidence.
    """

    kind: FigureKind
    old: float
    new: float
    low: float
    high: float
    n: int

    @property
    def change(self) -> float:
        """New less old."""
        return self.new - self.old

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out "no difference"."""
        return self.low > 0 or self.high < 0


def compare(old: Sequence[Record], new: Sequence[Record]) -> tuple[Difference, ...]:
    """The differences of all figures that both have.

    Raises:
        QuestionSetInvalid: The two have no question in common.
    """
    before = {record.key: record for record in old}
    pairs = [(before[record.key], record) for record in new if record.key in before]
    if not pairs:
        raise QuestionSetInvalid(
            "The old report is of another question set: they have no question in common.",
            hint="Compare with a report that `quoth eval --json` wrote over the same questions.",
        )
    return tuple(_differences(pairs))


def _differences(pairs: Sequence[tuple[Record, Record]]) -> Iterator[Difference]:
    for kind in FIGURES:
        difference = _of_means(kind, pairs) if kind.is_mean else _of_wholes(kind, pairs)
        if difference is not None:
            yield difference


def _of_means(kind: FigureKind, pairs: Sequence[tuple[Record, Record]]) -> Difference | None:
    from scipy.stats import bootstrap

    both = [
        (old.values[kind.key], new.values[kind.key])
        for old, new in pairs
        if kind.key in old.values and kind.key in new.values
    ]
    if not both:
        return None
    old, new = np.asarray(both, float).T
    changes = new - old
    low = high = float(changes.mean())
    if np.ptp(changes) > 0:
        interval = bootstrap(
            (changes,),
            np.mean,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE_LEVEL,
            method="percentile",
            rng=np.random.default_rng(_SEED),
            batch=100,
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    return Difference(kind, float(old.mean()), float(new.mean()), low, high, len(both))


def _of_wholes(kind: FigureKind, pairs: Sequence[tuple[Record, Record]]) -> Difference | None:
    old = kind.compute([before for before, _ in pairs])
    new = kind.compute([after for _, after in pairs])
    if old is None or new is None:
        return None
    random = np.random.default_rng(_SEED)
    changes = []
    for _ in range(RESAMPLES_OF_WHOLE):
        drawn = [pairs[each] for each in random.integers(len(pairs), size=len(pairs))]
        one = kind.compute([before for before, _ in drawn])
        other = kind.compute([after for _, after in drawn])
        if one is not None and other is not None:
            changes.append(other[0] - one[0])
    tail = (1 - CONFIDENCE_LEVEL) / 2
    low, high = np.quantile(changes or [new[0] - old[0]], (tail, 1 - tail))
    return Difference(kind, old[0], new[0], float(low), float(high), new[1])
