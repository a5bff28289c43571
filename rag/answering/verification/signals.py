"""What speaks for a sentence and against it, as numbers from 0 to 1, beside some evidence."""

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.answering.verification.reading import Item, Reading

ENOUGH = 0.12
"""Share of a claim's weight that a further sentence must add to become part of its support."""
_SOFT_MATCH = 0.7  # of a word's weight, where only its first letters are the same
_STEM_PREFIX = 5
_QUANTITY_WEIGHT = 1.0
_MOST_SENTENCES = 3
_HALF = 0.5
_LEAST_COVERED = 0.55
_CLEARLY = 0.25
_EXCHANGED = 0.9  # nearly as much as another name that fits in every word
_ACROSS = 0.4  # of a word's weight, where it stands on the other side
_ALIKE = 0.9  # of a word's weight, where the evidence has one of the same meaning


Sides = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class EvidenceSentence:
    """A sentence of the evidence with its place."""

    evidence: int
    start: int
    end: int
    reading: Reading
    prefixes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Signals:
    """What is weighed; every one of them speaks against a sentence.

    Attributes:
        uncovered: Share of the content, by rarity, that the evidence does not hold.
        numbers, dates, names: Half of 1 to 1, by the share of them that the evidence does not
            hold; 0 where it holds all.
        far_quantities, far_names: The same of those that it holds, but not where it carries the
            rest.
        displaced_quantity, displaced_name: How much better another thing of the kind fits in the
            place of one.
        denial: How far what is denied here is stated there, or the other way about.
        opposite: How well the opposite of a word fits in its place.
        denials: 1 where only one of the two has any negation.

    What contradicts (the last five) counts by the square of what is covered: beside a sentence that
    says something else, nothing is in the place of anything.
    """

    uncovered: float
    numbers: float
    dates: float
    names: float
    far_quantities: float
    far_names: float
    displaced_quantity: float
    displaced_name: float
    denial: float
    opposite: float
    denials: float

    def values(self) -> tuple[float, ...]:
        """In the order of their names."""
        return tuple(getattr(self, name) for name in SIGNAL_NAMES)


SIGNAL_NAMES = tuple(Signals.__slots__)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The signals, what they were taken from, and what a person is told."""

    signals: Signals
    covered: float
    chosen: tuple[EvidenceSentence, ...]
    matched: tuple[str, ...]
    missing: tuple[Item, ...]
    far: tuple[Item, ...]
    displaced: tuple[Item, ...]
    opposites: tuple[Item, ...]

    is_restricted: bool

    @property
    def is_doubtful(self) -> bool:
        """Whether a sentence cannot be `supported`, however well the rest of it is: a thing it
        names is not where the evidence says the rest, it says "only" of its own, or too little
        of it is covered.
        """
        return bool(self.missing or self.far or self.is_restricted) or (
            self.covered < _LEAST_COVERED
        )


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


def compare(
    claim: Reading,
    sentences: Sequence[EvidenceSentence],
    context: Reading,
    rarity: Rarity,
) -> Comparison:
    """The claim beside the sentences of what it cites; `context` frames them all."""
    weights = {stem: rarity.of(stem) for stem in claim.content}
    ends = _ends_of(claim)
    chosen = _chosen(claim, sentences, context, weights, ends)
    held = [item for each in sentences for item in each.reading.items] + list(context.items)
    near = [item for each in chosen for item in each.reading.items] + list(context.items)
    named = frozenset(stem for each in sentences for stem in each.reading.stems) | context.stems
    near_named = frozenset(stem for each in chosen for stem in each.reading.stems) | context.stems
    missing, far, matched = [], [], []
    for item in claim.items:
        if item.kind.startswith("axis") or item.parts:
            continue
        if item.kind == "name":
            is_held, is_near = (
                _holds_name(item, named, sentences),
                _holds_name(item, near_named, chosen),
            )
        else:
            is_held = any(item.agrees(other) for other in held)
            is_near = any(item.agrees(other) for other in near)
        if not is_held:
            missing.append(item)
        elif not is_near:
            far.append(item)
        else:
            matched.append(item.text)
    displaced, slots = _displaced(claim, sentences, context, weights)
    exchanged = _exchanged(claim, chosen)
    slots += [(item, _EXCHANGED) for item in exchanged]
    displaced += exchanged
    opposites = _opposites(claim, chosen, weights)
    denial, denials = _denial(claim, chosen)
    covered = _covered(weights, chosen, context, ends)
    # What contradicts cannot be covered, and must not speak for itself by that.
    against = {
        stem
        for item, value in [*slots, *opposites]
        if value > 0
        for stem in item.parts or [item.stem]
    }
    rest = {stem: weight for stem, weight in weights.items() if stem not in against}
    counts = _covered(rest, chosen, context, ends) ** 2 if rest else covered**2
    signals = Signals(
        uncovered=1 - _covered(weights, sentences, context, ends),
        numbers=_share(missing, claim, _NUMBERS),
        dates=_share(missing, claim, _DATES),
        names=_share(missing, claim, ("name",)),
        far_quantities=_share(far, claim, _NUMBERS + _DATES),
        far_names=_share(far, claim, ("name",)),
        displaced_quantity=counts * max((v for item, v in slots if item.quantity), default=0.0),
        displaced_name=counts * max((v for item, v in slots if not item.quantity), default=0.0),
        denial=counts * denial,
        opposite=counts * max((value for _, value in opposites), default=0.0),
        denials=counts * denials,
    )
    return Comparison(
        signals,
        covered,
        chosen,
        tuple(dict.fromkeys(matched)),
        tuple(missing),
        tuple(item for item in far if item.quantity),
        tuple(displaced),
        tuple(item for item, _ in opposites),
        claim.restricts and not any(each.reading.restricts for each in chosen),
    )


_NUMBERS = ("number", "percent", "ordinal")
_DATES = ("year", "month", "day", "weekday", "decade")


def _share(items: Sequence[Item], claim: Reading, kinds: Sequence[str]) -> float:
    """Of the claim's things of these kinds, the share that is listed; at least half of 1."""
    total = len({item.text for item in claim.items if item.kind in kinds})
    listed = len({item.text for item in items if item.kind in kinds})
    return 0.0 if not listed else 0.5 + 0.5 * listed / total


Ends = Mapping[str, frozenset[tuple[int, int]]]


def _ends_of(claim: Reading) -> Ends:
    """The ends of axes on which a word may be said for another, by its stem."""
    return {
        token.word.stem: frozenset(end for end in token.word.axes if end in claim.ends)
        for token in claim.tokens
        if token.is_content and token.word.axes
    }


def _covered(
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


def _chosen(
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


def _holds_name(item: Item, named: frozenset[str], sentences: Sequence[EvidenceSentence]) -> bool:
    if item.key in named:
        return True
    acronym = item.text.replace(".", "")
    if acronym.isupper() and 2 <= len(acronym) <= 6:
        return any(_spells(acronym.lower(), each.reading) for each in sentences)
    return False


def _spells(acronym: str, reading: Reading) -> bool:
    """Whether the first letters of words in a row (little words aside) are the acronym."""
    letters = "".join(stem[0] for stem in reading.content)
    return acronym in letters


def _is_repeated(item: Item, claim: Reading, sentences: Sequence[EvidenceSentence]) -> bool:
    """Whether the claim names a quantity oftener than the evidence does, as `from 1999 to 1999`."""
    times = sum(item.agrees(other) for other in claim.items)
    return times > 1 and times > sum(
        item.agrees(other) for each in sentences for other in each.reading.items
    )


def _displaced(
    claim: Reading,
    sentences: Sequence[EvidenceSentence],
    context: Reading,
    weights: Mapping[str, float],
) -> tuple[list[Item], list[tuple[Item, float]]]:
    """Things in whose place the evidence has another of the same kind, and how much better that
    one fits.
    """
    found, slots = [], []
    for item in claim.items:
        if not (item.quantity or item.kind == "whole name"):
            continue
        sides = claim.around(item)
        same = other = 0.0
        for each in sentences:
            for rival in each.reading.items:
                if rival.kind != item.kind:
                    continue
                fit = _fit(sides, each.reading.around(rival), weights)
                if item.agrees(rival):
                    same = max(same, fit)
                else:
                    other = max(other, fit)
            same = max(same, _fit_as_word(item, sides, each.reading, weights))
        if any(item.agrees(each) for each in context.items):
            same = max(same, _HALF)
        if item.quantity and _is_repeated(item, claim, sentences):
            other = max(other, same + _HALF)
        slots.append((item, max(0.0, other - same)))
        if other > same + _CLEARLY:
            found.append(item)
    return found, slots


def _fit_as_word(item: Item, sides: Sides, reading: Reading, weights: Mapping[str, float]) -> float:
    """How well a name fits where the evidence has its words, with capitals or without: the first
    word of a sentence is not known to be a name.
    """
    if not item.parts or not item.parts <= reading.stems:
        return 0.0
    places = [at for at, stem in enumerate(reading.content) if stem in item.parts]
    size = len(item.parts)
    return max(
        _fit(sides, reading.around(replace(item, at=at, size=size)), weights) for at in places
    )


def _exchanged(claim: Reading, sentences: Sequence[EvidenceSentence]) -> tuple[Item, ...]:
    """Two names that stand around the same words the other way about, as in `A bought B` beside
    `B bought A` or `A was bought by B`.
    """
    names = [item for item in claim.items if item.parts]
    for one, two in pairwise(names):
        between = claim.between(one, two)
        if between is None or not one.parts.isdisjoint(two.parts):
            continue
        told, is_passive = between
        said_so = turned = False
        for each in sentences:
            there = [item for item in each.reading.items if item.parts]
            for pair in pairwise(there):
                first, second = pair
                there_told, there_passive = each.reading.between(first, second) or ((), False)
                if there_told != told:
                    continue
                if is_passive != there_passive:
                    first, second = second, first
                said_so = said_so or (one.agrees(first) and two.agrees(second))
                turned = turned or (one.agrees(second) and two.agrees(first))
        if turned and not said_so:
            return one, two
    return ()


def _fit(sides: Sides, there: Sides, weights: Mapping[str, float]) -> float:
    """Share of the words on either side that stand on the same side there, weighted by nearness."""
    total = hit = 0.0
    for side, same, across in zip(sides, there, there[::-1], strict=True):
        for distance, stem in enumerate(side):
            weight = weights.get(stem, _HALF) / (1 + _HALF * distance)
            total += weight
            hit += weight * (1.0 if stem in same else _ACROSS if stem in across else 0.0)
    return hit / total if total else 0.0


def _opposites(
    claim: Reading, chosen: Sequence[EvidenceSentence], weights: Mapping[str, float]
) -> list[tuple[Item, float]]:
    """Words whose opposite, and not themselves, the evidence has in their place."""
    found = []
    for item in claim.items:
        if not item.kind.startswith("axis"):
            continue
        sides = claim.around(item)
        same = other = 0.0
        word = item.text.lower()
        for each in chosen:
            for rival in each.reading.items:
                if rival.kind != item.kind:
                    continue
                fit = 0.2 + 0.8 * _fit(sides, each.reading.around(rival), weights)
                if rival.key == item.key:
                    same = max(same, fit)
                else:
                    other = max(other, fit)
            if word in (token.lower for token in each.reading.tokens):
                same = max(same, 0.3)
        if other > same:
            found.append((item, other - same))
    return sorted(found, key=lambda pair: -pair[1])


def _denial(claim: Reading, chosen: Sequence[EvidenceSentence]) -> tuple[float, float]:
    """How far one denies what the other states, and whether only one has any negation."""
    denied_there: set[str] = set()
    stated_there: set[str] = set()
    heads_there: list[tuple[str, ...]] = []
    soft_there: set[str] = set()
    for each in chosen:
        reading = each.reading
        for position, stem in enumerate(reading.content):
            (denied_there if position in reading.denied else stated_there).add(stem)
        heads_there += reading.heads
        soft_there |= reading.soft - claim.stems
    denied = {claim.content[at] for at in claim.denied if at < len(claim.content)}
    stated = claim.stems - denied
    here = _turned(claim.heads, stated_there - denied_there, denied_there)
    # A negation of the evidence may stand in a part that the claim leaves out.
    reach = len(denied_there & claim.stems) / max(1, len(denied_there))
    there = reach * _turned(heads_there, stated, denied)
    only_here = claim.denials > 0 and not heads_there and not soft_there
    only_there = bool(heads_there) and not claim.denials and not claim.soft and reach > _HALF
    return (
        max(here * (_HALF if soft_there else 1), there * (_HALF if claim.soft else 1)),
        float(only_here or only_there),
    )


def _turned(heads: Sequence[tuple[str, ...]], stated: Set[str], denied: Set[str]) -> float:
    """1 where something that one denies is stated by the other; what is denied by both, or what
    the other does not speak of, is no contradiction.
    """
    worst = 0.0
    for words in heads:
        known = next((word for word in words if word in stated or word in denied), None)
        if known in stated:
            worst = max(worst, 1.0 if known == words[0] else _HALF)
    return worst
