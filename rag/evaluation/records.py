"""What remains of a question once it was asked: the numbers that every figure is computed from.

Records are all that a report needs, so that one that was saved can be compared with a new one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["own", "off_topic", "unclear", "rewrite"]
"""`own`: of the set, and it either has an answer or has none. `unclear`: of the set, but whether it
should be answered is a matter of opinion. `off_topic`: another set's. `rewrite`: only retrieved
for, in three ways (`rag.evaluation.rewrites`).
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One question's numbers.

    Attributes:
        values: By the keys of `rag.evaluation.figures`; only those that apply to the question.
    """

    id: str
    question: str
    role: Role
    answerable: bool
    answered: bool
    confidence: float
    values: Mapping[str, float]

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same question in another run."""
        return self.id, self.question


def judged(records: Iterable[Record], *, off_topic: bool | None = None) -> list[Record]:
    """Those of which it is known whether they should be answered.

    Args:
        records: Of one set.
        off_topic: With these questions for the unanswerable ones, or the set's own; None means
            both.
    """
    wrong = {True: ("off_topic",), False: ("own",), None: ("own", "off_topic")}[off_topic]
    return [
        record
        for record in records
        if (record.role == "own" if record.answerable else record.role in wrong)
    ]


def values_of(records: Sequence[Record], key: str) -> list[float]:
    """A value of all the records that have it."""
    return [record.values[key] for record in records if key in record.values]
