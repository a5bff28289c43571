"""What speaks for a sentence and against it, as numbers from 0 to 1, beside some evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.answering.verification.contradictions import (
    EXCHANGED,
    denial_between,
    displaced_items,
    exchanged_names,
    exchanged_sides,
    opposites_said,
    turned_quantities,
)
from rag.answering.verification.coverage import (
    Ends,
    EvidenceSentence,
    Rarity,
    carrying,
    covered_share,
    ends_of,
)
from rag.answering.verification.reading import Item, Reading
from rag.answering.verification.shifts import (
    breadth_shift,
    displaced_words,
    dropped_condition,
    dropped_owned,
    modality_shift,
    other_measure,
    turned_pairs,
    uncovered_clause,
)

_LEAST_COVERED = 0.55
_LEAST_TOLD = 0.5
_LEAST_BESIDE_QUANTITIES = 0.3
_DOUBTS = {
    "denials": 0.5, "clause": 0.6, "displaced_word": 0.45, "modality": 0.3, "breadth": 0.2,
    "condition": 0.4, "owned": 0.5, "measure": 0.5,
}  # fmt: skip
"""From where on a signal alone keeps a sentence from being `supported`. Together they call 8 of 100
true sentences of the fitted half weak, each alone 5 at most.
"""
_NUMBERS = ("number", "percent", "ordinal")
_DATES = ("year", "month", "day", "weekday", "decade")


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

        clause: Share of the worst covered clause that no one sentence covers.
        displaced_word: How much better another word fits in the place of one that is no name.
        modality, breadth: How far it says otherwise what must or may be, or of more than is said.
        condition: 1 where an exception or condition is left out.
        owned: 1 where it says of an owner what is said of what it owns.
        measure: 1 where a number counts something else.

    What contradicts (all from `displaced_quantity` on but `clause`) counts by the square of what is
    covered: beside a sentence that says something else, nothing is in the place of anything.
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
    clause: float
    displaced_word: float
    modality: float
    breadth: float
    condition: float
    owned: float
    measure: float

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
    told: float
    holds_quantity: bool

    @property
    def is_doubtful(self) -> bool:
        """Whether a sentence cannot be `supported`, however well the rest of it is: a thing it
        names is not where the evidence says the rest, it says "only" of its own, more than the
        evidence says, or too little of it is covered.
        """
        if any(getattr(self.signals, name) > line for name, line in _DOUBTS.items()):
            return True
        return bool(self.missing or self.far or self.is_restricted) or (
            self.covered < _LEAST_COVERED
            or self.told < (_LEAST_BESIDE_QUANTITIES if self.holds_quantity else _LEAST_TOLD)
        )

    @property
    def is_invented(self) -> bool:
        """Whether the evidence has names alone, and nothing of what is said of them."""
        return self.told == 0 and not self.holds_quantity


def compare(
    claim: Reading,
    sentences: Sequence[EvidenceSentence],
    context: Reading,
    rarity: Rarity,
) -> Comparison:
    """The claim beside the sentences of what it cites; `context` frames them all."""
    weights = {stem: rarity.of(stem) for stem in claim.content}
    ends = ends_of(claim)
    chosen = carrying(claim, sentences, context, weights, ends)
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
    displaced, slots = displaced_items(claim, sentences, context, weights)
    exchanged = exchanged_names(claim, chosen)
    turned = [*exchanged, *turned_quantities(claim, sentences), *exchanged_sides(claim, chosen),
              *turned_pairs(claim, sentences)]  # fmt: skip
    slots += [(item, EXCHANGED) for item in turned]
    displaced += turned
    opposites = opposites_said(claim, chosen, weights)
    denial, denials = denial_between(claim, chosen)
    covered = covered_share(weights, chosen, context, ends)
    # What contradicts cannot be covered, and must not speak for itself by that.
    against = {
        stem
        for item, value in [*slots, *opposites]
        if value > 0
        for stem in item.parts or [item.stem]
    }
    rest = {stem: weight for stem, weight in weights.items() if stem not in against}
    counts = covered_share(rest, chosen, context, ends) ** 2 if rest else covered**2
    signals = Signals(
        uncovered=1 - covered_share(weights, sentences, context, ends),
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
        clause=uncovered_clause(claim, sentences, chosen, context, weights),
        displaced_word=counts * displaced_words(claim, sentences, chosen, weights),
        modality=counts * modality_shift(claim, chosen),
        breadth=counts * breadth_shift(claim, chosen),
        condition=counts * dropped_condition(claim, chosen),
        owned=counts * dropped_owned(claim, chosen),
        measure=counts * other_measure(claim, sentences),
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
        _told(claim, chosen, context, weights, ends),
        any(item.quantity and item.text in matched for item in claim.items),
    )


def _told(
    claim: Reading,
    chosen: Sequence[EvidenceSentence],
    context: Reading,
    weights: Mapping[str, float],
    ends: Ends,
) -> float:
    """Share of the claim's words besides its names that is covered; 1 where it has none."""
    names = {item.stem for item in claim.items if item.kind == "name"}
    rest = {stem: weight for stem, weight in weights.items() if stem not in names}
    return covered_share(rest, chosen, context, ends) if rest else 1.0


def _share(items: Sequence[Item], claim: Reading, kinds: Sequence[str]) -> float:
    """Of the claim's things of these kinds, the share that is listed; at least half of 1."""
    total = len({item.text for item in claim.items if item.kind in kinds})
    listed = len({item.text for item in items if item.kind in kinds})
    return 0.0 if not listed else 0.5 + 0.5 * listed / total


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
