"""The app manifest that a person pastes into Slack (https://docs.slack.dev/reference/app-manifest).

It asks for what the bot uses and nothing more; a test compares its scopes with the calls and events
of the bot.
"""

import json
from typing import Literal

from rag.errors import SettingsInvalid

View = Literal["agent", "assistant"]
Mode = Literal["socket", "http"]

COMMAND = "/quoth"
ASK_SHORTCUT = "quoth_ask"
EVENTS_PATH = "/slack/events"
SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "mpim:history",
    "mpim:read",
    "reactions:write",
    "usergroups:read",
    "users:read",
)
EVENTS = ("app_mention", "message.channels", "message.groups", "message.im", "message.mpim")
_VIEW_EVENTS: dict[View, tuple[str, ...]] = {
    "agent": ("app_home_opened",),
    "assistant": ("assistant_thread_context_changed", "assistant_thread_started"),
}
_DESCRIPTION = "Answers from your documents, with the exact place each answer comes from"
_PROMPTS = ({"title": "What can you do?", "message": "help"},)


def manifest(view: View, mode: Mode, url: str | None = None) -> dict[str, object]:
    """The manifest.

    Args:
        view: How the bot stands in Slack's pane: `agent` for new apps, `assistant` for those that
            were made before 2026-06-30.
        mode: How events come.
        url: Where people reach the server; needed for `http`.

    Raises:
        SettingsInvalid: There is no url and the mode is `http`.
    """
    target = _request_url(mode, url)
    return {
        "display_information": {
            "name": "Quoth",
            "description": _DESCRIPTION,
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Quoth", "always_online": True},
            **_pane(view),
            "shortcuts": [
                {
                    "name": "Ask Quoth about this",
                    "type": "message",
                    "callback_id": ASK_SHORTCUT,
                    "description": "Looks for what the documents say about this message",
                }
            ],
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "Ask the documents, or see how this channel is served",
                    "usage_hint": "question | help | config",
                    "should_escape": True,
                    **({"url": target} if target else {}),
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {
                **({"request_url": target} if target else {}),
                "bot_events": sorted((*EVENTS, *_VIEW_EVENTS[view])),
            },
            "interactivity": {
                "is_enabled": True,
                **({"request_url": target} if target else {}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }


def manifest_json(view: View, mode: Mode, url: str | None = None) -> str:
    """The manifest as JSON, which Slack takes as well as YAML."""
    return json.dumps(manifest(view, mode, url), indent=2, ensure_ascii=False)


def _request_url(mode: Mode, url: str | None) -> str | None:
    if mode == "socket":
        return None
    if not url:
        raise SettingsInvalid(
            "Slack has to know where it reaches this server.",
            hint="Set QUOTH_PUBLIC_URL to its https address, or use Socket Mode.",
        )
    return url.rstrip("/") + EVENTS_PATH


def _pane(view: View) -> dict[str, object]:
    name = "agent" if view == "agent" else "assistant"
    return {
        f"{name}_view": {
            f"{name}_description": _DESCRIPTION,
            "suggested_prompts": [dict(prompt) for prompt in _PROMPTS],
        }
    }
