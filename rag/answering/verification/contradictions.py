"""What the evidence says against a claim: another thing in the place of one it names, two names the
other way about, the opposite of a word, a negation that only one of the two has.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise

from rag.answering.verification.coverage import EvidenceSentence
from rag.answering.verification.polarity import COMPLETE
from rag.answering.verification.reading import Item, Reading

EXCHANGED = 0.9
"""What two exchanged names count: nearly as much as another name that fits in every word."""
_HALF = 0.5
_CLEARLY = 0.25
_SURELY = 0.6  # how well another must fit in the place of a first word, which may be no name
_ACROSS = 0.4  # of a word's weight, where it stands on the other side
_RIVALS = {"whole name": ("whole name",), "first word": ("whole name", "first word")}
Sides = tuple[Sequence[str], Sequence[str]]


def turned_quantities(claim: Reading, sentences: Sequence[EvidenceSentence]) -> list[Item]:
    """Numbers that the evidence has only in another part (`by 5` beside `to 5`, `at least 5`
    beside `at most 5`), or beside another date than its own (`5 in 2022 and 6 in 2023` the other
    way about).
    """
    held = [other for each in sentences for other in each.reading.items if other.quantity]
    found = []
    for item in claim.items:
        same = [other for other in held if item.agrees(other)]
        if item.quantity and same and all(_is_turned(item, other) for other in same):
            found.append(item)
    dated = {pair for each in sentences for pair in _dated(each.reading)}
    for number, year in _dated(claim):
        theirs = [(one, two) for one, two in dated if number.agrees(one) or year.agrees(two)]
        if theirs and not any(number.agrees(one) and year.agrees(two) for one, two in theirs):
            is_known = sum(number.agrees(one) for one in held) == 1
            if is_known and any(year.agrees(two) for _, two in theirs):
                found.append(number)
    return found


def _is_turned(one: Item, two: Item) -> bool:
    return bool(one.quantity and two.quantity and one.quantity.is_turned(two.quantity))


def _dated(reading: Reading) -> list[tuple[Item, Item]]:
    """Each number with its year, where a sentence has as many years as numbers, by turns: `5 in
    2022 and 6 in 2023`, `in 2022 it was 5, in 2023 6`.
    """
    items = [item for item in reading.items if item.quantity and item.kind in ("number", "year")]
    pairs = list(zip(items[::2], items[1::2], strict=False))
    if len(items) % 2 or any({one.kind, two.kind} != {"number", "year"} for one, two in pairs):
        return []
    if len({one.kind for one, _ in pairs}) > 1:
        return []
    return [(one, two) if two.kind == "year" else (two, one) for one, two in pairs]


def _is_repeated(item: Item, claim: Reading, sentences: Sequence[EvidenceSentence]) -> bool:
    """Whether the claim names a quantity oftener than the evidence does, as `from 1999 to 1999`."""
    times = sum(item.agrees(other) for other in claim.items)
    return times > 1 and times > sum(
        item.agrees(other) for each in sentences for other in each.reading.items
    )


def displaced_items(
    claim: Reading,
    sentences: Sequence[EvidenceSentence],
    context: Reading,
    weights: Mapping[str, float],
) -> tuple[list[Item], list[tuple[Item, float]]]:
    """Things in whose place the evidence has another of the same kind, and how much better that
    one fits.
    """
    found, slots = [], []
    held = context.stems.union(*(each.reading.stems for each in sentences))
    for item in claim.items:
        kinds = _RIVALS.get(item.kind, (item.kind,) if item.quantity else ())
        if not kinds or (item.kind == "first word" and item.parts & held):
            continue
        sides = claim.around(item)
        same = other = 0.0
        for each in sentences:
            for rival in each.reading.items:
                if rival.kind not in kinds:
                    continue
                fit = fit_between(sides, each.reading.around(rival), weights)
                if item.agrees(rival):
                    same = max(same, fit)
                else:
                    other = max(other, fit)
            same = max(same, _fit_as_word(item, sides, each.reading, weights))
        if any(item.agrees(each) for each in context.items):
            same = max(same, _HALF)
        if item.quantity and _is_repeated(item, claim, sentences):
            other = max(other, same + _HALF)
        if item.kind == "first word" and other < _SURELY:
            continue
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
        fit_between(sides, reading.around(replace(item, at=at, size=size)), weights)
        for at in places
    )


def exchanged_names(claim: Reading, sentences: Sequence[EvidenceSentence]) -> tuple[Item, ...]:
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


def exchanged_sides(claim: Reading, sentences: Sequence[EvidenceSentence]) -> list[Item]:
    """What is compared the other way about, as in `higher in winter than in summer` beside `higher
    in summer than in winter`.
    """
    compared = _compared(claim)
    if compared is None:
        return []
    one, two = compared
    for each in sentences:
        there = _compared(each.reading)
        turns = {item.kind for item in claim.items for other in each.reading.items
                 if item.kind == other.kind and item.key != other.key}  # fmt: skip
        turns &= {item.kind for item in claim.items if item.at not in (one.at, two.at)}
        if there and not turns and (one.key, two.key) == (there[1].key, there[0].key):
            return [one, two]
    return []


def _compared(reading: Reading) -> tuple[Item, Item] | None:
    """The content words in front of "than" and behind it."""
    tokens = reading.tokens
    place = next((at for at, token in enumerate(tokens) if token.lower == "than"), None)
    if place is None:
        return None
    left = next((token for token in reversed(tokens[:place]) if token.is_content), None)
    right = next((token for token in tokens[place:] if token.is_content), None)
    if left is None or right is None:
        return None
    one, two = (
        Item("name", token.word.stem, reading.text[token.start : token.end], token.at, size=1)
        for token in (left, right)
    )
    return one, two


def fit_between(sides: Sides, there: Sides, weights: Mapping[str, float]) -> float:
    """Share of the words on either side that stand on the same side there, weighted by nearness."""
    total = hit = 0.0
    for side, same, across in zip(sides, there, there[::-1], strict=True):
        for distance, stem in enumerate(side):
            weight = weights.get(stem, _HALF) / (1 + _HALF * distance)
            total += weight
            hit += weight * (1.0 if stem in same else _ACROSS if stem in across else 0.0)
    return hit / total if total else 0.0


def opposites_said(
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
                there = each.reading.around(rival)
                fit = 0.2 + 0.8 * fit_between(sides, there, weights)
                if _is_same_end((item, claim), (rival, each.reading), sides, there):
                    same = max(same, fit)
                else:
                    other = max(other, fit)
            if word in (token.lower for token in each.reading.tokens):
                same = max(same, 0.3)
        if other > same:
            found.append((item, other - same))
    return sorted(found, key=lambda pair: -pair[1])


def _is_same_end(
    one: tuple[Item, Reading], two: tuple[Item, Reading], sides: Sides, there: Sides
) -> bool:
    """Whether two words of an axis say the same; a negation of other things turns none round."""
    spoken_of = there[1] or there[0]
    if any(stem in side for stem in spoken_of for side in sides):
        return _end(*one) == _end(*two)
    return one[0].key == two[0].key


def _end(item: Item, reading: Reading) -> str:
    """The end of its axis that a word says, a negation in front of it heard where there are only
    the two.
    """
    if int(item.kind.removeprefix("axis ")) in COMPLETE and item.at in reading.denied:
        return str(1 - int(item.key))
    return item.key


def _says_by_opposites(one: Reading, others: Sequence[Reading]) -> bool:
    """Whether all that one denies the others say by a word's opposite, as `forbidden` for `not
    allowed`.
    """
    axes = [item for item in one.items if item.kind.startswith("axis")]
    there = [(each, item) for each in others for item in each.items if item.kind.startswith("axis")]
    return bool(one.heads) and all(
        any(
            words
            and item.stem == words[0]
            and (item.kind, item.key) != (other.kind, other.key)
            and (item.kind, _end(item, one)) == (other.kind, _end(other, each))
            and (len(words) == 1 or not each.stems.isdisjoint(words[1:]))
            for item in axes
            for each, other in there
        )
        for words in one.heads
    )


def denial_between(claim: Reading, chosen: Sequence[EvidenceSentence]) -> tuple[float, float]:
    """How far one denies what the other states, and whether only one has any negation."""
    denied_there: set[str] = set()
    stated_there: set[str] = set()
    heads_there: list[tuple[str, ...]] = []
    soft_there: set[str] = set()
    readings = [each.reading for each in chosen]
    if _says_by_opposites(claim, readings):
        return 0.0, 0.0
    for reading in readings:
        if _says_by_opposites(reading, [claim]):
            continue
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
