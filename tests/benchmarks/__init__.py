"""Measurements against the project's bars; `make bench` runs them, no test does."""
