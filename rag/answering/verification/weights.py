"""How the signals are weighed: the fitted numbers. `python -m tests.benchmarks.lies --eval
EVAL_DIR --fit` prints them.
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
SUPPORTED_FROM = 0.793
UNSUPPORTED_BELOW = 0.299
