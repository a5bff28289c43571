"""Slack's Web API over a world: `METHODS[name](world, arguments)` gives the answer or raises
`Refused` with Slack's name for the error.
"""

import re
from collections.abc import Callable
from typing import Any

from tests.slack.checks import (
    Arguments,
    Refused,
    channel_of,
    content_of,
    metadata_of,
    needed,
    own_message,
    thread_of,
)
from tests.slack.state import APP, BOT, BOT_USER, TEAM, Message
from tests.slack.streams import append_stream, start_stream, stop_stream
from tests.slack.views import open_view, update_view
from tests.slack.world import World

Method = Callable[[World, Arguments], dict[str, Any]]


def _auth_test(world: World, arguments: Arguments) -> dict[str, Any]:
    return {
        "url": f"{world.url}/",
        "team": "Stand-in",
        "user": "quoth",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def _post_message(world: World, arguments: Arguments) -> dict[str, Any]:
    channel = channel_of(world, arguments)
    text, blocks = content_of(arguments)
    message = Message(
        channel,
        world.next_ts(),
        BOT_USER,
        text,
        blocks,
        thread_of(world, channel, arguments),
        metadata_of(arguments),
        by_bot=True,
    )
    world.add(message)
    return {"channel": channel, "ts": message.ts, "message": message.json()}


def _post_ephemeral(world: World, arguments: Arguments) -> dict[str, Any]:
    channel = channel_of(world, arguments)
    user = needed(arguments, "user")
    if user not in world.channels[channel].members:
        raise Refused("user_not_in_channel")
    text, blocks = content_of(arguments)
    thread = thread_of(world, channel, arguments)
    message = Message(channel, world.next_ts(), BOT_USER, text, blocks, thread, by_bot=True)
    message.ephemeral_to = user
    world.add(message)
    return {"message_ts": message.ts}


def _update(world: World, arguments: Arguments) -> dict[str, Any]:
    message = own_message(world, arguments, "cant_update_message")
    if message.streaming:
        raise Refused("streaming_state_conflict")
    text, blocks = content_of(arguments)
    message.text, message.blocks, message.streamed, message.edited = text, blocks, "", True
    message.metadata = metadata_of(arguments) or message.metadata
    message.versions.append(message.shown)
    return {"channel": message.channel, "ts": message.ts, "text": text, "message": message.json()}


def _delete(world: World, arguments: Arguments) -> dict[str, Any]:
    message = own_message(world, arguments, "cant_delete_message")
    message.deleted = True
    return {"channel": message.channel, "ts": message.ts}


def _page(
    world: World, arguments: Arguments, messages: list[Message], first: int = 0
) -> dict[str, Any]:
    """One page of messages; the cursor is where the next begins."""
    most = min(int(arguments.get("limit") or 100), world.page_size)
    cursor = str(arguments.get("cursor") or f"at:{first}")
    if not re.fullmatch(r"at:\d+", cursor):
        raise Refused("invalid_cursor")
    at = int(cursor[3:])
    rest = len(messages) > at + most
    with_metadata = arguments.get("include_all_metadata") in (True, "true", "True", "1", 1)
    page = [message.json(metadata=with_metadata) for message in messages[at : at + most]]
    after = {"response_metadata": {"next_cursor": f"at:{at + most}"}} if rest else {}
    return {"messages": page, "has_more": rest, **after}


def _bounded(arguments: Arguments, messages: list[Message]) -> list[Message]:
    """Messages between `oldest` and `latest`, which themselves count with `inclusive`."""
    inclusive = arguments.get("inclusive") in (True, "true", "True", "1", 1)
    oldest = _moment(arguments, "oldest", "0")
    latest = _moment(arguments, "latest", "inf")
    return [
        message
        for message in messages
        if oldest < float(message.ts) < latest
        or (inclusive and float(message.ts) in (oldest, latest))
    ]


def _moment(arguments: Arguments, name: str, default: str) -> float:
    given = str(arguments.get(name) or default)
    if given != default and not re.fullmatch(r"\d+(\.\d+)?", given):
        raise Refused(f"invalid_ts_{name}")
    return float(given)


def _replies(world: World, arguments: Arguments) -> dict[str, Any]:
    channel, root = channel_of(world, arguments), needed(arguments, "ts")
    thread = [m for m in world.messages(channel, root) if m.ephemeral_to is None]
    if not thread:
        raise Refused("thread_not_found")
    return _page(world, arguments, [thread[0], *_bounded(arguments, thread[1:])])


def _history(world: World, arguments: Arguments) -> dict[str, Any]:
    messages = [
        message
        for message in reversed(world.messages(channel_of(world, arguments)))
        if message.thread_ts is None and message.ephemeral_to is None
    ]
    return _page(world, arguments, _bounded(arguments, messages))


def _conversation(world: World, arguments: Arguments) -> dict[str, Any]:
    where = world.channels.get(needed(arguments, "channel"))
    if where is None:
        raise Refused("channel_not_found")
    return {
        "channel": {
            "id": where.id,
            "name": where.name,
            "is_channel": where.kind == "channel",
            "is_im": where.kind == "im",
            "is_private": where.kind != "channel",
            "is_archived": where.archived,
            "is_member": BOT_USER in where.members,
        }
    }


def _user(world: World, arguments: Arguments) -> dict[str, Any]:
    user = world.users.get(needed(arguments, "user"))
    if user is None:
        raise Refused("user_not_found")
    profile = {"display_name": user.name, "real_name": user.name}
    return {
        "user": {
            "id": user.id,
            "team_id": TEAM,
            "name": user.name.lower(),
            "real_name": user.name,
            "profile": profile,
            "is_admin": user.admin,
            "is_owner": False,
            "is_bot": user.is_bot,
            "deleted": False,
        }
    }


def _group(world: World, arguments: Arguments) -> dict[str, Any]:
    group = world.groups.get(needed(arguments, "usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": group}


def _reaction(world: World, arguments: Arguments) -> tuple[Message, str]:
    channel = channel_of(world, arguments)
    message = world.by_ts.get((channel, needed(arguments, "timestamp")))
    if message is None or message.deleted:
        raise Refused("message_not_found")
    return message, needed(arguments, "name")


def _react(world: World, arguments: Arguments) -> dict[str, Any]:
    message, name = _reaction(world, arguments)
    if BOT_USER in message.reactions.get(name, ()):
        raise Refused("already_reacted")
    message.reactions.setdefault(name, set()).add(BOT_USER)
    return {}


def _unreact(world: World, arguments: Arguments) -> dict[str, Any]:
    message, name = _reaction(world, arguments)
    if BOT_USER not in message.reactions.get(name, ()):
        raise Refused("no_reaction")
    message.reactions[name].discard(BOT_USER)
    return {}


def _pane(arguments: Arguments, world: World) -> tuple[str, str]:
    channel = needed(arguments, "channel_id")
    if channel not in world.channels:
        raise Refused("channel_not_found")
    thread = str(arguments.get("thread_ts") or "")
    if thread and (channel, thread) not in world.by_ts:
        raise Refused("thread_not_found")
    return channel, thread


def _set_status(world: World, arguments: Arguments) -> dict[str, Any]:
    channel, thread = _pane(arguments, world)
    if not thread:
        raise Refused("invalid_arguments", ["missing required field: thread_ts"])
    if not isinstance(arguments.get("status"), str):
        raise Refused("invalid_arguments", ["missing required field: status"])
    if len(arguments.get("loading_messages") or ()) > 10:
        raise Refused("invalid_arguments", ["no more than 10 loading_messages"])
    world.statuses.append((channel, thread, arguments["status"]))
    return {}


def _set_title(world: World, arguments: Arguments) -> dict[str, Any]:
    _, thread = _pane(arguments, world)
    world.titles.append((thread, needed(arguments, "title")))
    return {}


def _set_prompts(world: World, arguments: Arguments) -> dict[str, Any]:
    _pane(arguments, world)
    prompts = arguments.get("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
        raise Refused("invalid_arguments", ["prompts must have 1 to 4 items"])
    world.prompts.append(arguments)
    return {}


def _ours(world: World, arguments: Arguments) -> dict[str, Any]:
    return {"bot": {"id": BOT, "app_id": APP, "user_id": BOT_USER, "name": "quoth"}}


METHODS: dict[str, Method] = {
    "auth.test": _auth_test,
    "bots.info": _ours,
    "chat.postMessage": _post_message,
    "chat.postEphemeral": _post_ephemeral,
    "chat.update": _update,
    "chat.delete": _delete,
    "chat.startStream": start_stream,
    "chat.appendStream": append_stream,
    "chat.stopStream": stop_stream,
    "conversations.replies": _replies,
    "conversations.history": _history,
    "conversations.info": _conversation,
    "users.info": _user,
    "usergroups.users.list": _group,
    "reactions.add": _react,
    "reactions.remove": _unreact,
    "views.open": open_view,
    "views.update": update_view,
    "assistant.threads.setStatus": _set_status,
    "assistant.threads.setTitle": _set_title,
    "assistant.threads.setSuggestedPrompts": _set_prompts,
}
