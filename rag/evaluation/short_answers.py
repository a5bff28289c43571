"""A short answer against the accepted ones, as SQuAD's official script compares them.

Exact match and F1 over words, the best over all accepted answers, after its normalisation: lower
case, no ASCII punctuation, no articles, white space squeezed (Rajpurkar et al., arXiv:1606.05250).
"""

import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like the accepted answers an answer is: both 0 to 1."""

    exact: float
    f1: float


def likeness(said: str | None, accepted: Sequence[str]) -> Likeness:
    """To the accepted answer that is most alike, for each figure by itself.

    Args:
        said: None where there is no short answer, which is like none of them.
        accepted: At least one.
    """
    if said is None:
        return Likeness(0.0, 0.0)
    words = squad_words(said)
    return Likeness(
        exact=float(any(words == squad_words(each) for each in accepted)),
        f1=max(_f1(words, squad_words(each)) for each in accepted),
    )


def squad_words(text: str) -> list[str]:
    """The words that count, normalised."""
    return _ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()


def _f1(said: list[str], wanted: list[str]) -> float:
    if not said or not wanted:
        return float(said == wanted)
    shared = sum((Counter(said) & Counter(wanted)).values())
    return 2 * shared / (len(said) + len(wanted))
