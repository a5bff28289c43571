"""How the signals are weighed: the fitted numbers. `python -m tests.benchmarks.lies --eval
EVAL_DIR --fit` prints them.
"""

INTERCEPT = 3.67
WEIGHTS: dict[str, float] = {
    "uncovered": -5.41,
    "numbers": -1.42,
    "dates": -2.34,
    "names": -0.80,
    "far_quantities": -2.98,
    "far_names": -0.47,
    "displaced_quantity": -13.20,
    "displaced_name": -6.47,
    "denial": -5.09,
    "opposite": -8.24,
    "denials": -2.95,
}
SUPPORTED_FROM = 0.809
UNSUPPORTED_BELOW = 0.300
