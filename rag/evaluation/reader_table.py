"""Signals of many questions as arrays, and what a weighing of them comes to: order, first sentence,
short answer. Pure functions; how well a weighing does on a set is a few lines of NumPy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answering.extractive import PASSAGES
from rag.evaluation.ranking import NDCG
from rag.evaluation.reader_signals import QuestionSignals
from rag.reading import blend
from rag.reading.passages import FIRST_PASSAGES

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_CUT = 10


@dataclass(frozen=True, slots=True)
class Weighing:
    """How a reader's logits count beside the search; as in `rag.reading.blend`.

    Attributes:
        margin, answerable, relevant: Parts of the verdict.
        passage: Weight of a verdict above `promoted_from` in the order of passages; 0 leaves the
            search's order.
        most_promoted: Of a verdict above that, the most that counts.
        sure: Verdict on one of the first three from which on no other is read.
        bonus: Weight of a verdict above `bonus_from` for the sentence with the span.
        most_bonus: The most that a sentence gains.
    """

    margin: float = 1 / 8
    answerable: float = 1 / 2
    relevant: float = 0.0
    passage: float = 0.0
    promoted_from: float = 0.0
    most_promoted: float = 2.0
    sure: float = 100.0
    bonus: float = 0.0
    bonus_from: float = 0.0
    most_bonus: float = 1.0


SHIPPED_WEIGHING = Weighing(
    passage=blend.PASSAGE_WEIGHT,
    promoted_from=blend.PROMOTED_FROM,
    most_promoted=blend.MOST_PROMOTED,
    sure=blend.SURE,
    bonus=blend.BONUS_WEIGHT,
    bonus_from=blend.BONUS_FROM,
    most_bonus=blend.MOST_BONUS,
)
"""As `rag.reading.blend` weighs."""


@dataclass(frozen=True, slots=True)
class Table:
    """Questions with their passages in arrays of shape (questions, passages), those that are not
    there with a score of -inf, and their sentences in flat ones.

    Attributes:
        files: Numbers of files, unlike for unlike files of one question.
        right: Whether a passage's file answers the question.
        tail: Gains of the files behind the passages, shape (questions, at most 10).
        ideal: The best DCG@10 that a question has.
        places: Question and passage of each sentence, shape (sentences, 2).
        sentence_scores, touched, sentence_right: Of each sentence; right is 1, 0 or NaN.
    """

    questions: tuple[QuestionSignals, ...]
    scores: Floats
    margins: Floats
    answerable: Floats
    relevant: Floats
    exact: Floats
    f1: Floats
    files: Ints
    right: Flags
    tail: Floats
    ideal: Floats
    places: Ints
    sentence_scores: Floats
    touched: Flags
    sentence_right: Floats


def table_of(questions: Sequence[QuestionSignals]) -> Table:
    """The signals of questions in arrays; those without a passage are left out."""
    kept = tuple(each for each in questions if each.passages)
    shape = (len(kept), max((len(each.passages) for each in kept), default=0))
    columns = {
        name: np.full(shape, -np.inf if name == "score" else 0.0)
        for name in ("score", "margin", "answerable", "relevant", "exact", "f1")
    }
    files, right = np.full(shape, -1, np.int64), np.zeros(shape, bool)
    tail, ideal = np.zeros((len(kept), _CUT)), np.zeros(len(kept))
    places: list[tuple[int, int]] = []
    sentences: list[tuple[float, bool, float]] = []
    for number, question in enumerate(kept):
        numbers: dict[str, int] = {}
        for place, passage in enumerate(question.passages):
            for name, column in columns.items():
                column[number, place] = getattr(passage, name)
            files[number, place] = numbers.setdefault(passage.file, len(numbers))
            right[number, place] = passage.file in question.right
            for each in passage.sentences:
                places.append((number, place))
                known = np.nan if each.right is None else float(each.right)
                sentences.append((each.score, each.touched, known))
        behind = [file for file in question.others if file not in numbers][:_CUT]
        tail[number, : len(behind)] = [file in question.right for file in behind]
        ideal[number] = _discounts(min(_CUT, len(question.right))).sum()
    flat = np.array(sentences, np.float64).reshape(-1, 3)
    return Table(
        questions=kept,
        scores=columns["score"],
        margins=columns["margin"],
        answerable=columns["answerable"],
        relevant=columns["relevant"],
        exact=columns["exact"],
        f1=columns["f1"],
        files=files,
        right=right,
        tail=tail,
        ideal=ideal,
        places=np.array(places, np.int64).reshape(-1, 2),
        sentence_scores=flat[:, 0],
        touched=flat[:, 1] == 1.0,
        sentence_right=flat[:, 2],
    )


def verdicts(table: Table, weighing: Weighing) -> Floats:
    """How surely each passage answers, as a logit."""
    return (
        weighing.margin * table.margins
        + weighing.answerable * table.answerable
        + weighing.relevant * table.relevant
    )


def is_read(table: Table, weighing: Weighing) -> Flags:
    """Which passages are read: all, unless one of the first three answers surely."""
    said = np.where(np.isfinite(table.scores), verdicts(table, weighing), -np.inf)
    sure = said[:, :FIRST_PASSAGES].max(axis=1, initial=-np.inf) >= weighing.sure
    first = np.arange(table.scores.shape[1]) < FIRST_PASSAGES
    read: Flags = np.isfinite(table.scores) & (first[None, :] | ~sure[:, None])
    return read


def order(table: Table, weighing: Weighing) -> Ints:
    """The passages' places, best first, shape (questions, passages)."""
    above = verdicts(table, weighing) - weighing.promoted_from
    gains = weighing.passage * np.clip(above, 0.0, weighing.most_promoted)
    scores = table.scores + np.where(is_read(table, weighing), gains, 0.0)
    return np.argsort(-scores, axis=1, kind="stable")


def ranking(table: Table, weighing: Weighing) -> dict[str, Floats]:
    """hit@1 and nDCG@10 of each question by documents, NaN where no right file is known."""
    ordered = order(table, weighing)
    files = np.take_along_axis(table.files, ordered, axis=1)
    same = files[:, :, None] == files[:, None, :]
    is_first = ~(same & np.tri(files.shape[1], k=-1, dtype=bool)[None]).any(axis=2) & (files >= 0)
    gains = np.take_along_axis(table.right, ordered, axis=1) & is_first
    ranks = np.cumsum(is_first, axis=1) - 1
    discounts = _discounts(_CUT + files.shape[1])
    dcg = (gains * discounts[ranks] * (ranks < _CUT)).sum(axis=1)
    behind = is_first.sum(axis=1)[:, None] + np.arange(_CUT)[None, :]
    dcg += (table.tail * discounts[np.minimum(behind, len(discounts) - 1)] * (behind < _CUT)).sum(
        axis=1
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        ndcg = np.where(table.ideal > 0, dcg / table.ideal, np.nan)
    hit = np.where(table.ideal > 0, gains[:, 0].astype(float), np.nan)
    return {"hit_at_1": hit, NDCG: ndcg}


def first_sentences(table: Table, weighing: Weighing) -> dict[str, Floats]:
    """Of the sentence that is quoted first, for each question: whether it is `right` (NaN where
    that is not known), and of the short answer in it `exact` and `f1`, 0 without one, `margin`,
    -inf without one.
    """
    ordered, said = order(table, weighing), verdicts(table, weighing)
    rank = np.argsort(ordered, axis=1)
    question, place = table.places.T
    bonus = np.clip(weighing.bonus * (said - weighing.bonus_from), 0.0, weighing.most_bonus)
    bonus = np.where(is_read(table, weighing), bonus, 0.0)
    scores = table.sentence_scores + table.touched * bonus[question, place]
    open_to = rank[question, place] < PASSAGES
    candidates = np.flatnonzero(open_to)
    best_last = candidates[np.lexsort((scores[candidates], question[candidates]))]
    found = np.full(len(table.questions), -1)
    found[question[best_last]] = best_last
    has, at = found >= 0, np.maximum(found, 0)
    place_of = np.where(has, place[at], 0) if len(place) else np.zeros(len(found), np.int64)
    rows = np.arange(len(found))
    says = has & table.touched[at] & is_read(table, weighing)[rows, place_of]
    return {
        "right": np.where(has, table.sentence_right[at], np.nan),
        "exact": np.where(says, table.exact[rows, place_of], 0.0),
        "f1": np.where(says, table.f1[rows, place_of], 0.0),
        "margin": np.where(says, table.margins[rows, place_of], -np.inf),
    }


def _discounts(count: int) -> Floats:
    discounts: Floats = 1 / np.log2(np.arange(count) + 2)
    return discounts
