# ruff: noqa: T201
"""Fits how the signals are weighed: a logistic regression on the fitted half, and two lines."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from rag.answering.verification.base import EvidenceText
from rag.answering.verification.signals import SIGNAL_NAMES, Comparison
from rag.answering.verification.verifier import Verifier
from tests.benchmarks.lying import Statement

RIDGE = 0.003
"""Of the squared weights, per sentence: no single signal decides."""
COARSE_SHARES = (0.5, 0.0, 0.5, 0.0)
SHARES = (0.7, 0.1, 0.05, 0.15)
"""How much true sentences, near quotes, lies and finer lies count in the fit of the signals of
contradiction, and in that of the others.
"""
WRONGED = 0.03
"""Share of the true sentences of the fitted half that may be called unsupported."""
SHOWN = 0.02
"""Share of its lies that may be called supported."""


def fit(
    truths: Sequence[Statement],
    quoted: Sequence[Statement],
    lies: Sequence[Statement],
    finer: Sequence[Statement],
) -> None:
    """Prints intercept, weights and lines; the lines are drawn by truths and lies alone."""
    groups = (truths, quoted, lies, finer)
    compared = [_compared(each) for group in groups for each in group]
    features = np.array([each.signals.values() for each in compared])
    group_of = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    labels = (group_of < 2).astype(float)
    lengths = np.array([len(group) for group in groups])
    # What goes beyond the evidence is weighed after what contradicts it, which it would blur.
    coarse = SIGNAL_NAMES.index("clause")
    known = _minimum(features[:, :coarse], labels, (COARSE_SHARES / lengths)[group_of], 0.0)
    base = known[0] + features[:, :coarse] @ known[1:]
    finer_part = _minimum(features[:, coarse:], labels, (SHARES / lengths)[group_of], base)
    best = np.concatenate([known, finer_part[1:]])
    scores = 1 / (1 + np.exp(-(best[0] + features @ best[1:])))
    print(f"INTERCEPT = {best[0]:.2f}")
    for name, weight in zip(SIGNAL_NAMES, best[1:], strict=True):
        print(f'    "{name}": {weight:.2f},')
    for number, name in enumerate(("truths", "quoted", "lies", "finer")):
        print(f"# {name}:", np.quantile(scores[group_of == number], [0.05, 0.25, 0.5, 0.75, 0.95]))
    true = np.sort(scores[group_of == 0])
    false = np.array(
        [
            0.0 if each.is_doubtful else score
            for each, score, group in zip(compared, scores, group_of, strict=True)
            if group == 2
        ]
    )
    false.sort()
    # Few lies stand there, and far apart: a single one must not decide.
    line = np.quantile(false, [1 - SHOWN, 1 - 1.5 * SHOWN]).mean()
    print(f"SUPPORTED_FROM = {line:.3f}")
    print(f"UNSUPPORTED_BELOW = {true[int(len(true) * WRONGED)]:.3f}")


def _minimum(
    features: np.ndarray, labels: np.ndarray, balance: np.ndarray, base: np.ndarray | float
) -> np.ndarray:
    """An intercept and weights that tell the labels apart, beside what is known already."""

    def loss(parameters: np.ndarray) -> float:
        margins = (2 * labels - 1) * (base + parameters[0] + features @ parameters[1:])
        return float(
            balance @ np.logaddexp(0, -margins) + RIDGE / 10 * (parameters[1:] ** 2).mean()
        )

    # Every signal speaks against a sentence, so none may speak for it.
    bounds = [(None, None), *[(None, 0.0)] * features.shape[1]]
    start = np.zeros(features.shape[1] + 1)
    best: np.ndarray = minimize(loss, start, bounds=bounds, method="L-BFGS-B").x
    return best


def _compared(statement: Statement) -> Comparison:
    verifier = Verifier([EvidenceText(text, title) for text, title in statement.passages])
    return verifier.compared(statement.text, (statement.cited,))
