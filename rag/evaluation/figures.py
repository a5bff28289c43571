"""The figures of a report: what each is called, and how it comes from the records.

Most are means of one value of every question. The others are functions of all records at once.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.evaluation.confidence import auroc, expected_calibration_error, precision_recall_f1
from rag.evaluation.records import Record, judged, values_of

Measured = tuple[float, int]
"""A value, and how many questions it is from."""

Compute = Callable[[Sequence[Record]], Measured | None]


@dataclass(frozen=True, slots=True)
class FigureKind:
    """A figure by name.

    Attributes:
        key: Stable, for programs.
        label: For people.
        compute: None where the figure does not apply to the records.
        is_mean: Whether it is the mean of the value of that key.
        decimals: How precisely it is shown.
    """

    key: str
    group: str
    label: str
    compute: Compute
    is_mean: bool = True
    decimals: int = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its value, over `n` questions."""

    kind: FigureKind
    value: float
    n: int


def figures_of(records: Sequence[Record]) -> Iterator[Figure]:
    """Those that apply, in their order."""
    for kind in FIGURES:
        measured = kind.compute(records)
        if measured is not None:
            yield Figure(kind, *measured)


def _mean(key: str, group: str, label: str, decimals: int = 3) -> FigureKind:
    def compute(records: Sequence[Record]) -> Measured | None:
        values = values_of(records, key)
        return (statistics.fmean(values), len(values)) if values else None

    return FigureKind(key, group, label, compute, decimals=decimals)


def _of_refusals(part: int, *, off_topic: bool) -> Compute:
    def compute(records: Sequence[Record]) -> Measured | None:
        asked = _both_kinds(records, off_topic)
        if not asked:
            return None
        refused = [not record.answered for record in asked]
        found = precision_recall_f1(refused, [record.answerable for record in asked])
        return found[part], len(asked)

    return compute


def _auroc(*, off_topic: bool) -> Compute:
    def compute(records: Sequence[Record]) -> Measured | None:
        asked = _both_kinds(records, off_topic)
        area = auroc([r.confidence for r in asked], [r.answerable for r in asked])
        return None if area is None else (area, len(asked))

    return compute


def _calibration_error(records: Sequence[Record]) -> Measured | None:
    asked = _both_kinds(records, None)
    if not asked:
        return None
    right = [record.answerable for record in asked]
    return expected_calibration_error([record.confidence for record in asked], right), len(asked)


def _recovered(records: Sequence[Record]) -> Measured | None:
    last, own, person = (
        values_of(records, f"followup_{name}") for name in ("last_turn", "own", "rewrite")
    )
    if not last or sum(person) == sum(last):
        return None
    return (sum(own) - sum(last)) / (sum(person) - sum(last)), len(last)


def _both_kinds(records: Sequence[Record], off_topic: bool | None) -> list[Record]:
    """The judged records; none where all are answerable, or none is."""
    asked = judged(records, off_topic=off_topic)
    return asked if len({record.answerable for record in asked}) > 1 else []


def _abstention() -> Iterator[FigureKind]:
    for prefix, off_topic in (("", False), ("off_topic_", True)):
        group = "off-topic questions" if off_topic else "not found"
        if not off_topic:
            yield _mean("wrongly_refused", group, "answerable, wrongly refused")
        key = "off_topic_answered" if off_topic else "wrongly_answered"
        yield _mean(key, group, "unanswerable, wrongly answered")
        for part, name in enumerate(("precision", "recall", "F1")):
            key = f"{prefix}abstention_{name.lower()}"
            compute = _of_refusals(part, off_topic=off_topic)
            yield FigureKind(key, group, f"{name} of refusals", compute, is_mean=False)
        compute = _auroc(off_topic=off_topic)
        yield FigureKind(f"{prefix}auroc", group, "AUROC of the confidence", compute, is_mean=False)


FIGURES: tuple[FigureKind, ...] = (
    _mean("hit_at_1", "retrieval", "hit@1"),
    _mean("ndcg_at_10", "retrieval", "nDCG@10"),
    _mean("mrr_at_10", "retrieval", "MRR@10"),
    _mean("recall_at_5", "retrieval", "recall@5"),
    _mean("recall_at_10", "retrieval", "recall@10"),
    _mean("last_turn_ndcg_at_10", "retrieval", "nDCG@10 without the history"),
    _mean("right_at_1", "answers", "answered right, first quote"),
    _mean("right_at_all", "answers", "answered right, any quote"),
    _mean("grounded", "answers", "answered right, quoted from the right file"),
    _mean("file_at_1", "answers", "first quote from the right file"),
    _mean("file_at_all", "answers", "any quote from the right file"),
    _mean("followup_file_at_all", "answers", "the same for follow-ups"),
    _mean("support_at_1", "answers", "first quote supports"),
    _mean("support_at_all", "answers", "any quote supports"),
    _mean("mean_answer_chars", "answers", "mean answer length, characters", 0),
    _mean("short_exact", "short answers", "exact match"),
    _mean("short_f1", "short answers", "F1 over words"),
    _mean("short_given", "short answers", "answerable with a short answer"),
    _mean("citations_exact", "citations", "citations exact"),
    _mean("citation_precision", "citations", "citations that support"),
    _mean("span_recall_at_5", "spans", "recall, 5 passages"),
    _mean("span_precision_at_5", "spans", "precision, 5 passages"),
    _mean("span_iou_at_5", "spans", "IoU, 5 passages"),
    _mean("span_recall_4000", "spans", "recall, first 4,000 characters"),
    *_abstention(),
    FigureKind(
        "calibration_error",
        "confidence",
        "expected calibration error",
        _calibration_error,
        is_mean=False,
    ),
    _mean("followup_last_turn", "follow-ups", "nDCG@10 of the last turn alone"),
    _mean("followup_own", "follow-ups", "nDCG@10 with the history"),
    _mean("followup_rewrite", "follow-ups", "nDCG@10 of a person's rewrite"),
    FigureKind(
        "followup_recovered",
        "follow-ups",
        "recovered of what the rewrite gains",
        _recovered,
        is_mean=False,
    ),
    _mean("standalone_last_turn", "stand-alone turns", "nDCG@10 of the last turn alone"),
    _mean("standalone_own", "stand-alone turns", "nDCG@10 with the history"),
    _mean("standalone_change", "stand-alone turns", "change by the history"),
)
"""Every figure there is, in the order of a report."""
