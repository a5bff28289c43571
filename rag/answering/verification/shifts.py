"""How a claim goes beyond the sentences it is made of, though its words stand there: a "must" or an
"all" that is not theirs, a condition or an exception left out, one word in the place of another, a
clause that no sentence holds, said of an owner what is said of what it owns.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.answering.verification.contradictions import Sides, fit_between
from rag.answering.verification.coverage import EvidenceSentence
from rag.answering.verification.reading import REACH, Item, Reading, Token
from rag.answering.verification.word_lists import words

_MODALS = {
    "must": words("must shall obliged obligatory mandatory required"),
    "should": words("should ought recommended advised"),
    "may": words("may might could possibly perhaps potentially reportedly allegedly probably"),
    "can": words("can able permitted allowed possible"),
    "will": words("will"),
}
_BREADTHS = {
    "all": words("all every always any entire entirely everyone whole wholly invariably"),
    "part": words(
        """
        some most many several usually often sometimes generally typically mostly mainly partly
        few nearly almost occasionally commonly frequently normally primarily largely rarely
        seldom certain partially
        """
    ),
}
_MODAL_SHIFTS = {
    ("must", "may"): 1.0, ("must", "can"): 1.0, ("must", "should"): 0.6, ("must", ""): 0.7,
    ("must", "will"): 0.6, ("should", "may"): 0.8, ("should", "can"): 0.8, ("should", "must"): 0.8,
    ("should", ""): 0.6, ("should", "will"): 0.8, ("may", "must"): 1.0, ("may", "should"): 0.8,
    ("may", "will"): 0.8, ("may", ""): 0.4, ("can", "must"): 1.0, ("can", "should"): 0.8,
    ("can", "will"): 0.5, ("will", "may"): 1.0, ("will", "can"): 0.8, ("will", "should"): 0.8,
    ("will", "must"): 0.4, ("", "may"): 0.5,
}  # fmt: skip
"""How far the claim's way of saying a thing is from the evidence's; "" is without any modal."""
_BREADTH_SHIFTS = {("all", "part"): 1.0, ("all", ""): 0.7, ("", "part"): 0.5, ("part", "all"): 0.3}
_EACH = words("each every per apiece individually")
_TOTAL = words("total together altogether combined overall")
_EXCEPTION = re.compile(
    r"\b(?:except(?:ing|ion)?|unless|excluding|apart from|aside from|other than|but not|only"
    r"|provided that|as long as|if)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:](?=\s)|\b(?:and|but|while|whereas|which)\b|\s[–—-]\s")
_PART_END = re.compile(r"[,;:.()](?=\s|$)")
_PRONOUN = re.compile(r"(?:it|he|she|they|this|these|its|his|her|their|such)\b", re.IGNORECASE)
_OWNING = re.compile(r"['’]s?$")
_RANKED = re.compile(r"(?:most|least|\w+est)$")
_RANKS = words("second third fourth fifth sixth")
_BEFORE_SUPERLATIVE = words("at the a and its their his her s")
_CLEARLY = 0.25
_FULL = 3  # content words from which on a clause counts in full
_REACH = 2


class _Marked(NamedTuple):
    """A word that says how a thing is meant, and the stems it reaches, the nearest first."""

    kind: str
    heads: tuple[str, ...]


def modality_shift(claim: Reading, chosen: Sequence[EvidenceSentence]) -> float:
    """How far what must or may be is said otherwise, 0 to 1."""
    return _shift(claim, chosen, _MODALS, _MODAL_SHIFTS)


def breadth_shift(claim: Reading, chosen: Sequence[EvidenceSentence]) -> float:
    """How far the claim says it of more, or oftener, and `in total` for `each`, 0 to 1."""
    said = {token.lower for token in claim.tokens}
    there = {token.lower for each in chosen for token in each.reading.tokens}
    for one, other in ((_EACH, _TOTAL), (_TOTAL, _EACH)):
        if said & one and not there & one and there & other and not said & other:
            return 1.0
    return _shift(claim, chosen, _BREADTHS, _BREADTH_SHIFTS)


def _shift(
    claim: Reading,
    chosen: Sequence[EvidenceSentence],
    kinds: Mapping[str, frozenset[str]],
    shifts: Mapping[tuple[str, str], float],
) -> float:
    here = list(_marked(claim, kinds))
    there = [marked for each in chosen for marked in _marked(each.reading, kinds)]
    worst = 0.0
    for kind, heads in here:
        known = [head for head in heads if any(head in each.reading.stems for each in chosen)]
        if not known:
            continue
        theirs = {other for other, reached in there if not set(known).isdisjoint(reached)}
        if kind not in theirs:
            value = min(shifts.get((kind, other), 0.0) for other in theirs or {""})
            worst = max(worst, value)
    spare = Counter(kind for kind, _ in here)
    for kind, heads in there:
        if heads and heads[0] in claim.stems and shifts.get(("", kind)):
            alike = [other for other in spare if spare[other] and not shifts.get((other, kind))]
            if not alike and not any(heads[0] in reached for _, reached in here):
                worst = max(worst, shifts["", kind])
            spare.subtract(alike[:1])
    return worst


def _marked(reading: Reading, kinds: Mapping[str, frozenset[str]]) -> Iterator[_Marked]:
    tokens = reading.tokens
    for position, token in enumerate(tokens):
        kind = next((kind for kind, said in kinds.items() if token.lower in said), "")
        following = tokens[position + 1 : position + 2]
        if token.lower == "most" and position and tokens[position - 1].lower in _BEFORE_SUPERLATIVE:
            continue
        if "must" in kinds and token.lower in ("has", "have", "had"):
            kind = "must" if following and following[0].lower == "to" else ""
        elif "part" in kinds and following and _RANKED.match(_ranked(tokens, position)):
            kind = "part"
        if kind:
            reached = [each for each in tokens[position + 1 : position + 8] if each.is_content]
            reached.sort(key=lambda each: each.lower.endswith("ly"))
            yield _Marked(kind, tuple([each.word.stem for each in reached[:_REACH]]))


def _ranked(tokens: Sequence[Token], position: int) -> str:
    """The word behind "one of the" or "second", as in `the second largest`."""
    following = [each.lower for each in tokens[position : position + 4]]
    if following[:3] == ["one", "of", "the"]:
        return "".join(following[3:])
    return following[1] if following[0] in _RANKS else ""


def dropped_condition(claim: Reading, chosen: Sequence[EvidenceSentence]) -> float:
    """1 where a sentence makes an exception or a condition, and the claim has no word of it."""
    if _EXCEPTION.search(claim.text):
        return 0.0
    for each in chosen:
        for match in _EXCEPTION.finditer(each.reading.text):
            end = _PART_END.search(each.reading.text, match.end())
            last = end.start() if end else len(each.reading.text)
            told = [
                token.word.stem
                for token in each.reading.tokens
                if token.is_content and match.end() <= token.start < last
            ][:4]
            held = sum(stem in claim.stems for stem in told)
            if match.group().lower() == "only":
                if told and told[0] in claim.stems:
                    return 0.5
            elif not held:
                return 1.0
    return 0.0


def displaced_words(
    claim: Reading,
    sentences: Sequence[EvidenceSentence],
    chosen: Sequence[EvidenceSentence],
    weights: Mapping[str, float],
) -> float:
    """How much better another word fits where the claim has one that the evidence holds as well,
    0 to 1; names and numbers aside.
    """
    skipped = {item.at for item in claim.items if item.kind == "name"}
    bounded = _sides_in_clauses(claim)
    worst = 0.0
    for at, stem in enumerate(claim.content):
        if at in skipped or not any(stem in each.reading.stems for each in sentences):
            continue
        sides = bounded[at]
        if len(sides[0]) + len(sides[1]) < _REACH:
            continue
        same = other = 0.0
        for each in chosen:
            there = each.reading
            for place, word in enumerate(there.content):
                if word == stem or (word not in claim.stems and _touches(claim, at, there, place)):
                    value = fit_between(sides, _sides(there, place), weights)
                    if word == stem:
                        same = max(same, value)
                    else:
                        other = max(other, value)
        if other > same + _CLEARLY:
            worst = max(worst, other - same)
    return worst


def _sides_in_clauses(claim: Reading) -> list[Sides]:
    """What stands on either side of each content word in its own clause."""
    return [
        (clause[max(0, at - REACH) : at][::-1], clause[at + 1 : at + 1 + REACH])
        for clause in _clauses(claim)
        for at in range(len(clause))
    ]


def _touches(claim: Reading, at: int, there: Reading, place: int) -> bool:
    """Whether a word next to one is also next to the other, on the same side."""
    return any(
        0 <= at + step < len(claim.content)
        and 0 <= place + step < len(there.content)
        and claim.content[at + step] == there.content[place + step]
        for step in (-1, 1)
    )


def _sides(reading: Reading, place: int) -> Sides:
    return reading.around(Item("word", "", "", place, size=1))


def uncovered_clause(
    claim: Reading,
    sentences: Sequence[EvidenceSentence],
    chosen: Sequence[EvidenceSentence],
    context: Reading,
    weights: Mapping[str, float],
) -> float:
    """Of the clause that is covered worst the share that no single sentence covers, 0 to 1."""
    held = [
        each.reading.stems | context.stems | _spoken_of(each, sentences) for each in chosen
    ] or [context.stems]
    names = {item.stem for item in claim.items if item.kind == "name"}
    worst = 0.0
    for clause in _clauses(claim):
        told = [stem for stem in clause if stem not in names]
        total = sum(weights.get(stem, 1.0) for stem in told)
        if len(told) > 1:
            most = max(
                sum(weights.get(stem, 1.0) for stem in told if stem in each) for each in held
            )
            worst = max(worst, (1 - most / total) * min(1.0, len(told) / _FULL))
    return worst


def _spoken_of(each: EvidenceSentence, sentences: Sequence[EvidenceSentence]) -> frozenset[str]:
    """The words of the sentence before one that opens with a pronoun."""
    if not _PRONOUN.match(each.reading.text):
        return frozenset()
    before = [one for one in sentences if one.evidence == each.evidence and one.end <= each.start][
        -1:
    ]
    return before[0].reading.stems if before else frozenset()


def _clauses(claim: Reading) -> list[list[str]]:
    cuts = [match.start() for match in _CLAUSE.finditer(claim.text)]
    clauses: list[list[str]] = [[] for _ in range(len(cuts) + 1)]
    for token in claim.tokens:
        if token.is_content:
            clauses[sum(cut <= token.start for cut in cuts)].append(token.word.stem)
    return clauses


def dropped_owned(claim: Reading, chosen: Sequence[EvidenceSentence]) -> float:
    """1 where the evidence says something of what is somebody's, and the claim of the owner."""
    owners = {token.word.stem for token in claim.tokens if _owns(token, claim)}
    for each in chosen:
        tokens = [token for token in each.reading.tokens if token.is_content]
        for one, two in pairwise(tokens):
            owned, owner = (two, one) if _owns(one, each.reading) else (one, two)
            if owner is two and each.reading.text[one.end : two.start] not in (" of ", " of the "):
                continue
            stem = owner.word.stem
            if (
                owner.word.is_capital
                and stem in claim.stems
                and stem not in owners
                and owned.word.stem not in claim.stems
                and not _is_alone(owner, each.reading)
            ):
                return 1.0
    return 0.0


def _owns(token: Token, reading: Reading) -> bool:
    return _OWNING.search(reading.text[token.start : token.end]) is not None


def _is_alone(owner: Token, reading: Reading) -> bool:
    """Whether the evidence speaks of the owner by itself as well."""
    return any(
        token.word.stem == owner.word.stem and token.start != owner.start
        for token in reading.tokens
    )


def turned_pairs(claim: Reading, sentences: Sequence[EvidenceSentence]) -> list[Item]:
    """Numbers that stand around the same words the other way about, as `from 18 to 28`."""
    there = {
        (between, one.text, two.text)
        for each in sentences
        for between, one, two in _pairs(each.reading)
    }
    return [
        one
        for between, one, two in _pairs(claim)
        if (between, two.text, one.text) in there and (between, one.text, two.text) not in there
    ]


def _pairs(reading: Reading) -> Iterator[tuple[str, Item, Item]]:
    measured = [item for item in reading.items if item.quantity]
    for one, two in pairwise(measured):
        if one.quantity and two.quantity and one.quantity.end <= two.quantity.start:
            between = reading.text[one.quantity.end : two.quantity.start]
            if one.text != two.text:
                yield " ".join(between.lower().split()), one, two


def other_measure(claim: Reading, sentences: Sequence[EvidenceSentence]) -> float:
    """1 where a number counts something else than in the evidence, as `12 acres` beside `12
    people`.
    """
    there = [(item, _counted(item, each.reading)) for each in sentences
             for item in each.reading.items if item.quantity]  # fmt: skip
    for item in claim.items:
        counted = _counted(item, claim)
        if not counted or item.kind not in ("number", "percent", "ordinal"):
            continue
        theirs = [reached for other, reached in there if item.agrees(other)]
        if theirs and all(
            reached and counted[0] not in reached and reached[0] not in counted
            for reached in theirs
        ):
            return 1.0
    return 0.0


def _counted(item: Item, reading: Reading) -> tuple[str, ...]:
    """The content words right behind a number."""
    if item.quantity is None:
        return ()
    end = item.quantity.end
    following = [token for token in reading.tokens if token.start >= end][:1]
    if not following or not following[0].is_content or following[0].start - end > 1:
        return ()
    return reading.content[following[0].at : following[0].at + 3]
