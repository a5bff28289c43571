"""How the signals are weighed: the fitted numbers. `python -m tests.benchmarks.lies --eval
EVAL_DIR --fit` prints them.
"""

INTERCEPT = 3.63
WEIGHTS: dict[str, float] = {
    "uncovered": -5.33,
    "numbers": -1.40,
    "dates": -2.32,
    "names": -0.85,
    "far_quantities": -2.95,
    "far_names": -0.51,
    "displaced_quantity": -13.14,
    "displaced_name": -6.30,
    "denial": -8.14,
    "opposite": -8.13,
    "denials": -0.92,
}
SUPPORTED_FROM = 0.809
UNSUPPORTED_BELOW = 0.272
