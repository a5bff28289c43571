"""Response URLs: five messages at most to where a person pressed, asked or chose something."""

from typing import Any

from aiohttp import web

from tests.slack.checks import Arguments, Refused, content_of
from tests.slack.state import BOT_USER, Call, Message
from tests.slack.world import World


def say_response(world: World, place: dict[str, Any], arguments: Arguments) -> None:
    """Does what was posted to a response URL: says, replaces or deletes.

    Raises:
        Refused: The blocks are not valid, or there is nothing to say.
    """
    message: Message | None = place["message"]
    with world.changed:
        if arguments.get("delete_original") and message is not None:
            message.deleted = True
        elif arguments.get("replace_original") and message is not None:
            message.text, message.blocks = content_of(arguments)
            message.edited = True
            message.versions.append(message.shown)
        else:
            text, blocks = content_of(arguments)
            said = Message(place["channel"], world.next_ts(), BOT_USER, text, blocks, by_bot=True)
            said.thread_ts = arguments.get("thread_ts")
            if arguments.get("response_type", "ephemeral") == "ephemeral":
                said.ephemeral_to = place["user"]
            world.add(said)
        world.changed.notify_all()


async def respond(world: World, request: web.Request) -> web.Response:
    """Answers `POST /response/<key>`."""
    arguments = await request.json()
    with world.lock:
        place = world.responses.get(request.match_info["key"])
        if place is None or place["left"] < 1:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        place["left"] -= 1
        try:
            say_response(world, place, arguments)
        except Refused as problem:
            world.refused.append(("response_url", problem.error, problem.reasons))
            return web.json_response({"ok": False, "error": problem.error}, status=400)
        world.calls.append(Call("response_url", arguments, 0.0, "ok"))
    return web.json_response({"ok": True})
