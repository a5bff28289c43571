"""Reads the date that a text states at its head: a line of its own, a label, or a news wire's
dateline.

Dates further down or inside sentences speak of other things and are never taken.
"""

import re
from collections.abc import Iterable
from datetime import date

from rag.ingest.lines import Line

_HEAD_LINES = 15
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH = r"(?P<month>[A-Z][a-z]{2,8})\.?"
_ISO = r"(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})"
_WORDED = (
    rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})",
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH},? (?P<year>\d{{4}})",
)
_LABEL = (
    r"(?:(?:date|dated|time|published|posted|updated|last updated|effective(?: date)?|released)"
    r"(?: on)?[: \t]+)"
)
_ZONE = r"(?:[AaPp][Mm]|[A-Z]{2,4}|Z|[+-]\d\d:?\d\d)"
_CLOCK = rf"(?:[T_, \t]+\d{{1,2}}:\d\d(?::\d\d)?(?:\.\d+)?[ \t]*{_ZONE}?)?"
_COMPACT = r"(?P<year>\d{4})(?P<number>\d\d)(?P<day>\d\d)"
_CJK = r"(?P<year>\d{4})年(?P<number>\d{1,2})月(?P<day>\d{1,2})日"

_LINES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        *(rf"{_LABEL}?{form}{_CLOCK}$" for form in (_ISO, *_WORDED, _CJK)),
        rf"{_LABEL}{_COMPACT}{_CLOCK}$",
        rf"date[: \t]+{_ISO}[ \t]+\S",
    )
)
_DATELINE = re.compile(
    r"(?:.{0,80}?\s)?[A-Z][A-Z .\-]{2,30}(?:, [A-Z][A-Za-z .]{1,20})?, (?:"
    + "|".join(
        form.replace("?P<month>", f"?P<month{i}>")
        .replace("?P<day>", f"?P<day{i}>")
        .replace("?P<year>", f"?P<year{i}>")
        for i, form in enumerate(_WORDED)
    )
    + r") ?(?:/[A-Z][A-Za-z ]{2,30}/|\([A-Z][A-Za-z]+\))"
)


def stated_date(lines: Iterable[Line]) -> str | None:
    """The date in ISO 8601 (`2025-06-16`) that stands at the head of a text, or None.

    Args:
        lines: The text's lines, or its first ones; furniture left in.
    """
    for line in _head(lines):
        words = line.text[:400].strip().strip("*_# ")
        for form in _LINES:
            if match := form.match(words):
                return _iso(match.groupdict())
        if match := _DATELINE.match(words):
            found = match.groupdict()
            parts = {
                name: found[f"{name}0"] or found[f"{name}1"] for name in ("year", "month", "day")
            }
            return _iso(parts)
        if len(line.text) > 200:
            break  # the body has begun
    return None


def _head(lines: Iterable[Line]) -> Iterable[Line]:
    seen = 0
    for line in lines:
        if line.is_blank:
            continue
        seen += 1
        if seen > _HEAD_LINES:
            return
        yield line


def _iso(parts: dict[str, str | None]) -> str | None:
    number = int(parts["number"] or 0) if parts.get("number") else _month(parts.get("month") or "")
    try:
        return date(int(parts["year"] or 0), number, int(parts["day"] or 0)).isoformat()
    except ValueError:
        return None


def _month(name: str) -> int:
    """1 to 12, or 0 for what is no month's name; three letters are enough."""
    low = name.lower()
    matches = (i for i, month in enumerate(_MONTHS, 1) if len(low) >= 3 and month.startswith(low))
    return next(matches, 0)
