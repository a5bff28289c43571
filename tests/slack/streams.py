"""Slack's streaming calls: a stream is started, grows, and is stopped once, by the app it belongs
to; one that is left alone for too long ends by itself.
"""

import time
from typing import Any

from tests.slack.blocks import MOST_MARKDOWN_CHARS, MOST_MESSAGE_CHARS, length, refused, total
from tests.slack.checks import (
    Arguments,
    Refused,
    channel_of,
    metadata_of,
    own_message,
    thread_of,
)
from tests.slack.state import BOT_USER, Message
from tests.slack.world import World

_TASK_STATES = ("pending", "in_progress", "complete", "error")


def start_stream(world: World, arguments: Arguments) -> dict[str, Any]:
    channel = channel_of(world, arguments)
    if not arguments.get("thread_ts"):
        raise Refused("invalid_thread_ts")
    thread = thread_of(world, channel, arguments)
    if world.channels[channel].kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if not arguments.get(name):
                raise Refused(f"missing_{name}")
    message = Message(channel, world.next_ts(), BOT_USER, thread_ts=thread, by_bot=True)
    text, blocks = _pieces(arguments)
    _grow(message, text, blocks)
    message.streaming = True
    message.stream_until = time.monotonic() + world.stream_lives_s
    world.add(message)
    return {"channel": channel, "ts": message.ts}


def append_stream(world: World, arguments: Arguments) -> dict[str, Any]:
    message = _streaming(world, arguments)
    text, blocks = _pieces(arguments)
    if not text and not blocks and not arguments.get("chunks"):
        raise Refused("no_text")
    _grow(message, text, blocks)
    message.stream_until = time.monotonic() + world.stream_lives_s
    message.versions.append(message.shown)
    return {"channel": message.channel, "ts": message.ts}


def stop_stream(world: World, arguments: Arguments) -> dict[str, Any]:
    message = _streaming(world, arguments)
    text, blocks = _pieces(arguments)
    closing = arguments.get("blocks") or []
    if problem := refused(closing):
        raise Refused(*problem)
    metadata = metadata_of(arguments)
    _grow(message, text, [*blocks, *closing])
    message.metadata = metadata or message.metadata
    message.streaming = False
    message.versions.append(message.shown)
    return {"channel": message.channel, "ts": message.ts, "message": message.json()}


def _streaming(world: World, arguments: Arguments) -> Message:
    message = own_message(world, arguments, "message_not_owned_by_app")
    if message.streaming and time.monotonic() > message.stream_until:
        message.streaming = False
    if not message.streaming:
        raise Refused("message_not_in_streaming_state")
    return message


def _grow(message: Message, text: str, blocks: list[dict[str, Any]]) -> None:
    """Adds to the message, or refuses the whole call."""
    if length(message.streamed + text) + total([*message.blocks, *blocks]) > MOST_MESSAGE_CHARS:
        raise Refused("msg_too_long")
    message.streamed += text
    message.blocks = [*message.blocks, *blocks]
    if problem := refused(message.blocks):
        raise Refused(*problem)


def _pieces(arguments: Arguments) -> tuple[str, list[dict[str, Any]]]:
    """The text and the blocks that a call brings."""
    text = arguments.get("markdown_text") or ""
    chunks = arguments.get("chunks") or []
    if text and chunks:
        raise Refused("invalid_arguments", ["markdown_text and chunks exclude each other"])
    blocks: list[dict[str, Any]] = []
    for chunk in chunks:
        kind = chunk.get("type")
        if kind == "markdown_text":
            text += chunk.get("text", "")
        elif kind == "blocks":
            blocks += chunk.get("blocks", [])
        elif kind == "task_update":
            if not chunk.get("id") or chunk.get("status") not in _TASK_STATES:
                raise Refused("invalid_chunks")
        elif kind != "plan_update":
            raise Refused("invalid_chunks")
    if length(text) > MOST_MARKDOWN_CHARS:
        raise Refused("msg_too_long")
    if problem := refused(blocks):
        raise Refused(*problem)
    return text, blocks
