"""Moments as the store keeps them."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""The present moment, with its time zone."""


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC and of one width, as `2025-06-16T08:00:00.000000Z`, so that moments sort as
    text.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
