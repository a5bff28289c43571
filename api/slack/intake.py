"""Which of Slack's events are questions to the bot: pure functions of what Slack sent.

A message that mentions the bot comes as two events, whose order is not certain; either becomes the
same question, and the store keeps the first.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.slack.asking import asks, asks_or_requests
from api.slack.channels import ChannelConfig
from api.slack.web import Identity
from rag.store.slack_base import NewQuestion, QuestionKind

HELP_WORD: Final = "help"
_MADE_UP: Final = "x"

Said = Mapping[str, Any]

_WRITTEN_BY_PEOPLE = {None, "file_share", "thread_broadcast"}
_TO_SOMEBODY = re.compile(
    r"\s*(?:(?:hi|hello|hey|thanks|thank you|cc|fyi)\W*\s)?<@[UW][A-Z0-9]+(?:\|[^>]*)?>",
    re.IGNORECASE,
)
_PLEASANTRY = re.compile(
    r"(?::[a-z0-9_+-]+:|\W|\b(?:thank(?:s| you)?|thx|ty|ok(?:ay)?|great|perfect|cool|nice|got it|"
    r"so much|very much|a lot|lovely|super|merci|danke|gracias|hi|hello|hey|there|lol|(?:ha)+|"
    r"good (?:morning|afternoon|evening))\b)*+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Around:
    """What decides whether a message is meant for the bot.

    Attributes:
        config: Of the channel.
        is_engaged: Whether the bot takes part in the message's thread.
    """

    config: ChannelConfig
    is_engaged: bool


def thread_of(event: Said) -> tuple[str, str]:
    """The channel and the thread that a message stands in."""
    return str(event.get("channel", "")), str(event.get("thread_ts") or event.get("ts", ""))


def is_by_a_person(event: Said, identity: Identity) -> bool:
    """Whether a message is new and was written by a person."""
    return (
        event.get("subtype") in _WRITTEN_BY_PEOPLE
        and not event.get("bot_id")
        and not event.get("bot_profile")
        and "edited" not in event
        and bool(event.get("user"))
        and event["user"] not in (identity.user, "USLACKBOT")
        and bool(event.get("ts"))
    )


def question_of(body: Said, around: Around, identity: Identity) -> NewQuestion | None:
    """The question that an event asks the bot; None where it asks nothing, or asks others.

    Args:
        body: An `app_mention` or a `message` of the Events API, as Slack sent it.
        around: Of its channel and thread.
        identity: The bot's.
    """
    event: Said = body["event"]
    if not is_by_a_person(event, identity):
        return None
    kind = _kind(event, around, identity)
    if kind is None:
        return None
    channel, thread = thread_of(event)
    text = str(event.get("text") or "")
    meant = text.replace(f"<@{identity.user}>", "").strip()
    if meant.casefold() == HELP_WORD or _PLEASANTRY.fullmatch(meant):
        kind = "greeting"
    team = str(body.get("team_id") or event.get("team") or identity.team)
    return NewQuestion(
        event_id=str(body.get("event_id") or f"{team}:{channel}:{event['ts']}"),
        team=team,
        channel=channel,
        ts=str(event["ts"]),
        thread=thread,
        user=str(event["user"]),
        kind=kind,
        text=text,
        payload={"user_team": str(event.get("user_team") or event.get("team") or team)},
    )


def _kind(event: Said, around: Around, identity: Identity) -> QuestionKind | None:
    text = str(event.get("text") or "")
    if event.get("type") == "app_mention" or f"<@{identity.user}>" in text:
        return "mention"
    if event.get("channel_type") == "im":
        return "message"
    addressed = _TO_SOMEBODY.match(text)
    if addressed or _PLEASANTRY.fullmatch(text):
        return None
    if event.get("thread_ts") and event["thread_ts"] != event["ts"]:
        return "message" if around.is_engaged and asks_or_requests(text) else None
    is_asked = around.config.listen == "questions" and asks(text)
    return "message" if is_asked else None


def question_of_command(body: Said, now: float | None = None) -> NewQuestion:
    """The question of `/quoth question`, which stands in no message."""
    ts = made_up_ts(now)
    return NewQuestion(
        event_id=f"command:{body['trigger_id']}",
        team=str(body["team_id"]),
        channel=str(body["channel_id"]),
        ts=ts,
        thread=ts,
        user=str(body["user_id"]),
        kind="command",
        text=str(body.get("text") or "").strip(),
        payload={"response_url": str(body.get("response_url") or "")},
    )


def question_of_shortcut(body: Said, now: float | None = None) -> NewQuestion:
    """The question that "Ask Quoth about this" asks with somebody's message."""
    message: Said = body["message"]
    ts = made_up_ts(now)
    return NewQuestion(
        event_id=f"shortcut:{body['trigger_id']}",
        team=str(body["team"]["id"]),
        channel=str(body["channel"]["id"]),
        ts=ts,
        thread=ts,
        user=str(body["user"]["id"]),
        kind="shortcut",
        text=str(message.get("text") or "").strip(),
        payload={
            "response_url": str(body.get("response_url") or ""),
            "thread": str(message.get("thread_ts") or message.get("ts") or ""),
        },
    )


def made_up_ts(now: float | None = None) -> str:
    """A timestamp for what stands in no message: in order, and none that Slack would give."""
    return f"{time.time_ns() / 1e9 if now is None else now:.6f}{_MADE_UP}"


def stands_in_a_message(ts: str) -> bool:
    """Whether a timestamp is Slack's own, of a message."""
    return not ts.endswith(_MADE_UP)
