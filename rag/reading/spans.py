"""The best span of words between two positions of an input, for a whole batch at once.

Pure functions over logits and the characters of tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from embeddings.base import CharSpan, FloatArray

MOST_TOKENS = 30
"""Tokens of a span at most."""

_QUOTES = ('"“”„«»', "'‘’‚`")
"""Double ones and single ones; which of them open and which close depends on the language."""

_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = {closing: opening for opening, closing in _OPENING.items()}
_SEPARATORS = ",;:"


@dataclass(frozen=True, slots=True)
class BestSpans:
    """The best span of each input of a batch.

    Attributes:
        firsts: Positions of their first tokens, shape (batch,).
        lasts: Positions of their last tokens, inclusive, shape (batch,).
        margins: Logits above "no answer here", shape (batch,).
    """

    firsts: npt.NDArray[np.intp]
    lasts: npt.NDArray[np.intp]
    margins: FloatArray


def best_spans(
    edges: npt.NDArray[np.floating], lows: npt.NDArray[np.intp], highs: npt.NDArray[np.intp]
) -> BestSpans:
    """The spans of at most `MOST_TOKENS` tokens whose logits of start and end sum up highest.

    Args:
        edges: Logits of start and end, shape (batch, length, 2); position 0 is "no answer here".
        lows: Where spans may begin, shape (batch,).
        highs: Where they must have ended, exclusive, each above its low; shape (batch,).
    """
    values = np.asarray(edges, np.float32)
    batch, length, _ = values.shape
    positions = np.arange(length)
    inside = (positions >= lows[:, None]) & (positions < highs[:, None])
    starts = np.where(inside, values[:, :, 0], -np.inf)
    ends = np.full((batch, length + MOST_TOKENS - 1), -np.inf, np.float32)
    ends[:, :length] = np.where(inside, values[:, :, 1], -np.inf)
    reachable = np.lib.stride_tricks.sliding_window_view(ends, MOST_TOKENS, axis=1)
    scores = (starts[:, :, None] + reachable).reshape(batch, -1)
    best = scores.argmax(axis=1)
    firsts, behind = np.divmod(best, MOST_TOKENS)
    margins = scores[np.arange(batch), best] - values[:, 0].sum(axis=1)
    return BestSpans(firsts, firsts + behind, margins)


def whole_words(words: Sequence[int | None], first: int, last: int) -> tuple[int, int]:
    """First and last token of a span, grown so that it holds no half word.

    Args:
        words: The number of the word that each token is of.
        first: Of the span's tokens.
        last: The same, inclusive.
    """
    while first > 0 and words[first] is not None and words[first - 1] == words[first]:
        first -= 1
    while last + 1 < len(words) and words[last] is not None and words[last + 1] == words[last]:
        last += 1
    return first, last


def trimmed(text: str, start: int, end: int) -> CharSpan:
    """The span without what says nothing at its ends: white space, separators, and quotes and
    brackets that lack their other half.

    Never empty: of a span that holds nothing else, what is not white space stays; of white space
    alone, all of it.
    """
    first, after = start, end
    while first < after:
        if _is_loose_start(text[first:after]):
            first += 1
        elif _is_loose_end(text[first:after]):
            after -= 1
        else:
            return first, after
    said = text[start:end].strip()
    if not said:
        return start, end
    start = text.index(said, start)
    return start, start + len(said)


def _is_loose_start(kept: str) -> bool:
    return _is_loose(kept[0], kept[1:], _OPENING, _CLOSING)


def _is_loose_end(kept: str) -> bool:
    return _is_loose(kept[-1], kept[:-1], _CLOSING, _OPENING)


def _is_loose(
    character: str, rest: str, halves: Mapping[str, str], out_of_place: Mapping[str, str]
) -> bool:
    if character in halves:
        return halves[character] not in rest
    for quotes in _QUOTES:
        if character in quotes:
            return not any(quote in rest for quote in quotes)
    return character in out_of_place or character in _SEPARATORS or character.isspace()
