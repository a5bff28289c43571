"""`views.open` and `views.update`: modals, opened with a trigger that lives for 3 s."""

import json
import time
from typing import Any

from tests.slack.blocks import length, refused
from tests.slack.checks import Arguments, Refused, needed
from tests.slack.state import View
from tests.slack.world import World


def _view_of(arguments: Arguments) -> dict[str, Any]:
    view = arguments.get("view")
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        raise Refused("invalid_arguments", ["must provide a view"])
    reasons = []
    for key, most in (("title", 24), ("submit", 24), ("close", 24)):
        text = view.get(key)
        if text is None and key != "title":
            continue
        if not isinstance(text, dict) or text.get("type") != "plain_text":
            reasons.append(f"must be plain_text: {key}")
        elif not 1 <= length(text.get("text", "")) <= most:
            reasons.append(f"must be less than {most + 1} characters: {key}")
    if length(view.get("private_metadata", "")) > 3000:
        reasons.append("must be less than 3001 characters: private_metadata")
    if length(view.get("callback_id", "")) > 255:
        reasons.append("must be less than 256 characters: callback_id")
    problem = refused(view.get("blocks"), view["type"])
    inputs = any(block.get("type") == "input" for block in view.get("blocks") or ())
    if inputs and "submit" not in view:
        reasons.append("submit is required when an input block is within blocks")
    if reasons or problem:
        raise Refused("invalid_arguments", [*reasons, *(problem[1] if problem else ())])
    if length(json.dumps(view)) > 250_000:
        raise Refused("view_too_large")
    return view


def open_view(world: World, arguments: Arguments) -> dict[str, Any]:
    trigger = needed(arguments, "trigger_id")
    if trigger not in world.triggers:
        raise Refused("invalid_trigger_id")
    if (at := world.triggers[trigger]) == 0.0:
        raise Refused("exchanged_trigger_id")
    if time.monotonic() - at > 3.0:
        raise Refused("expired_trigger_id")
    view = View(world.next_id("V"), "", _view_of(arguments))
    world.triggers[trigger] = 0.0
    world.views.append(view)
    return {"view": {**view.view, "id": view.id, "hash": view.hash}}


def update_view(world: World, arguments: Arguments) -> dict[str, Any]:
    known = {view.id: view for view in world.views}
    view = known.get(str(arguments.get("view_id")))
    if view is None:
        raise Refused("not_found")
    if arguments.get("hash") not in (None, view.hash):
        raise Refused("hash_conflict")
    view.view, view.hash = _view_of(arguments), world.next_id("h")
    return {"view": {**view.view, "id": view.id, "hash": view.hash}}
