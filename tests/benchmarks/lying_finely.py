"""Makes finer lies: all words stand in the passage, and what is said with them is another thing.

Like `lying.py`: it knows nothing of how Quoth checks, and draws every choice from the generator it
is given.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from rag.answering.verification.word_lists import word_list
from tests.benchmarks.lying import Statement, sentences

_UNITS = tuple(
    each.split("/")
    for each in word_list(
        """
    seconds/minutes/hours/days/weeks/months/years second/minute/hour/day/week/month/year
    kilometres/miles/metres/feet kilometers/miles/meters/feet km/mi/m/ft inches/feet/cm/mm
    kilograms/pounds/grams/tonnes kg/lb/g million/billion/thousand litres/gallons
    acres/hectares °C/°F Celsius/Fahrenheit dollars/euros/pounds mg/g/kg $/€/£
    """
    )
)
_NUMBER = re.compile(r"(?<![\w.,$€£-])\d+(?:[.,]\d+)*(?![\w%-]|[.,]\d)")
_YEAR_DIGITS = 4  # years in another order may be as true
_PHRASE = re.compile(
    r"\b(?P<start>(?:[Tt]he|[Aa]n?|[Tt]heir|[Ii]ts) )(?P<noun>[a-z]{3,}(?: [a-z]{3,})?)"
    r"(?= (?:is|are|was|were|has|have|had|can|will|would|may|must|should|in|of|to|for|by|on)\b)"
)
_PLURAL = re.compile(
    r"(?P<start>^|(?<=[.;,] ))(?P<noun>[A-Za-z][a-z]{3,}s)(?= (?:are|were|have|had|can|may|must))"
)
_MODALS = {
    "may": ("must", "will"), "might": ("must", "will"), "can": ("must", "has to"),
    "could": ("must", "will"), "must": ("may", "can"), "shall": ("can", "may"),
    "should": ("must", "may"), "will": ("may", "might"), "cannot": ("need not",),
}  # fmt: skip
_MODAL = re.compile(rf"\b(?:{'|'.join(_MODALS)})\b(?= [a-z])")
_EXCEPTION = re.compile(
    r",? \(?(?:except|unless|excluding|apart from|aside from|other than|with the exception of"
    r"|but not|only if|only when|provided that|as long as|if|although|though)\b[^.;,()]{6,}\)?"
)
_QUALIFIER = re.compile(
    r"\b(?:usually|often|sometimes|mostly|generally|typically|mainly|partly|nearly|almost"
    r"|occasionally|rarely|normally|commonly|frequently|primarily|largely|some|most of|many of"
    r"|only|at least|up to|potentially|reportedly|allegedly) (?=[a-z0-9])"
)
_ALWAYS = {
    "some": "all", "most": "all", "many": "all", "several": "all", "usually": "always",
    "often": "always", "sometimes": "always", "generally": "always", "typically": "always",
    "few": "most", "each": "together", "every": "the only", "both": "only one of the",
    "total": "average", "per": "in all for the", "commonly": "always", "mainly": "only",
}  # fmt: skip
_QUANTIFIER = re.compile(rf"\b(?:{'|'.join(_ALWAYS)})\b(?= [a-z])")
_THAN = re.compile(
    r"(?P<one>\b(?:[Tt]he )?\w+) (?P<between>(?:is|are|was|were|has|have|had)[^.;,]* than)"
    r" (?P<two>(?:the )?\w+)\b"
)
_DEGREES = (
    (re.compile(r"\bone of the (?=(?:most|least|\w+est)\b)"), "the "),
    (re.compile(r"\b(?:second|third|fourth|fifth)[ -](?=(?:most|\w+est)\b)"), ""),
    (re.compile(r"\bmore than\b"), "fewer than"), (re.compile(r"\bless than\b"), "more than"),
    (re.compile(r"\bat least\b"), "at most"), (re.compile(r"\bup to\b"), "at least"),
    (re.compile(r"\bfewer than\b"), "more than"), (re.compile(r"\bsimilar to\b"), "better than"),
    (re.compile(r"\bas (?!well|long|soon|such|far|much|early)(\w+) as\b"), r"more \1 than"),
)  # fmt: skip
_OWNER = re.compile(r"\b(?P<owner>(?:[A-Z][\w-]+ )*[A-Z][\w-]+)['’]s (?:[a-z]+ )?[a-z]{4,}\b")
_OF_OWNER = re.compile(
    r"\b[Tt]he (?:[a-z]+ )?[a-z]{4,} of (?P<owner>(?:[A-Z][\w-]+ )*[A-Z][\w-]+)(?= [a-z])"
)
_CLAUSE = re.compile(r"(?:^|, (?:and |but |while )?)((?:[Tt]he|[Aa]n?|[Ii]t|[Tt]hey) [^,.;:()]+)")

Liar = Callable[[Statement, Random], str | None]


def lie_finely(statement: Statement, kind: str, random: Random) -> Statement | None:
    """A lie of one kind; None where the sentence has nothing of the kind."""
    said = _LIARS[kind](statement, random)
    if said is None or said.lower() == statement.text.lower():
        return None
    return replace(statement, text=said, kind=kind)


def _unit(statement: Statement, random: Random) -> str | None:
    ways = []
    for units in _UNITS:
        for unit in units:
            others = [each for each in units if each != unit]
            pattern = rf"(?<=\d[ -]){unit}\b|(?<=\d){unit}\b" if unit.isalpha() else re.escape(unit)
            for match in re.finditer(pattern, statement.text):
                ways.append(_put(statement.text, match, random.choice(others)))
    return random.choice(ways) if ways else None


def _subject(statement: Statement, random: Random) -> str | None:
    text, source = statement.text, _source(statement)
    found = [*_PHRASE.finditer(text), *_PLURAL.finditer(text)]
    if not found:
        return None
    chosen = random.choice(found)
    pattern = chosen.re
    others = sorted(
        each
        for each in {match["noun"].lower() for match in pattern.finditer(source)}
        if not set(each.split()) & set(text.lower().split())
    )
    if not others:
        return None
    new = random.choice(others)
    new = new.capitalize() if chosen["noun"][0].isupper() else new
    return text[: chosen.start("noun")] + new + text[chosen.end("noun") :]


def _role(statement: Statement, random: Random) -> str | None:
    text = statement.text
    here = [match for match in _NUMBER.finditer(text) if len(match.group()) != _YEAR_DIGITS]
    if len({match.group() for match in here}) > 1:
        first, second = random.sample(here, 2)
        swap = {first.start(): second.group(), second.start(): first.group()}
        if first.group() == second.group():
            return None
        return _NUMBER.sub(lambda match: swap.get(match.start(), match.group()), text)
    others = sorted(set(_NUMBER.findall(_source(statement))) - {match.group() for match in here})
    others = [each for each in others if len(each) == len(here[0].group())] if here else []
    return _put(text, here[0], random.choice(others)) if others else None


def _modality(statement: Statement, random: Random) -> str | None:
    found = list(_MODAL.finditer(statement.text))
    if not found:
        return None
    chosen = random.choice(found)
    return _put(statement.text, chosen, random.choice(_MODALS[chosen.group()]))


def _exception(statement: Statement, random: Random) -> str | None:
    found = [*_EXCEPTION.finditer(statement.text), *_QUALIFIER.finditer(statement.text)]
    if not found:
        return None
    said = _put(statement.text, random.choice(found), "")
    return said if len(said.split()) >= 5 else None


def _clause(statement: Statement, random: Random) -> str | None:
    others = [n for n in range(len(statement.passages)) if n != statement.cited]
    clauses = [
        match.group(1)
        for sentence in sentences(statement.passages[random.choice(others)][0])
        for match in _CLAUSE.finditer(sentence)
        if 3 <= len(match.group(1).split()) <= 14
    ]
    if not clauses or not statement.text.endswith("."):
        return None
    clause = random.choice(clauses)
    return f"{statement.text[:-1].rstrip()}, and {clause[0].lower()}{clause[1:].rstrip()}."


def _quantifier(statement: Statement, random: Random) -> str | None:
    found = list(_QUANTIFIER.finditer(statement.text))
    if not found:
        return None
    chosen = random.choice(found)
    return _put(statement.text, chosen, _ALWAYS[chosen.group()])


def _comparison(statement: Statement, random: Random) -> str | None:
    text = statement.text
    ways = [pattern.sub(new, text, count=1) for pattern, new in _DEGREES if pattern.search(text)]
    if than := _THAN.search(text):
        one, between, two = than.group("one", "between", "two")
        ways.append(_put(text, than, f"{two} {between} {one}"))
    return random.choice(ways) if ways else None


def _owner(statement: Statement, random: Random) -> str | None:
    found = [*_OWNER.finditer(statement.text), *_OF_OWNER.finditer(statement.text)]
    if not found:
        return None
    chosen = random.choice(found)
    return _put(statement.text, chosen, chosen["owner"])


_LIARS: dict[str, Liar] = {
    "unit": _unit, "subject": _subject, "role": _role, "modality": _modality,
    "exception": _exception, "added clause": _clause, "quantifier": _quantifier,
    "comparison": _comparison, "owner": _owner,
}  # fmt: skip
FINER_KINDS = tuple(_LIARS)


def _source(statement: Statement) -> str:
    return statement.passages[statement.cited][0]


def _put(text: str, match: re.Match[str], new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]
