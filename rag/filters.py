"""Which documents a question may be answered from: conditions that must all hold.

One form everywhere, a JSON object: `filename` (glob), `folder`, `media_type`, `collection`, `date`
(`{"gte": "2025-01-01", "lt": "2026-01-01"}`), `metadata.<key>`; a list means any of.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DateRange:
    """Documents whose date is ≥ `gte`, > `gt`, ≤ `lte` and < `lt`, compared as ISO 8601 text;
    undated ones never match.
    """

    gte: str | None = None
    gt: str | None = None
    lte: str | None = None
    lt: str | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on documents; an empty tuple or None means no condition, several values mean any
    of them.

    Attributes:
        filename: Globs over the path below the root (`*` also crosses slashes), case-sensitive.
        folder: Paths below the root; a document in one of them or below it matches.
        metadata: (key, accepted values) pairs.
    """

    filename: tuple[str, ...] = ()
    folder: tuple[str, ...] = ()
    media_type: tuple[str, ...] = ()
    collection: tuple[str, ...] = ()
    date: DateRange | None = None
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()


NO_FILTERS = Filters()
NOBODY: Final = ""
"""The owner of what is asked without a key."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the asker may see; checked in retrieval and again when a document or a conversation is
    shown.

    Attributes:
        collections: The collections that may be seen; None means all.
        owner: The key that asks, which sees the conversations that it began and no others; NOBODY
            sees those that no key and no workspace began, and None every conversation.
    """

    collections: tuple[str, ...] | None = None
    owner: str | None = None


FULL_ACCESS = Access()
