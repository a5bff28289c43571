"""Reads numbers and dates out of a sentence, in comparable form: `30 million`, `thirty million` and
`30,000,000` are one number; `1 May 2024`, `May 1st, 2024` and `2024-05-01` one date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.answering.verification.framing import UNFRAMED, Framing, differ, framing
from rag.answering.verification.word_lists import word_list

_UNITS = {
    word: value
    for value, word in enumerate(
        word_list(
            """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
    """
        )
    )
}
# Of other languages those that are no word of English; "six" is of three of them.
_UNITS |= {
    **dict.fromkeys(("zwei", "deux", "dos"), 2), **dict.fromkeys(("drei", "trois", "tres"), 3),
    **dict.fromkeys(("vier", "quatre", "cuatro"), 4), **dict.fromkeys(("fünf", "cinq", "cinco"), 5),
    **dict.fromkeys(("sechs", "seis"), 6), **dict.fromkeys(("sieben", "siete"), 7),
    **dict.fromkeys(("acht", "huit", "ocho"), 8), **dict.fromkeys(("neun", "nueve"), 9),
    **dict.fromkeys(("zehn", "diez"), 10), "onze": 11, **dict.fromkeys(("zwölf", "douze"), 12),
}  # fmt: skip
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        word_list("twenty thirty forty fifty sixty seventy eighty ninety"), start=2
    )
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4,
          "fifth": 5, "fifths": 5, "tenth": 10, "tenths": 10}  # fmt: skip
_MULTIPLES = {"dozen": 12, "twice": 2}
_CURRENCIES = {
    "$": "dollar", "us$": "dollar", "usd": "dollar", "dollar": "dollar", "dollars": "dollar",
    "€": "euro", "eur": "euro", "euro": "euro", "euros": "euro", "£": "pound", "gbp": "pound",
    "pound": "pound", "pounds": "pound", "¥": "yen", "yen": "yen", "₹": "rupee", "rupees": "rupee",
    "yuan": "yuan", "rubles": "ruble", "chf": "franc", "francs": "franc",
}  # fmt: skip
_MONTHS = word_list(
    """
    january february march april may june july august september october november december
    """
)
_WEEKDAYS = word_list(
    """
    monday tuesday wednesday thursday friday saturday sunday
    """
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_YEAR = r"(?:1\d|20)\d\d"
_DATES = re.compile(
    rf"\b(?P<iso>(?P<y1>{_YEAR})-(?P<m1>\d\d)-(?P<d1>\d\d))(?!\d)"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m2>{_MONTH})(?:\s*,?\s*(?P<y2>{_YEAR})\b)?"
    rf"|\b(?P<m3>{_MONTH}) ?(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s?[:%])"
    rf"(?:\s*,?\s*(?P<y3>{_YEAR})\b)?"
    rf"|\b(?P<m4>{_MONTH})(?:\s*,?\s*(?:of )?(?P<y4>{_YEAR})\b)?"
    rf"|\b(?P<a5>\d{{1,2}})[./](?P<b5>\d{{1,2}})[./](?P<y5>{_YEAR})\b"
    r"|\b(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?\b"
    rf"|(?<![\w,.$€£-])(?P<decade>(?:(?:1\d|20)\d0))['’]?s\b"
    rf"|(?<![\w,.$€£])(?P<y6>{_YEAR})(?![\w%]|[.,]\d|\s?(?:%|percent|per cent))"
)
_WORDED = "|".join(sorted([*_UNITS, *_TENS, *_SCALES], key=len, reverse=True))
_NAMED = "|".join(sorted({*_ORDINALS, *_PARTS, *_MULTIPLES}, key=len, reverse=True))
_NUMBERS = re.compile(
    r"(?<![\w/.])(?P<over>\d{1,2})\s?/\s?(?P<under>\d{1,3})(?![\w/])"
    r"|(?P<currency>US\$|[$€£¥₹]|(?:USD|EUR|GBP|CHF)\s)?\s?"
    r"(?<![\w])(?<![A-Za-z]-)(?P<sign>(?<![\d\w])[-−](?=\d))?(?<![\w.])"
    r"(?P<digits>\d{1,3}(?:[,'  ]\d{3})+(?:\.\d+)?(?!\d)"
    r"|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d+(?:[.,:]\d+)*)"
    r"(?P<ordinal>st|nd|rd|th)?"
    r"(?:[\s-]?(?P<scale>hundred|thousand|million|billion|trillion|mn|mio|bn|tn"
    r"|[kKmMbB](?=\b)))?"
    rf"|\b(?P<worded>(?:{_WORDED})(?:(?:[\s-]+(?:and\s+)?)(?:{_WORDED}))*)\b"
    rf"|\b(?P<named>{_NAMED})\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s?(?P<percent>%|percentage points?|percent|per cent|pct)"
    r"|[\s-](?P<currency>dollars?|euros?|pounds?|yen|rupees|yuan|rubles|francs)\b"
    r"|[\s-](?P<part>half|halves|thirds?|quarters?|fifths?|tenths?)\b",
    re.IGNORECASE,
)
_A = re.compile(r"\b(?:a|an|one)[\s-]$", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+")
_TELLING = frozenset(
    [*_UNITS, *_TENS, *_SCALES, *_ORDINALS, *_PARTS, *_MULTIPLES]
    + [*_MONTHS, *(month[:3] for month in _MONTHS), "sept", *_WEEKDAYS]
    + [f"{day}s" for day in _WEEKDAYS]
) - {"one"}
_HAN = re.compile("[\u3000-\u9fff\uac00-\ud7af]")
_HAN_DATES = re.compile(r"(\d{4})年(?:(\d{1,2})月)?(?:(\d{1,2})日)?")
_HAN_SCALES = {"百": 1e2, "千": 1e3, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8}
_HAN_NUMBERS = re.compile(r"(\d+(?:[.,]\d+)*)\s?([百千万萬亿億])")
CLOSE = 0.05
"""How far from a number one may be that is said with "about", as a share of it."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a part of a date.

    Attributes:
        kind: number, percent, ordinal, year, month, day or weekday.
        values: What it may mean; `1.500` is 1.5 or 1500. Of a day month and day, as 811.
        said: What the words around it say of it.
    """

    start: int
    end: int
    text: str
    kind: str
    values: tuple[float, ...]
    currency: str = ""
    said: Framing = UNFRAMED

    def is_same(self, other: "Quantity") -> bool:
        """Whether the other says just this."""
        if self.kind != other.kind and not (
            {self.kind, other.kind} == {"number", "year"} and len(self.text) == 4
        ):
            return False
        if self.currency and other.currency and self.currency != other.currency:
            return False
        if differ(self.said.half_day, other.said.half_day):
            return False
        here, there = 1.0, 1.0
        units = self.said.unit, other.said.unit
        if units[0] and units[1] and "number" == self.kind == other.kind:
            if units[0][0] != units[1][0]:
                return False
            here, there = units[0][1], units[1][1]
        return any(
            abs(here * one - there * two) < 1e-9 * max(1, abs(here * one))
            for one in self.values
            for two in other.values
        )

    def is_turned(self, other: "Quantity") -> bool:
        """Whether the other is the same number in another part: what a change amounts to and
        what it leads to, or the least and the most.
        """
        return self.is_same(other) and (
            (self.kind in ("number", "percent") and differ(self.said.role, other.said.role))
            or differ(self.said.bound, other.said.bound)
        )

    def is_near(self, other: "Quantity") -> bool:
        """Whether this, said roughly, may stand for the other."""
        if not self.said.about or self.kind not in ("number", "percent") or self.kind != other.kind:
            return False
        return any(
            abs(one - two) <= CLOSE * abs(two) for one in self.values for two in other.values
        )


def quantities(text: str) -> list[Quantity]:
    """The numbers and dates of a text, in order; a date gives one of each of its parts."""
    # Most sentences have none, and looking for all their forms is slow.
    if not _DIGIT.search(text) and _TELLING.isdisjoint(_LETTERS.findall(text.lower())):
        return []
    found = list(_dates(text))
    if not text.isascii():
        found += _han(text)
        text = _HAN.sub(" ", text)
    taken = [(each.start, each.end) for each in found]
    for quantity in _numbers(text):
        if not any(start < quantity.end and quantity.start < end for start, end in taken):
            found.append(quantity)
    return sorted(found, key=lambda each: each.start)


def _han(text: str) -> Iterator[Quantity]:
    """Dates and round numbers of Chinese and Japanese texts: 2024年5月1日, 300万."""
    for match in _HAN_DATES.finditer(text):
        year, month, day = (float(part) if part else None for part in match.groups())
        span = (match.start(), match.end(), match.group())
        if year:
            yield Quantity(*span, "year", (year,))
        if month:
            yield Quantity(*span, "month", (month,))
        if month and day:
            yield Quantity(*span, "day", (100 * month + day,))
    for match in _HAN_NUMBERS.finditer(text):
        factor = _HAN_SCALES[match.group(2)]
        values = tuple(factor * value for value in _digits(match.group(1)))
        yield Quantity(match.start(), match.end(), match.group(), "number", values)


def _dates(text: str) -> Iterator[Quantity]:
    for match in _DATES.finditer(text):
        start, end, said = match.start(), match.end(), match.group()
        parts = {
            key[0]: value for key, value in match.groupdict().items() if value and key[-1].isdigit()
        }
        if match["weekday"]:
            day = _WEEKDAYS.index(match["weekday"].lower())
            yield Quantity(start, end, said, "weekday", (float(day),))
            continue
        if match["decade"]:
            yield Quantity(start, end, said, "decade", (float(match["decade"]),))
            continue
        if "y" in parts:
            yield Quantity(start, end, said, "year", (float(parts["y"]),))
        months = _months(parts)
        if months:
            yield Quantity(start, end, said, "month", months)
        if "d" in parts:
            yield Quantity(
                start, end, said, "day", tuple(100 * each + int(parts["d"]) for each in months)
            )
        elif "b" in parts:
            a, b = int(parts["a"]), int(parts["b"])
            yield Quantity(start, end, said, "day", (100.0 * a + b, 100.0 * b + a))


def _months(parts: dict[str, str]) -> tuple[float, ...]:
    if "b" in parts:
        return float(parts["a"]), float(parts["b"])
    said = parts.get("m", "").rstrip(".").lower()
    if said.isdigit():
        return (float(said),)
    return tuple(
        float(number)
        for number, month in enumerate(_MONTHS, start=1)
        if said and month.startswith(said[:3])
    )


def _numbers(text: str) -> Iterator[Quantity]:
    position = 0
    while match := _NUMBERS.search(text, position):
        position = max(match.end(), position + 1)
        after = _AFTER.match(text, match.end())
        values, kind = _value(text, match)
        currency = _CURRENCIES.get((match["currency"] or "").strip().lower(), "")
        end = match.end()
        if after and after["percent"]:
            kind, end = "percent", after.end()
        elif after and after["currency"]:
            currency, end = _CURRENCIES[after["currency"].lower()], after.end()
        elif after and after["part"] and values and kind == "number":
            values, kind = (100 * values[0] / _PARTS[after["part"].lower()],), "percent"
            end = position = after.end()
        if values:
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            said = framing(text, start, end)
            if said.clock:
                values = _digits(said.clock)
            yield Quantity(start, end, text[start:end], kind, values, currency, said)


def _value(text: str, match: re.Match[str]) -> tuple[tuple[float, ...], str]:
    if match["digits"]:
        values = _digits(match["digits"])
        scale = (match["scale"] or "").lower()
        factor = _SCALES.get(scale) or _SHORT_SCALES.get(scale) or 1
        sign = -1 if match["sign"] else 1
        return tuple(sign * factor * each for each in values), (
            "ordinal" if match["ordinal"] else "number"
        )
    if match["over"]:
        under = float(match["under"])
        return ((100 * float(match["over"]) / under,) if under else ()), "percent"
    if match["worded"]:
        words = _LETTERS.findall(match["worded"].lower())
        # "One" alone is a pronoun more often than a number; "second" below may be a unit.
        return ((), "number") if words == ["one"] else ((_worded(words),), "number")
    word = match["named"].lower()
    if word in _PARTS and (word not in _ORDINALS or _A.search(text[: match.start()][-5:])):
        return (100 / _PARTS[word],), "percent"
    if word in _ORDINALS:
        return (float(_ORDINALS[word]),), "ordinal"
    return ((float(_MULTIPLES[word]),), "number") if word in _MULTIPLES else ((), "number")


def _digits(digits: str) -> tuple[float, ...]:
    if ":" in digits or (
        digits.count(".") > 1 and not re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits)
    ):
        # A time or a version: its figures in a row, kept apart from plain numbers.
        return (float("0." + re.sub(r"\D", "", digits)) - 1e6,)
    if re.fullmatch(r"\d{1,3}(?:[,'  ]\d{3})+(?:\.\d+)?", digits):
        plain = float(re.sub(r"[,'  ]", "", digits))
        return (plain,)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits):
        as_thousands = float(digits.replace(".", "").replace(",", "."))
        return (
            (float(digits), as_thousands)
            if digits.count(".") == 1 and "," not in digits
            else (as_thousands,)
        )
    plain_text = digits.replace(",", ".")
    return (float(plain_text),) if plain_text.count(".") <= 1 else ()


def _worded(words: list[str]) -> float:
    total, group = 0.0, 0.0
    for word in words:
        if word in _SCALES:
            scale = _SCALES[word]
            if scale == 100:
                group = (group or 1) * scale
            else:
                total, group = total + (group or 1) * scale, 0.0
        else:
            group += _UNITS.get(word, 0) + _TENS.get(word, 0)
    return total + group
