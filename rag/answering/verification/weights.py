"""How the signals are weighed: the fitted numbers. `python -m tests.benchmarks.lies --eval
EVAL_DIR --fit` prints them.
"""

INTERCEPT = 3.64
WEIGHTS: dict[str, float] = {
    "uncovered": -5.33,
    "numbers": -1.46,
    "dates": -2.33,
    "names": -0.80,
    "far_quantities": -3.05,
    "far_names": -0.55,
    "displaced_quantity": -13.13,
    "displaced_name": -6.85,
    "denial": -8.00,
    "opposite": -7.37,
    "denials": -1.04,
}
SUPPORTED_FROM = 0.753
UNSUPPORTED_BELOW = 0.296
