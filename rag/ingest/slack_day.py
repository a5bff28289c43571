"""One day of a channel, as Slack exports it: who said what and when, replies in their threads.

An export is a folder for each channel with a file for each day, so the channel stands in the path.
People are named by the profiles that come with their messages.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeGuard

from rag.types import ParsedDocument, Place

_NOTICE = re.compile(r"(?:channel|group|bot)_\w+|pinned_item")
_REFERENCE = re.compile(r"<([@#!]?)([^|<>]{1,2000})(?:\|([^<>]{0,2000}))?>")


def is_slack_day(value: object) -> TypeGuard[list[Any]]:
    """Whether a JSON value is a day's messages."""
    if not isinstance(value, list) or not value:
        return False
    first = value[0]
    return isinstance(first, dict) and first.get("type") == "message" and "ts" in first


def parse_slack_day(value: Sequence[Any], media_type: str) -> ParsedDocument:
    """The messages as a document, a paragraph each."""
    messages = [each for each in value if isinstance(each, dict) and _said(each)]
    names = {str(each.get("user")): _name(each) for each in messages if _name(each)}
    parts: list[str] = []
    places: list[Place] = []
    length = 0
    for message in _in_threads(messages):
        moment = _moment(message)
        when = f"{moment:%H:%M}" if moment else "?"
        who = names.get(str(message.get("user"))) or _name(message) or str(message.get("user", "?"))
        is_reply = message.get("thread_ts") not in (None, message.get("ts"))
        words = _plain(_said(message), names)
        paragraph = f"{'↳ ' if is_reply else ''}{who} ({when}): {words}"
        places.append(
            Place(
                length,
                length + len(paragraph),
                f"message of {moment:%Y-%m-%d %H:%M}" if moment else "message",
            )
        )
        parts.append(paragraph)
        length += len(paragraph) + 2
    moments = [moment for each in messages if (moment := _moment(each))]
    day = min(moments).date().isoformat() if moments else None
    return ParsedDocument(
        text="\n\n".join(parts),
        media_type=media_type,
        title=f"Messages of {day}" if day else None,
        date=day,
        places=tuple(places),
    )


def _said(message: Mapping[str, Any]) -> str:
    """A message's words, those of its attachments and the names of its files; none for notices."""
    if _NOTICE.fullmatch(str(message.get("subtype") or "")):
        return ""
    words = [str(message.get("text") or "")]
    for each in message.get("attachments") or ():
        if isinstance(each, dict):
            words.append(str(each.get("text") or each.get("fallback") or ""))
    for each in message.get("files") or ():
        if isinstance(each, dict) and each.get("name"):
            words.append(f"[file {each['name']}]")
    return "\n".join(part.strip() for part in words if part.strip())


def _in_threads(messages: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """By time, each reply behind the message that began its thread, where that is of this day."""
    ordered = sorted(messages, key=lambda each: _seconds(each.get("ts")))
    there = {each.get("ts") for each in ordered}
    replies: dict[Any, list[Mapping[str, Any]]] = {}
    for each in ordered:
        thread = each.get("thread_ts")
        if thread in there and thread != each.get("ts"):
            replies.setdefault(thread, []).append(each)
    followers = {id(each) for found in replies.values() for each in found}
    for each in ordered:
        if id(each) not in followers:
            yield each
            yield from replies.get(each.get("ts"), ())


def _name(message: Mapping[str, Any]) -> str:
    profile = message.get("user_profile")
    found = profile if isinstance(profile, dict) else {}
    name = found.get("real_name") or found.get("display_name") or message.get("username")
    return " ".join(str(name).split())[:80] if name else ""


def _plain(text: str, names: Mapping[str, str]) -> str:
    from html import unescape

    def said(match: re.Match[str]) -> str:
        kind, target, label = match.groups()
        if kind == "@":
            return f"@{names.get(target) or label or target}"
        if kind == "#":
            return f"#{label or target}"
        if kind == "!":
            return f"@{label or target.partition('^')[0]}"
        return f"{label} ({target})" if label and label not in target else target

    return unescape(_REFERENCE.sub(said, text))


def _moment(message: Mapping[str, Any]) -> datetime | None:
    seconds = _seconds(message.get("ts"))
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (OverflowError, OSError, ValueError):
        return None


def _seconds(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0
