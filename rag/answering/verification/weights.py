"""How the signals are weighed, and from where on a sentence is called what.

Fitted on the half of the documents of clapnq, scifact and squad2 that a hash of their ids chooses:
426 true sentences, as many near quotes of the evidence, 300 lies and 540 finer ones. `python -m
tests.benchmarks.lies --eval EVAL_DIR --fit` prints these numbers; without `--fit` it measures them
on both halves. On the other half 98 of 100 lies are flagged, 86 as unsupported, 4 of 100 true
sentences are called unsupported and 32 weak; of the finer lies 83 of 100 are flagged.
"""

INTERCEPT = 3.67
WEIGHTS: dict[str, float] = {
    "uncovered": -5.41,
    "numbers": -1.42,
    "dates": -2.34,
    "names": -0.80,
    "far_quantities": -2.97,
    "far_names": -0.49,
    "displaced_quantity": -13.21,
    "displaced_name": -6.41,
    "denial": -4.75,
    "opposite": -8.25,
    "denials": -3.24,
    "clause": 0.00,
    "displaced_word": -1.18,
    "modality": -5.83,
    "breadth": -10.82,
    "condition": -2.95,
    "owned": -3.94,
    "measure": -0.95,
}
"""All are below 0: every signal speaks against a sentence."""

SUPPORTED_FROM = 0.638
UNSUPPORTED_BELOW = 0.149
