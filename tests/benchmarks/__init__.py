"""Measurements against the bars; `python -m tests.benchmarks` runs them all."""

import os

# As the command line sets it for itself, before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
