"""Which sentences of the evidence carry a claim, and how much of its content they hold."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.answering.verification.reading import Reading

ENOUGH = 0.12
"""Share of a claim's weight that a further sentence must add to become part of its support."""
_MOST_SENTENCES = 3
_QUANTITY_WEIGHT = 1.0
_ALIKE = 0.9  # of a word's weight, where the evidence has one of the same meaning
_SOFT_MATCH = 0.7  # of a word's weight, where only its first letters are the same
_STEM_PREFIX = 5
Ends = Mapping[str, frozenset[tuple[int, int]]]
"""The ends of axes on which words may be said for others, by the stems of a claim's words."""


@dataclass(frozen=True, slots=True)
class EvidenceSentence:
    """A sentence of the evidence with its place."""

    evidence: int
    start: int
    end: int
    reading: Reading
    prefixes: frozenset[str]


class Rarity:
    """Weights of words by how often the evidence holds them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = [text.lower() for text in texts]
        self._known: dict[str, float] = {}

    def of(self, stem: str) -> float:
        """1 for what the evidence does not hold, down to about 0.4 for what it repeats."""
        known = self._known.get(stem)
        if known is None:
            known = 1 / (1 + 0.35 * math.log1p(sum(text.count(stem) for text in self._texts)))
            self._known[stem] = known
        return known

    def share(self, stems: Iterable[str], number: int) -> float:
        """How much of some words, by weight, a piece of evidence may hold at most."""
        weights = {stem: self.of(stem) for stem in stems}
        text = self._texts[number]
        held = sum(weight for stem, weight in weights.items() if stem[:_STEM_PREFIX] in text)
        return held / sum(weights.values()) if weights else 1.0


def prefixes_of(reading: Reading) -> frozenset[str]:
    """The beginnings of its longer stems."""
    return frozenset(stem[:_STEM_PREFIX] for stem in reading.stems if len(stem) >= _STEM_PREFIX)


def ends_of(claim: Reading) -> Ends:
    """The ends of axes on which a word may be said for another, by its stem."""
    return {
        token.word.stem: frozenset(end for end in token.word.axes if end in claim.ends)
        for token in claim.tokens
        if token.is_content and token.word.axes
    }


def covered_share(
    weights: Mapping[str, float],
    sentences: Sequence[EvidenceSentence],
    context: Reading,
    ends: Ends,
) -> float:
    total = sum(weights.values())
    if not total:
        return 1.0
    held = sum(_credit(stem, sentences, context, ends) * weight for stem, weight in weights.items())
    return held / total


def _credit(
    stem: str, sentences: Sequence[EvidenceSentence], context: Reading, ends: Ends
) -> float:
    if stem in context.stems or any(stem in each.reading.stems for each in sentences):
        return 1.0
    alike = ends.get(stem)
    if alike and any(not alike.isdisjoint(each.reading.ends) for each in sentences):
        return _ALIKE
    prefix = stem[:_STEM_PREFIX]
    if len(prefix) == _STEM_PREFIX and any(prefix in each.prefixes for each in sentences):
        return _SOFT_MATCH
    return 0.0


def carrying(
    claim: Reading,
    sentences: Sequence[EvidenceSentence],
    context: Reading,
    weights: Mapping[str, float],
    ends: Ends,
) -> tuple[EvidenceSentence, ...]:
    """The sentence that carries most, and those that add to it."""
    quantities = [item for item in claim.items if item.quantity]
    total = sum(weights.values()) + _QUANTITY_WEIGHT * len(quantities) or 1.0
    gains = []
    for each in sentences:
        gain = {
            stem: _credit(stem, (each,), context, ends) * weight for stem, weight in weights.items()
        }
        for position, item in enumerate(quantities):
            if any(item.agrees(other) for other in each.reading.items):
                gain[f"#{position}"] = _QUANTITY_WEIGHT
        gains.append(gain)
    chosen: list[int] = []
    have: dict[str, float] = {}
    while len(chosen) < _MOST_SENTENCES and len(chosen) < len(sentences):
        best, added = -1, 0.0
        for number, gain in enumerate(gains):
            more = sum(max(0.0, value - have.get(key, 0.0)) for key, value in gain.items())
            # Of equals the neighbour of what is chosen already: one span instead of two.
            more += 1e-3 * any(abs(number - other) == 1 for other in chosen)
            if number not in chosen and more > added + 1e-9:
                best, added = number, more
        if best < 0 or (chosen and added < ENOUGH * total):
            break
        chosen.append(best)
        for key, value in gains[best].items():
            have[key] = max(value, have.get(key, 0.0))
    return tuple(sentences[number] for number in chosen)
