"""Which documents of a question set the shipped reader has learned from.

They are not what it is measured by; both sides, the training and the measuring, ask here.
"""

from collections.abc import Iterable


def learned_titles(titles: Iterable[str]) -> frozenset[str]:
    """Of the documents that are asked about, those whose questions may be learned from: every other
    one, by name. The others are for measuring.
    """
    return frozenset(sorted(set(titles))[::2])
