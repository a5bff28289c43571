"""Unanswerable twins of answerable questions, made by rule, and answerable ones that look alike.

A person who writes an unanswerable question changes one thing that decides: a name, a year, a
quality, a negation (SQuAD 2.0, arXiv:1806.03822, table 2). So do these rules, each on a question
whose words are in its passage. Whoever only learns that odd words mean "no answer" is corrected by
the second kind: the same change made in question and passage alike, which leaves the answer.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.reading.training.rows import Row

_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_YEAR = re.compile(r"\b(1[0-9]{3}|20[0-2][0-9])\b")
_NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?![\w]|[.,]\d)")
_NAME = re.compile(r"\b[A-Z][\w'’-]+(?:(?: (?:of|the|de|von|van))* [A-Z][\w'’-]+)*")
_NEGATABLE = re.compile(
    r"\b(is|are|was|were|has|have|had|can|could|will|would|should|did|does|do)\b"
    r"(?= (?:\w+ )?(?:\w+ed|made|known|given|taken|found|built|written|held|born|won|lost)\b)"
)
_OPENERS = re.compile(
    r"(wh(at|ich|ose?|om|en|ere|y)|how|in|on|at|by|of|for|to|from|with|during|after|before|according"
    r"|name|did|do(es)?|is|are|was|were|can|could|ha[sd]|have|the|an?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Materials:
    """What the rules draw on.

    Attributes:
        names: Names that stand in the passages of a document, or of a set where none is named.
        neighbours: Words that stand in the same places as a word, near ones first.
    """

    names: Mapping[str, Sequence[str]]
    neighbours: Callable[[str], Sequence[str]]


def gather_names(rows: Sequence[Row]) -> dict[str, list[str]]:
    """The names in passages, by `group_of` their row."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        names = found.setdefault(group_of(row), {})
        for match in _NAME.finditer(row.passage):
            starts_sentence = match.start() < 2 or row.passage[match.start() - 2] in ".!?\n"
            if not starts_sentence and len(match.group()) > 3:
                names[match.group()] = None
    return {group: list(names) for group, names in found.items()}


def group_of(row: Row) -> str:
    """Rows whose names may stand for each other: of one document, or else of one set."""
    return f"{row.source}\n{row.title or ''}"


def twins(rows: Sequence[Row], materials: Materials, seed: int) -> Iterator[Row]:
    """One twin at most of each answerable row with a short answer, of the rules that apply to it.

    Args:
        rows: Only those with a span are used.
        materials: Names and words to put in.
        seed: The same rows and seed give the same twins.
    """
    for row in rows:
        if not row.spans or not row.answerable:
            continue
        draw = random.Random(f"{seed} {row.id}")
        rules = list(_RULES)
        draw.shuffle(rules)
        for rule in rules:
            twin = rule(row, materials, draw)
            if twin is not None and (twin.question, twin.passage) != (row.question, row.passage):
                kind = rule.__name__.strip("_")
                yield replace(twin, id=f"{kind}-{row.id}", source="twins")
                break


def _unanswerable(row: Row, question: str) -> Row:
    """What is asked now is not in the passage, though the words of the answer are."""
    return replace(
        row,
        question=question,
        spans=(),
        answerable=False,
        relevant=True,
        anchor=row.spans[0],
    )


def _opposite(row: Row, _materials: Materials, draw: random.Random) -> Row | None:
    words = [match for match in _WORD.finditer(row.question) if match.group().lower() in _OPPOSITE]
    draw.shuffle(words)
    for match in words:
        other = draw.choice(_OPPOSITE[match.group().lower()])
        if not _has_word(row.passage, other) and _has_word(row.passage, match.group()):
            return _unanswerable(row, _put(row.question, match, other))
    return None


def _negation(row: Row, _materials: Materials, draw: random.Random) -> Row | None:
    if re.search(r"\b(not|never|n't)\b", row.question):
        return None
    match = _NEGATABLE.search(row.question)
    if match is None or draw.random() < 0.5:
        return None
    word = draw.choice(["not", "never"])
    return _unanswerable(row, f"{row.question[: match.end()]} {word}{row.question[match.end() :]}")


def _figure(row: Row, _materials: Materials, draw: random.Random) -> Row | None:
    match = _YEAR.search(row.question)
    if match is not None:
        other = str(
            int(match.group()) + draw.choice([-30, -11, -7, -4, -2, -1, 1, 2, 3, 6, 10, 25])
        )
    else:
        match = _NUMBER.search(row.question)
        if match is None:
            return None
        other = str(max(1, int(match.group()) + draw.choice([-5, -2, -1, 1, 2, 3, 7, 10])))
    if other in row.passage or match.group() not in row.passage:
        return None
    return _unanswerable(row, _put(row.question, match, other))


def _name_in_question(row: Row, materials: Materials, draw: random.Random) -> Row | None:
    swap = _name_swap(row, materials, draw)
    if swap is None:
        return None
    name, other = swap
    return _unanswerable(row, row.question.replace(name, other))


def _name_in_passage(row: Row, materials: Materials, draw: random.Random) -> Row | None:
    changed = _renamed(row, materials, draw)
    return _unanswerable(changed, row.question) if changed else None


def _name_in_both(row: Row, materials: Materials, draw: random.Random) -> Row | None:
    """Still answerable: what is asked for and what is said were changed alike."""
    return _renamed(row, materials, draw)


def _renamed(row: Row, materials: Materials, draw: random.Random) -> Row | None:
    """The row with another name in question and passage."""
    swap = _name_swap(row, materials, draw)
    changed = _swapped(row, *swap) if swap else None
    if swap is None or changed is None:
        return None
    return replace(changed, question=row.question.replace(*swap))


def _figure_in_passage(row: Row, _materials: Materials, draw: random.Random) -> Row | None:
    match = _YEAR.search(row.question)
    if match is None or match.group() not in row.passage:
        return None
    other = str(int(match.group()) + draw.choice([-12, -5, -3, -1, 1, 2, 4, 9]))
    changed = _swapped(row, match.group(), other)
    if changed is None or other in row.passage:
        return None
    if draw.random() < 0.4:
        return replace(changed, question=row.question.replace(match.group(), other))
    return _unanswerable(changed, row.question)


def _neighbour(row: Row, materials: Materials, draw: random.Random) -> Row | None:
    words = [
        match
        for match in _WORD.finditer(row.question)
        if match.group().islower()
        and len(match.group()) > 3
        and not _OPENERS.fullmatch(match.group())
        and _has_word(row.passage, match.group())
    ]
    draw.shuffle(words)
    for match in words:
        others = [
            other
            for other in materials.neighbours(match.group())
            if not _has_word(row.passage, other)
        ]
        if others:
            return _unanswerable(row, _put(row.question, match, draw.choice(others)))
    return None


def _without_its_sentence(row: Row, _materials: Materials, draw: random.Random) -> Row | None:
    """The passage without the sentence that answers; nothing else in it holds the answer."""
    if draw.random() < 0.5:
        return None
    start, end = row.spans[0]
    before = max(row.passage.rfind(mark, 0, start) for mark in (". ", "! ", "? ", "\n"))
    after = min(
        (at for mark in (". ", "! ", "? ", "\n") if (at := row.passage.find(mark, end)) >= 0),
        default=len(row.passage) - 1,
    )
    rest = (row.passage[: before + 1] + " " + row.passage[after + 1 :].lstrip()).strip()
    gold = {row.passage[each[0] : each[1]].lower() for each in row.spans}
    if len(rest) < 200 or any(each in rest.lower() for each in gold):
        return None
    return replace(_unanswerable(row, row.question), passage=rest, anchor=None)


_RULES: tuple[Callable[[Row, Materials, random.Random], Row | None], ...] = (
    _opposite,
    _opposite,
    _negation,
    _figure,
    _name_in_question,
    _name_in_passage,
    _name_in_both,
    _figure_in_passage,
    _neighbour,
    _without_its_sentence,
)


def _name_swap(row: Row, materials: Materials, draw: random.Random) -> tuple[str, str] | None:
    """A name of the question that stands in the passage, and one like it that does not."""
    names = [
        match.group()
        for match in _NAME.finditer(row.question)
        if not _OPENERS.fullmatch(match.group().split()[0]) and match.group() in row.passage
    ]
    answers = " ".join(row.passage[start:end] for start, end in row.spans)
    names = [name for name in names if name not in answers]
    if not names:
        return None
    name = draw.choice(names)
    known = materials.names.get(group_of(row), ())
    alike = [
        other
        for other in (draw.sample(list(known), min(60, len(known))))
        if len(other.split()) == len(name.split())
        and other not in row.passage
        and other not in row.question
        and other.endswith("s") == name.endswith("s")
    ]
    return (name, alike[0]) if alike else None


def _swapped(row: Row, old: str, new: str) -> Row | None:
    """The row with other words in its passage, its answers moved along; None where they overlap."""
    pattern = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    places = [match.span() for match in pattern.finditer(row.passage)]
    if not places:
        return None
    spans = []
    for start, end in row.spans:
        if any(start < place_end and place_start < end for place_start, place_end in places):
            continue
        moved = sum(len(new) - len(old) for place in places if place[1] <= start)
        spans.append((start + moved, end + moved))
    if not spans:
        return None
    return replace(
        row, passage=pattern.sub(lambda _: new, row.passage), spans=tuple(spans), anchor=spans[0]
    )


def _put(text: str, match: re.Match[str], other: str) -> str:
    word = other.capitalize() if match.group()[:1].isupper() else other
    return text[: match.start()] + word + text[match.end() :]


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}", text, re.IGNORECASE) is not None


def _opposites() -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for line in Path(__file__).with_name("opposites.txt").read_text(encoding="utf-8").splitlines():
        one, other = line.split()
        table.setdefault(one, []).append(other)
        table.setdefault(other, []).append(one)
    return table


_OPPOSITE = _opposites()
