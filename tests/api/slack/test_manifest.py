import json
import re
from pathlib import Path

import pytest

from api.slack import manifest as module
from api.slack.manifest import ASK_SHORTCUT, COMMAND, Mode, View, manifest, manifest_json
from rag.errors import SettingsInvalid
from tests.slack.web_api import SCOPES

SOURCES = Path(module.__file__).parent
URL = "https://quoth.example.org/"
SCOPE_OF_EVENT = {
    "app_mention": "app_mentions:read",
    "assistant_thread_started": "assistant:write",
    "assistant_thread_context_changed": "assistant:write",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}
"""What Slack asks for before it sends an event; `app_home_opened` needs nothing."""


def scopes(view: View = "agent") -> set[str]:
    return set(manifest(view, "socket")["oauth_config"]["scopes"]["bot"])


def methods_called() -> set[str]:
    """The Web API methods that the bot's code names."""
    code = "\n".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    known = {name.replace(".", "_"): name for name in SCOPES}
    return {known[name] for name in re.findall(r"\.([a-z]+_[A-Za-z_]+)\b", code) if name in known}


def test_every_method_that_the_bot_calls_has_its_scopes() -> None:
    called = methods_called()
    assert {"chat.postMessage", "chat.startStream", "users.info"} <= called
    assert {scope for method in called for scope in SCOPES[method]} <= scopes()


@pytest.mark.parametrize("view", ["agent", "assistant"])
def test_every_event_has_its_scope(view: View) -> None:
    events = manifest(view, "socket")["settings"]["event_subscriptions"]["bot_events"]
    wanted = {SCOPE_OF_EVENT[event] for event in events if event != "app_home_opened"}
    assert wanted <= scopes(view)


def test_no_scope_is_asked_for_that_nothing_needs() -> None:
    needed = {scope for method in methods_called() for scope in SCOPES[method]}
    assert scopes() <= needed | set(SCOPE_OF_EVENT.values()) | {"commands"}


def test_the_names_are_those_that_the_bot_listens_to() -> None:
    features = manifest("agent", "socket")["features"]
    assert [command["command"] for command in features["slash_commands"]] == [COMMAND]
    assert [shortcut["callback_id"] for shortcut in features["shortcuts"]] == [ASK_SHORTCUT]


def test_each_view_has_its_own_feature_and_events() -> None:
    agent, assistant = manifest("agent", "socket"), manifest("assistant", "socket")
    assert "agent_view" in agent["features"] and "assistant_view" not in agent["features"]
    assert "assistant_view" in assistant["features"] and "agent_view" not in assistant["features"]
    assert "app_home_opened" in agent["settings"]["event_subscriptions"]["bot_events"]
    assert "assistant_thread_started" in assistant["settings"]["event_subscriptions"]["bot_events"]


def test_socket_mode_names_no_address() -> None:
    assert manifest("agent", "socket", URL)["settings"]["socket_mode_enabled"] is True
    assert "quoth.example.org" not in manifest_json("agent", "socket", URL)


def test_http_mode_sends_everything_to_one_address() -> None:
    made = manifest("agent", "http", URL)
    target = "https://quoth.example.org/slack/events"
    settings = made["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == target
    assert settings["interactivity"]["request_url"] == target
    assert made["features"]["slash_commands"][0]["url"] == target


def test_http_mode_without_an_address_is_refused() -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        manifest("agent", "http")
    assert "QUOTH_PUBLIC_URL" in refusal.value.hint


@pytest.mark.parametrize("view", ["agent", "assistant"])
@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_text_is_the_manifest_and_within_slacks_lengths(view: View, mode: Mode) -> None:
    made = json.loads(manifest_json(view, mode, URL))
    assert made == manifest(view, mode, URL)
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    assert all(len(each["name"]) <= 24 for each in made["features"]["shortcuts"])
