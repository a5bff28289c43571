"""How the signals are weighed, and from where on a sentence is called what.

Fitted on the half of the documents of clapnq, scifact and squad2 that a hash of their ids chooses:
426 true sentences, 300 lies. `python -m tests.benchmarks.lies --eval EVAL_DIR --fit` prints these
numbers; without `--fit` it measures them on both halves. On the other half 97 of 100 lies are
flagged, 88 as unsupported, and 4 of 100 true sentences are called unsupported.
"""

INTERCEPT = 3.67
WEIGHTS: dict[str, float] = {
    "uncovered": -5.41,
    "numbers": -1.42,
    "dates": -2.33,
    "names": -0.81,
    "far_quantities": -2.98,
    "far_names": -0.50,
    "displaced_quantity": -13.22,
    "displaced_name": -6.41,
    "denial": -5.09,
    "opposite": -8.24,
    "denials": -2.96,
}
"""All are below 0: every signal speaks against a sentence."""

SUPPORTED_FROM = 0.793
UNSUPPORTED_BELOW = 0.299
