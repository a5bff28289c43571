"""What many methods of Slack's Web API ask of their arguments, and the error they answer with."""

import json
import re
from typing import Any

from tests.slack.blocks import length, refused
from tests.slack.state import BOT_USER, Message
from tests.slack.world import World

Arguments = dict[str, Any]
_METADATA_EVENT = re.compile(r"[A-Za-z0-9_]{1,256}")


class Refused(Exception):
    """Slack's answer is an error."""

    def __init__(self, error: str, reasons: list[str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.reasons = reasons or []


def needed(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise Refused("invalid_arguments", [f"[ERROR] missing required field: {name}"])
    return value


def channel_of(world: World, arguments: Arguments) -> str:
    channel = needed(arguments, "channel")
    if channel in world.users:
        # A user's id stands for the direct messages with them.
        channel = channel.replace("U", "D", 1)
    where = world.channels.get(channel)
    if where is None:
        raise Refused("channel_not_found")
    if where.archived:
        raise Refused("is_archived")
    if BOT_USER not in where.members:
        raise Refused("not_in_channel")
    return channel


def content_of(arguments: Arguments) -> tuple[str, list[dict[str, Any]]]:
    """The text and the checked blocks of a message."""
    text, blocks = arguments.get("text") or "", arguments.get("blocks") or []
    if not isinstance(text, str):
        raise Refused("invalid_arguments", ["text must be a string"])
    if not text and not blocks:
        raise Refused("no_text")
    if length(text) > 40_000:
        raise Refused("msg_too_long")
    if problem := refused(blocks):
        raise Refused(*problem)
    return text, blocks


def metadata_of(arguments: Arguments) -> dict[str, Any] | None:
    metadata = arguments.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    if not _METADATA_EVENT.fullmatch(str(metadata.get("event_type", ""))):
        raise Refused("invalid_metadata_schema")
    if length(json.dumps(metadata)) > 16_384:
        raise Refused("metadata_too_large")
    return metadata


def thread_of(world: World, channel: str, arguments: Arguments) -> str | None:
    thread = arguments.get("thread_ts")
    if not thread:
        return None
    root = world.by_ts.get((channel, str(thread)))
    if root is None or root.deleted:
        raise Refused("thread_not_found")
    return root.thread_ts or root.ts


def own_message(world: World, arguments: Arguments, refusal: str) -> Message:
    channel = channel_of(world, arguments)
    message = world.by_ts.get((channel, needed(arguments, "ts")))
    if message is None or message.deleted or message.ephemeral_to:
        raise Refused("message_not_found")
    if not message.by_bot:
        raise Refused(refusal)
    return message
