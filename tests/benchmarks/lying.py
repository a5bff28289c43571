"""Makes lies of true sentences: one number, date, name or negation is changed, or the citation.

It knows nothing of how Quoth checks them. Every choice is drawn from the generator it is given, so
that a seed gives the same lies again.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from rag.answering.verification.word_lists import word_list
from rag.ingest.sentences import sentence_spans

MONTHS = word_list(
    """
    January February March April May June July August September October November December
    """
)
WEEKDAYS = word_list(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday
    """
)
_NUMBER_WORDS = word_list(
    """
    two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty
    sixty seventy eighty ninety
    """
)
_ORDINALS = word_list(
    """
    first second third fourth fifth sixth seventh eighth ninth tenth
    """
)
INVENTED_NAMES = (
    "Harold Pemberton", "Lindqvist", "Marisol Vega", "Thornbury", "Okonkwo", "Castellane",
    "Brightwater", "Ashcombe Institute", "Velmora", "Dunraven Group", "Petrova", "QRX5", "Nakamura",
)  # fmt: skip

_YEAR = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_DAY = re.compile(rf"\b(?:{'|'.join(MONTHS)})\s+\d{{1,2}}\b|\b\d{{1,2}}\s+(?:{'|'.join(MONTHS)})\b")
_MONTH = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b")
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b")
_FIGURE = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)*(?![\w-])")
_WORDED = re.compile(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b", re.IGNORECASE)
_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)})\b", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![.!?] )(?<!^)(?<![\w'’-])"
    r"[A-Z][\w'’-]*[a-z0-9][\w-]*(?: (?:(?:of|de|van|the) )?[A-Z][\w-]+){0,3}"
)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|can|could|will|would|should|must|may|might|has|have|had)\b(?! not\b)"
)
_NOT = re.compile(r" (?:not|never)\b|n't\b")
_VERB = re.compile(
    r"\b(?!this|its|his|as|us|is|was|has|thus|across|various)([a-z]{4,}[^s\W])s\b(?= \w)"
)
_OPPOSITES = word_list(
    """
    increase/decrease increases/decreases increased/decreased increasing/decreasing higher/lower
    more/less before/after first/last allowed/forbidden all/none always/never above/below
    largest/smallest most/least gain/loss activates/inhibits promotes/prevents enhances/reduces
    presence/absence positive/negative older/younger early/late up/down begin/end won/lost
    with/without best/worst upregulated/downregulated enhanced/impaired improves/worsens
    induces/suppresses required/dispensable many/few north/south east/west left/right old/new
    """
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with the passages it is read beside, and the one it cites.

    Attributes:
        document: The id of the document it is true to; decides the half it belongs to.
        passages: (text, title) of each passage.
        cited: Position of the passage it cites.
        kind: "true", or of which kind of lie it is.
    """

    text: str
    document: str
    passages: tuple[tuple[str, str], ...]
    cited: int
    kind: str


Liar = Callable[[Statement, Random], str | None]


def lie(statement: Statement, kind: str, random: Random) -> Statement | None:
    """A lie of one kind; None where the sentence has nothing of the kind."""
    if kind == "wrong source":
        others = [n for n in range(len(statement.passages)) if n != statement.cited]
        return replace(statement, cited=random.choice(others), kind=kind)
    said = _LIARS[kind](statement, random)
    if said is None or said == statement.text:
        return None
    return replace(statement, text=said, kind=kind)


def paraphrased(sentence: str, random: Random) -> str:
    """The sentence with a clause dropped or moved, or brackets taken out; often as it is."""
    choices = [
        re.sub(r" ?\([^()]*\)", "", sentence),
        re.sub(r", (?:which|who|where)\b[^,.;]*(?=[,.])", "", sentence),
        re.sub(r"^(In [^,]{3,40}) ?, (.)([^.]*)\.", _moved, sentence),
        re.sub(r"\bHowever ?, (\w)", lambda match: match.group(1).upper(), sentence),
        re.sub(r",? (?:and|but|while|whereas) [^,.;]{10,}(?=\.$)", "", sentence),
        sentence,
    ]
    return " ".join(random.choice(choices).split())


def _moved(match: re.Match[str]) -> str:
    where, first, rest = match.groups()
    return f"{first.upper()}{rest.rstrip()} {where[0].lower()}{where[1:]}."


def _number(statement: Statement, random: Random) -> str | None:
    found = [
        each
        for pattern in (_FIGURE, _WORDED, _ORDINAL)
        for each in pattern.finditer(statement.text)
        if not _YEAR.fullmatch(each.group())
    ]
    if not found:
        return None
    chosen = random.choice(found)
    said = chosen.group()
    if said[0].isdigit():
        others = [each for each in _FIGURE.findall(_source(statement)) if not _YEAR.fullmatch(each)]
        return _put(
            statement.text, chosen, _other(said, others, lambda: _changed(said, random), random)
        )
    words = _ORDINALS if said.lower() in _ORDINALS else _NUMBER_WORDS
    new = random.choice([each for each in words if each != said.lower()])
    return _put(statement.text, chosen, new.capitalize() if said[0].isupper() else new)


def _changed(figure: str, random: Random) -> str:
    """Another figure of about the same look."""
    at = random.choice([n for n, char in enumerate(figure) if char.isdigit()])
    digit = random.choice([each for each in "123456789" if each != figure[at]])
    return random.choice(
        (
            figure[:at] + digit + figure[at + 1 :],
            figure + "0" if "." not in figure else "1" + figure,
        )
    )


def _date(statement: Statement, random: Random) -> str | None:
    text, source = statement.text, _source(statement)
    ways = []
    for pattern, invent in (
        (_YEAR, lambda said: str(int(said) + random.choice((-20, -3, -1, 1, 2, 10)))),
        (_DAY, lambda said: re.sub(r"\d+", lambda day: str(int(day.group()) % 27 + 1), said)),
        (_MONTH, lambda said: random.choice([each for each in MONTHS if each != said])),
        (_WEEKDAY, lambda said: random.choice([each for each in WEEKDAYS if each != said])),
    ):
        for match in pattern.finditer(text):
            said = match.group()
            others = pattern.findall(source)
            ways.append((match, _other(said, others, lambda s=said, i=invent: i(s), random)))
    if not ways:
        return None
    return _put(text, *random.choice(ways))


def _name(statement: Statement, random: Random) -> str | None:
    text = statement.text
    found = [
        each
        for each in _NAME.finditer(text)
        if each.group() not in MONTHS and each.group() not in WEEKDAYS
    ]
    if not found:
        return None
    if len(found) > 1 and random.random() < 0.3:
        first, second = random.sample(found, 2)
        if first.group() not in second.group() and second.group() not in first.group():
            swap = {first.start(): second.group(), second.start(): first.group()}
            return _NAME.sub(lambda match: swap.get(match.start(), match.group()), text)
    chosen = random.choice(found)
    others = [
        each
        for each in _NAME.findall(_source(statement))
        if each not in text and not (set(each.split()) & set(chosen.group().split()))
    ]
    return _put(
        text, chosen, _other(chosen.group(), others, lambda: random.choice(INVENTED_NAMES), random)
    )


def _negation(statement: Statement, random: Random) -> str | None:
    text = statement.text
    ways = []
    if _NOT.search(text):
        ways.append(re.sub(r"\bcan ?not\b", "can", _NOT.sub("", text, count=1)))
    auxiliary = list(_AUXILIARY.finditer(text))
    if auxiliary:
        match = auxiliary[0]
        ways.append(
            f"{text[: match.end()]} {random.choice(('not', 'never', 'not'))}{text[match.end() :]}"
        )
    elif verb := _VERB.search(text):
        ways.append(f"{text[: verb.start()]}does not {verb.group(1)}{text[verb.end() :]}")
    for pair in _OPPOSITES:
        one, other = pair.split("/")
        for said, new in ((one, other), (other, one)):
            if re.search(rf"\b{said}\b", text):
                ways.append(re.sub(rf"\b{said}\b", new, text, count=1))
    return random.choice(ways) if ways else None


_LIARS: dict[str, Liar] = {"number": _number, "date": _date, "name": _name, "negation": _negation}
KINDS = (*_LIARS, "wrong source")


def _source(statement: Statement) -> str:
    return statement.passages[statement.cited][0]


def _other(said: str, others: Sequence[str], invent: Callable[[], str], random: Random) -> str:
    """Another of the same passage half of the time, an invented one else."""
    different = sorted({each for each in others if each != said})
    if different and random.random() < 0.5:
        return random.choice(different)
    return invent()


def _put(text: str, match: re.Match[str], new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]


def sentences(text: str) -> list[str]:
    """The sentences of a text, white space squeezed."""
    return [" ".join(text[start:end].split()) for start, end in sentence_spans(text, 0, len(text))]
