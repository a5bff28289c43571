"""Chooses how a reader is weighed, among a few numbers tried on half of the questions, and says
what comes of it.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from rag.evaluation.confidence import auroc, expected_calibration_error
from rag.evaluation.ranking import NDCG
from rag.evaluation.reader_confidence import LEVELS, Fit, Sample, share_below
from rag.evaluation.reader_table import (
    Floats,
    Table,
    Weighing,
    first_sentences,
    is_read,
    ranking,
)

PASSAGES = (0.0, 0.05, 0.1, 0.2, 0.3)
VERDICTS = (
    Weighing(),
    Weighing(margin=1 / 4, answerable=0.0),
    Weighing(margin=1 / 8, answerable=1 / 4, relevant=1 / 4),
    Weighing(margin=0.0, answerable=1.0),
    Weighing(margin=0.0, answerable=1 / 2, relevant=1 / 2),
)
PROMOTED_FROM = (0.0, 1.0, 2.0, 2.5, 3.0, 3.5)
BONUSES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6)
BONUS_FROM = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0)
SURE = (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
WORSE = 0.002
"""What a set's figure may lose on the half that is fitted, for others to gain; noise is more."""


def choose_order(tables: Mapping[str, Table]) -> Weighing:
    """The weight of verdicts in the order of passages: the best in the mean of all sets' hit@1 and
    nDCG@10, among those that make no set worse.
    """
    before = {name: _ranking_means(table, Weighing()) for name, table in tables.items()}
    tried = []
    for verdict in VERDICTS:
        for promoted_from in PROMOTED_FROM:
            for passage in PASSAGES:
                weighing = replace(verdict, promoted_from=promoted_from, passage=passage)
                changes = np.array(
                    [
                        _ranking_means(table, weighing) - before[name]
                        for name, table in tables.items()
                        if len(before[name])
                    ]
                )
                tried.append((changes.min() >= -WORSE, changes.mean(), weighing))
    tried.sort(key=lambda each: each[:2], reverse=True)
    for fits, gain, weighing in tried[:8]:
        say(f"order {gain:+.4f} {'' if fits else '(worse somewhere) '}{weighing}")
    return tried[0][2]


def choose_sentence(tables: Mapping[str, Table], weighing: Weighing) -> Weighing:
    """What the sentence with the span gains: the best in the mean over sets of right first ones."""
    tried = []
    for bonus in BONUSES:
        for bonus_from in BONUS_FROM:
            each = replace(weighing, bonus=bonus, bonus_from=bonus_from)
            tried.append((_right_first(tables, each), each))
    tried.sort(key=lambda pair: -pair[0])
    for right, each in tried[:5]:
        say(f"sentence {right:.4f} bonus {each.bonus} from {each.bonus_from}")
    return tried[0][1]


def choose_sure(tables: Mapping[str, Table], weighing: Weighing) -> Weighing:
    """The least verdict from which the other passages need not be read: what it loses is noise."""
    best = weighing
    whole = _right_first(tables, weighing), _all_ranking(tables, weighing)
    for sure in sorted(SURE, reverse=True):
        each = replace(weighing, sure=sure)
        right, ranked = _right_first(tables, each), _all_ranking(tables, each)
        more = np.mean(
            [is_read(t, each)[:, 3:].any(axis=1).mean() for t in tables.values() if t.questions]
        )
        say(f"sure {sure}: right {right:.4f}, ranking {ranked:.4f}, all read {more:.3f}")
        if whole[0] - right <= WORSE and whole[1] - ranked <= WORSE:
            best = each
    return best


def report_weighing(tables: Mapping[str, Table], weighing: Weighing) -> None:
    """Prints each set's figures before and after: hit@1, nDCG@10, right first sentence, EM, F1."""
    for name, table in tables.items():
        for label, each in (("without", Weighing()), ("with", weighing)):
            values, said = ranking(table, each), first_sentences(table, each)
            short = [n for n, question in enumerate(table.questions) if question.has_short_answer]
            cells = [values["hit_at_1"], values[NDCG], said["right"]]
            cells += [said["exact"][short], said["f1"][short]]
            shown = " ".join(
                f"{np.nanmean(cell):.3f}" if np.isfinite(cell).any() else "  –  " for cell in cells
            )
            say(f"  {name:15} {label:8} n={len(table.questions):4} {shown}")


def report_confidence(fit: Fit, samples: Sequence[Sample]) -> None:
    """Prints a fit's numbers and its figures on the other half."""
    say(f"\nconfidence of {fit.candidate.name}: {fit.numbers()}")
    measured = [
        each
        for each in samples
        if not each.question.is_fitted or "learned" in each.question.set_name
    ]
    others = [each.question for each in measured]
    given = np.array([fit.confidence(each) for each in measured])
    right = [each.answerable for each in others]
    say(f"expected calibration error {expected_calibration_error(given, right):.3f}")
    for level in LEVELS:
        say(f"NOT_FOUND_BELOW[{level!r}] = {fit.not_found_below[level]:.2f}")
    for set_name in dict.fromkeys(each.set_name for each in others):
        own = [n for n, each in enumerate(others) if each.set_name == set_name]
        answerable = given[[n for n in own if others[n].answerable]]
        refused = " ".join(f"{share_below(answerable, fit, level):.3f}" for level in LEVELS)
        say(f"  {set_name:15} answerable   refused {refused}")
        for off_topic in (False, True):
            group = [
                n for n in own if not others[n].answerable and others[n].off_topic is off_topic
            ]
            if not group or not len(answerable):
                continue
            both = np.concatenate([answerable, given[group]])
            area = auroc(both.tolist(), [True] * len(answerable) + [False] * len(group))
            refused = " ".join(f"{share_below(given[group], fit, level):.3f}" for level in LEVELS)
            kind = "off-topic" if off_topic else "unanswerable"
            say(f"  {set_name:15} {kind:12} refused {refused}  AUROC {area:.3f}")


def say(line: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _ranking_means(table: Table, weighing: Weighing) -> Floats:
    values = ranking(table, weighing)
    known = [each[~np.isnan(each)] for each in values.values()]
    return np.array([each.mean() for each in known if len(each)])


def _all_ranking(tables: Mapping[str, Table], weighing: Weighing) -> float:
    means = [_ranking_means(table, weighing) for table in tables.values()]
    return float(np.mean([each.mean() for each in means if len(each)]))


def _right_first(tables: Mapping[str, Table], weighing: Weighing) -> float:
    values = [first_sentences(table, weighing)["right"] for table in tables.values()]
    known = [each[~np.isnan(each)] for each in values]
    return float(np.mean([each.mean() for each in known if len(each) >= 20]))
