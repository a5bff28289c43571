"""What a reader's logits are worth beside the scores of the search: every number of it stands here.

The reader tells a passage that answers from one that resembles the question, and the search tells
far-off topics better; so neither is used alone. `python -m rag.evaluation.reader_calibration`
collects what both say of public question sets. Confidence and bonus were fitted on one half of the
questions; the promotion of passages was chosen on all of them, as what makes no set worse. None of
them is about a document that the reader has learned from.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from rag.reading.base import Reading

if TYPE_CHECKING:
    from rag.answering.abstention import Level

PASSAGES = 5
"""So many of the best passages are read at most; 10 took twice as long and changed no figure."""

SURE = 0.0
"""Verdict from which on the passages behind the first three are not read: one question in twenty
has none that reaches it. Anything from -1 to 3 orders alike, and 2 reads one in three.
"""

CERTAIN = 2.5
"""Verdict from which on the words that a short window gave are kept. Below, reading the whole
passage as well took exact matches from .56 to .69 on squad2's given paragraphs; above, nowhere.
"""

PROMOTED_FROM = 2.5
"""Verdict from which on a passage gains in the order.

What the reader says below it stays out of the order: any weight of a whole verdict that helps
squad2 (hit@1 up to +.03) costs chat logs, product documentation or conversations .01 to .07.
"""

PASSAGE_WEIGHT = 0.1
"""Of a verdict above that, in the score that orders passages."""

MOST_PROMOTED = 2.0
"""Of a verdict above that, the most that counts."""

BONUS_WEIGHT = 0.15
BONUS_FROM = -3.0
MOST_BONUS = 1.0

HIGHLIGHT_MARGIN = -1.0
"""Margin from which on the span is marked inside a quote."""

SHORT_ANSWER_MARGIN = -1.0
"""Margin from which on the span of the first quote is given as the short answer. With 0 three in a
hundred answerable questions of squad2 (the half that is fitted on) lose theirs, two of these right;
of a hundred adversarial ones five lose a wrong one.
"""

WEAK_BELOW = -2.0
"""Logit of support under which a model's sentence counts as weak, though the check of its words
lets it through. On the half that chose it (`python -m tests.benchmarks.lies --reader`) 5 of 712
true sentences are lost that way and 2 of 7 lies found; what the check already doubts is left to it,
as there the reader prefers lies in the evidence's own words to what people wrote.
"""

INTERCEPT = -0.57
SEARCH_WEIGHT = 1.05
SEARCH_SURE = 0.5
"""Logit of the search above which more of it means nothing: it tells another topic, and it is the
reader that tells a question that the topic's passages leave open."""

VERDICT_WEIGHT = 0.46

NOT_FOUND_BELOW: dict["Level", float] = {"strict": 0.30, "balanced": 0.19, "eager": 0.12}
"""As `rag.answering.abstention.NOT_FOUND_BELOW`, for confidences that a reader has a part in."""


class Judged(Protocol):
    """What a reader has judged: a reading, or what is kept of one."""

    @property
    def margin(self) -> float: ...

    @property
    def answerable(self) -> float: ...


def verdict(reading: Judged) -> float:
    """How surely a window answers, as a logit: of its span and of itself in equal parts."""
    return (reading.margin / 4 + reading.answerable) / 2


def is_sure(reading: Reading) -> bool:
    """Whether a window answers so surely that no passage further behind has to be read."""
    return verdict(reading) >= SURE


def leaves_doubt(reading: Reading) -> bool:
    """Whether a window gave its words not so surely that they are to stay."""
    return verdict(reading) < CERTAIN


def passage_score(score: float, reading: Reading | None) -> float:
    """What orders passages: a hit's score by the search, on whose scale the result is, and what
    the reader says of the passage; None where it was not read.
    """
    if reading is None:
        return score
    above = min(MOST_PROMOTED, max(0.0, verdict(reading) - PROMOTED_FROM))
    return score + PASSAGE_WEIGHT * above


def sentence_bonus(reading: Reading) -> float:
    """What a sentence gains in which the span of its passage stands, 0 to `MOST_BONUS`."""
    return min(MOST_BONUS, BONUS_WEIGHT * max(0.0, verdict(reading) - BONUS_FROM))


def confidence(search_logit: float, readings: Sequence[Reading]) -> float:
    """Probability, 0 to 1, that the documents answer the question.

    Args:
        search_logit: What `rag.answering.abstention.logit` says of the sentence that the search
            alone would put first.
        readings: Of the passages that were read; at least one. The best of them counts.
    """
    best = max(verdict(each) for each in readings)
    return _probability(
        INTERCEPT + SEARCH_WEIGHT * min(SEARCH_SURE, search_logit) + VERDICT_WEIGHT * best
    )


def _probability(logit: float) -> float:
    if logit < 0:  # a large exponent is no number
        return math.exp(logit) / (1.0 + math.exp(logit))
    return 1.0 / (1.0 + math.exp(-logit))
