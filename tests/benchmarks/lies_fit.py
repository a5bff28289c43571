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
WRONGED = 0.03
"""Share of the true sentences of the fitted half that may be called unsupported."""
SHOWN = 0.02
"""Share of its lies that may be called supported."""


def fit(truths: Sequence[Statement], lies: Sequence[Statement]) -> None:
    """Prints intercept, weights and lines."""
    compared = [_compared(each) for each in (*truths, *lies)]
    features = np.array([each.signals.values() for each in compared])
    labels = np.array([1.0] * len(truths) + [0.0] * len(lies))
    balance = np.where(labels == 1, 0.5 / labels.sum(), 0.5 / (1 - labels).sum())

    def loss(parameters: np.ndarray) -> float:
        margins = (2 * labels - 1) * (parameters[0] + features @ parameters[1:])
        return float(
            balance @ np.logaddexp(0, -margins) + RIDGE / 10 * (parameters[1:] ** 2).mean()
        )

    # Every signal speaks against a sentence, so none may speak for it.
    bounds = [(None, None), *[(None, 0.0)] * features.shape[1]]
    best = minimize(loss, np.zeros(features.shape[1] + 1), bounds=bounds, method="L-BFGS-B").x
    scores = 1 / (1 + np.exp(-(best[0] + features @ best[1:])))
    print(f"INTERCEPT = {best[0]:.2f}")
    for name, weight in zip(SIGNAL_NAMES, best[1:], strict=True):
        print(f'    "{name}": {weight:.2f},')
    true = np.sort(scores[labels == 1])
    false = np.array(
        [
            0.0 if each.is_doubtful else score
            for each, score, label in zip(compared, scores, labels, strict=True)
            if not label
        ]
    )
    false.sort()
    # Few lies stand there, and far apart: a single one must not decide.
    line = np.quantile(false, [1 - SHOWN, 1 - 1.5 * SHOWN]).mean()
    print(f"SUPPORTED_FROM = {line:.3f}")
    print(f"UNSUPPORTED_BELOW = {true[int(len(true) * WRONGED)]:.3f}")


def _compared(statement: Statement) -> Comparison:
    verifier = Verifier([EvidenceText(text, title) for text, title in statement.passages])
    return verifier.compared(statement.text, (statement.cited,))
