"""Reads filters in both of their written forms: the JSON object and the command line's conditions.

The command line's `key=value` and `date>=2025-01-01` are brought into the JSON form first, so that
there is one set of rules and one set of sentences about mistakes.
"""

import contextlib
import datetime
import re
from collections.abc import Callable, Mapping, Sequence

from rag.errors import FilterInvalid
from rag.filters import NO_FILTERS, DateRange, Filters

METADATA_PREFIX = "metadata."
KEYS_HINT = (
    "Use filename, folder, media_type, collection, date or metadata.<key>, as in "
    "filename=*.pdf or date>=2025-01-01."
)
DATE_HINT = "Write dates as 2025, 2025-06 or 2025-06-16, and compare them with >=, >, <= or <."
CONDITION = re.compile(r"([\w.-]+)\s*(>=|<=|>|<|=)\s*(.*)", re.DOTALL)
COMPARISONS = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt"}


def parse_filters(conditions: Sequence[str]) -> Filters:
    """The filters of a command line; conditions on the same key mean any of their values.

    Raises:
        FilterInvalid: A condition cannot be read.
    """
    values: dict[str, list[object]] = {}
    date: dict[str, object] = {}
    for condition in conditions:
        match = CONDITION.fullmatch(condition.strip())
        if match is None:
            raise FilterInvalid(f"The filter {condition!r} is no condition.", hint=KEYS_HINT)
        key, operator, value = match.groups()
        if key != "date":
            if operator != "=":
                raise FilterInvalid(
                    f"The filter {condition!r} compares {key!r}, but only dates can be compared.",
                    hint=KEYS_HINT,
                )
            values.setdefault(key, []).append(value)
            continue
        bounds = _whole(value) if operator == "=" else {COMPARISONS[operator]: value}
        if twice := date.keys() & bounds.keys():
            raise FilterInvalid(
                f"The filter {condition!r} sets the bound {min(twice)!r} of the date again.",
                hint="Give each bound of the date once.",
            )
        date |= bounds
    return filters_from_json({**values, **({"date": date} if date else {})})


def filters_from_json(conditions: Mapping[str, object] | None) -> Filters:
    """The filters that a JSON object describes; None and {} mean no condition.

    Raises:
        FilterInvalid: A key is unknown or a value cannot be used.
    """
    if not conditions:
        return NO_FILTERS
    found: dict[str, tuple[str, ...]] = {}
    metadata: list[tuple[str, tuple[str, ...]]] = []
    date: DateRange | None = None
    for key, value in conditions.items():
        if key == "date":
            date = _date_range(value)
        elif key in READERS:
            found[key] = tuple(READERS[key](text) for text in _strings(key, value))
        elif key.startswith(METADATA_PREFIX) and key != METADATA_PREFIX:
            metadata.append((key.removeprefix(METADATA_PREFIX), _strings(key, value)))
        else:
            raise FilterInvalid(f"There is no filter {key!r}.", hint=KEYS_HINT)
    return Filters(
        filename=found.get("filename", ()),
        folder=found.get("folder", ()),
        media_type=found.get("media_type", ()),
        collection=found.get("collection", ()),
        date=date,
        metadata=tuple(sorted(metadata)),
    )


def _folder(text: str) -> str:
    return text.removeprefix("./").rstrip("/")


READERS: dict[str, Callable[[str], str]] = {
    "filename": str,
    "folder": _folder,
    "media_type": str,
    "collection": str,
}


def _strings(key: str, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    for item in values:
        if not isinstance(item, str) or not item:
            raise FilterInvalid(
                f"The filter {key!r} cannot be {item!r}.", hint="Give a text, or a list of texts."
            )
    if not values:
        raise FilterInvalid(
            f"The filter {key!r} is an empty list, which no document fulfils.",
            hint="Leave the filter out to mean any.",
        )
    return tuple(values)


def _date_range(value: object) -> DateRange:
    bounds = _whole(value) if isinstance(value, str) else value
    if not isinstance(bounds, Mapping) or not bounds:
        raise FilterInvalid(f"The filter 'date' cannot be {value!r}.", hint=DATE_HINT)
    if unknown := sorted(str(bound) for bound in bounds if bound not in COMPARISONS.values()):
        raise FilterInvalid(
            f"The filter 'date' has no bound {unknown[0]!r}.", hint="Use gte, gt, lte or lt."
        )
    return DateRange(**{bound: _date(text) for bound, text in bounds.items()})


def _date(text: object) -> str:
    """The text itself, if it is an ISO 8601 date as precise as a year, a month, a day or more.

    The last year of all is left out, so that every date has a day after it.
    """
    if isinstance(text, str) and re.fullmatch(r"(?!9999)\d{4}(-\d\d(-\d\d.*)?)?", text):
        whole = text + "0001-01-01"[len(text) :] if len(text) < 10 else text
        with contextlib.suppress(ValueError):
            datetime.datetime.fromisoformat(whole)
            return text
    raise FilterInvalid(f"The date {text!r} cannot be read.", hint=DATE_HINT)


def _whole(text: str) -> dict[str, object]:
    """The bounds of a whole year, month or day, the later one exclusive; of a moment, itself."""
    if len(text) > len("2025-06-16"):
        return {"gte": text, "lte": text}
    year, month, day = (int(part) for part in f"{_date(text)}-00-00".split("-")[:3])
    if day:
        after = str(datetime.date(year, month, day) + datetime.timedelta(days=1))
    elif month:
        after = f"{year + month // 12:04}-{month % 12 + 1:02}"
    else:
        after = f"{year + 1:04}"
    return {"gte": text, "lt": after}
