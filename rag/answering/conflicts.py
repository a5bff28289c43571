"""Tells whether two sentences give different figures for the same thing, so that both are shown."""

import re

from rag.retrieval.retriever import ScoredSentence

ABOUT_THE_SAME = 0.75
"""Cosine of two sentences from which on they are taken to speak of the same thing."""

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def figures(text: str) -> frozenset[str]:
    """The numbers in a text, without thousands separators: 1500, 2024 of `1,500 MW in 2024`."""
    return frozenset(_plain(found) for found in _FIGURE.findall(text))


def differ(one: ScoredSentence, other: ScoredSentence) -> bool:
    """Whether two sentences about the same thing have no figure in common, and each has one."""
    first, second = figures(one.text), figures(other.text)
    return (
        bool(first and second)
        and not first & second
        and float(one.direction @ other.direction) >= ABOUT_THE_SAME
    )


def _plain(number: str) -> str:
    return re.sub(r",(?=\d{3}\b)", "", number)
