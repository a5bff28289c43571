"""What the words around a number say of it: its unit, the half of the day, a limit, and whether a
change is by it or to it.
"""

import re
from dataclasses import dataclass

_MEASURES = {
    "second": ("time", 1), "sec": ("time", 1), "minute": ("time", 60), "min": ("time", 60),
    "hour": ("time", 3600), "day": ("time", 86_400), "week": ("time", 604_800),
    "month": ("months", 1), "year": ("months", 12), "decade": ("months", 120),
    "century": ("months", 1200), "centurie": ("months", 1200),
    "mm": ("length", 1e-3), "cm": ("length", 1e-2), "km": ("length", 1e3),
    "kilometre": ("length", 1e3), "kilometer": ("length", 1e3), "metre": ("length", 1),
    "meter": ("length", 1), "mile": ("length", 1609.344), "feet": ("length", 0.3048),
    "foot": ("length", 0.3048), "inche": ("length", 0.0254), "inch": ("length", 0.0254),
    "mg": ("mass", 1e-6), "kg": ("mass", 1), "gram": ("mass", 1e-3), "kilogram": ("mass", 1),
    "tonne": ("mass", 1e3),
}  # fmt: skip
"""What a unit measures, and how much of it; of words in the plural without their `s`."""

_MEASURE = re.compile(
    rf"[\s-]?(?P<unit>{'|'.join(sorted(_MEASURES, key=len, reverse=True))})s?\b", re.IGNORECASE
)
_HALF_DAY = re.compile(r"\s?(?P<half>[ap])\.?m\b", re.IGNORECASE)
_CLOCK = re.compile(r"(?P<hour>\d{1,2}):(?P<rest>[0-5]\d(?::[0-5]\d)?)")
_ROLE = re.compile(r"\b(by|to|from)\W{1,2}$", re.IGNORECASE)
_LEAST = re.compile(
    r"\b(?:at least|(?<!no )(?<!not )more than|no (?:less|fewer) than|minimum of|exceed(?:s|ing))"
    r"\W{1,2}$",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"\b(?:at most|up to|within|(?:no|not) more than|(?<!no )(?:less|fewer) than|maximum of)"
    r"\W{1,2}$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|nearly|almost|some|circa|over|under|more than"
    r"|less than|just|up to)\W{1,2}$|~\s?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Framing:
    """Of one number.

    Attributes:
        about: Whether the sentence says it only roughly.
        unit: What it measures and how much of it one is, as ("time", 60) of minutes.
        clock: Of a time of day its figures on a clock with twelve hours.
        half_day: "a" or "p" of a time whose half of the day is said.
        role: "by", "to" or "from" in front of it, which a change has.
        bound: "least" or "most", where it is only a limit.
    """

    about: bool = False
    unit: tuple[str, float] | None = None
    clock: str = ""
    half_day: str = ""
    role: str = ""
    bound: str = ""


UNFRAMED = Framing()


def framing(text: str, start: int, end: int) -> Framing:
    """What is said of the number between two offsets of a text."""
    before, after = text[max(0, start - 20) : start], text[end:]
    clock, half_day = "", ""
    time = _CLOCK.fullmatch(text, start, end)
    if time:
        hour = int(time["hour"])
        said = _HALF_DAY.match(after)
        half_day = said["half"].lower() if said else ""
        if not said and (hour > 12 or time["hour"].startswith("0")):
            half_day = "p" if hour > 12 else "a"
        clock = f"{hour - 12 if hour > 12 else hour or 12}:{time['rest']}"
    unit = _MEASURE.match(after)
    role = _ROLE.search(before)
    return Framing(
        about=_ABOUT.search(before) is not None,
        unit=_MEASURES[unit["unit"].lower()] if unit else None,
        clock=clock,
        half_day=half_day,
        role=role.group(1).lower() if role else "",
        bound="least" if _LEAST.search(before) else "most" if _MOST.search(before) else "",
    )


def differ(one: str, other: str) -> bool:
    """Whether both say something, and not the same."""
    return bool(one and other) and one != other
