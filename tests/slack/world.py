"""A Slack workspace that tests speak to: people write, press and open; what the bot did is read."""

import time
from typing import Any

from tests.slack.reading import find_action
from tests.slack.state import APP, BOT_USER, TEAM, Message
from tests.slack.workspace import Workspace


class World(Workspace):
    """The workspace with the people in it."""

    def say(
        self,
        channel: str,
        user: str,
        text: str,
        thread_ts: str | None = None,
        mention: bool = True,
        subtype: str | None = None,
        deliver: bool = True,
        times: int = 1,
    ) -> str:
        """A person writes; the events go to the app, each `times` times. In a channel a message
        that mentions the bot comes as two events, as from Slack.

        Returns:
            The message's `ts`.
        """
        where = self.channels[channel]
        if mention and where.kind != "im":
            text = f"<@{BOT_USER}> {text}"
        with self.lock:
            message = self.add(
                Message(channel, self.next_ts(), user, text, thread_ts=thread_ts, subtype=subtype)
            )
        if deliver:
            for _ in range(times):
                self.send_message_events(message, mention=f"<@{BOT_USER}>" in text)
        return message.ts

    def send_message_events(self, message: Message, *, mention: bool) -> None:
        """The events of a message; sent again they keep their ids."""
        where = self.channels[message.channel]
        event = {
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "event_ts": message.ts,
            "channel": message.channel,
            "team": TEAM,
            **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
        }
        if mention and where.kind != "im":
            self.event({**event, "type": "app_mention"}, f"Ev{message.channel}{message.ts}m")
        typed = {**event, "type": "message", "channel_type": where.kind}
        if message.subtype:
            typed["subtype"] = message.subtype
        self.event(typed, f"Ev{message.channel}{message.ts}")

    def event(self, event: dict[str, Any], event_id: str | None = None) -> str:
        """Sends any event of the Events API. Returns its id."""
        event_id = event_id or self.next_id("Ev")
        payload = {
            "token": "verification",
            "team_id": TEAM,
            "context_team_id": TEAM,
            "api_app_id": APP,
            "type": "event_callback",
            "event": event,
            "event_id": event_id,
            "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            "is_ext_shared_channel": False,
        }
        with self.lock:
            self.sent[event_id] = payload
        self.deliver("events_api", payload)
        return event_id

    def redeliver(self, event_id: str, times: int = 1) -> None:
        """Sends an event again, though it was acknowledged."""
        for _ in range(times):
            self.deliver("events_api", self.sent[event_id])

    def event_ids(self) -> list[str]:
        """The ids of all events that were sent, in order."""
        with self.lock:
            return list(self.sent)

    def command(self, channel: str, user: str, text: str, command: str = "/quoth") -> str:
        """A slash command. Returns its trigger id."""
        trigger = self.trigger()
        self.deliver(
            "slash_commands",
            {
                "token": "verification",
                "team_id": TEAM,
                "team_domain": "stand-in",
                "channel_id": channel,
                "channel_name": self.channels[channel].name or "directmessage",
                "user_id": user,
                "user_name": self.users[user].name.lower(),
                "command": command,
                "text": text,
                "api_app_id": APP,
                "is_enterprise_install": "false",
                "response_url": self.response_url(channel, user),
                "trigger_id": trigger,
            },
        )
        return trigger

    def shortcut(self, channel: str, user: str, message_ts: str, callback_id: str) -> None:
        """A message shortcut."""
        message = self.by_ts[channel, message_ts]
        self.deliver(
            "interactive",
            {
                "type": "message_action",
                "callback_id": callback_id,
                "message_ts": message_ts,
                "message": message.json(),
                "response_url": self.response_url(channel, user),
                **self._interaction(user, channel),
            },
        )

    def click(self, channel: str, message_ts: str, user: str, action_id: str, **said: str) -> None:
        """Presses a button of a message; `value` says which of the two feedback buttons.

        Raises:
            LookupError: The message has no such button.
        """
        message = self.by_ts[channel, message_ts]
        element = find_action(message.blocks, action_id)
        if element is None:
            raise LookupError(f"no element {action_id!r} in {message.blocks!r}")
        value = said.get("value", element.get("value"))
        self.deliver(
            "interactive",
            {
                "type": "block_actions",
                "container": {
                    "type": "message",
                    "message_ts": message_ts,
                    "channel_id": channel,
                    "is_ephemeral": message.ephemeral_to is not None,
                    **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
                },
                "message": message.json() if message.ephemeral_to is None else None,
                "response_url": self.response_url(channel, user, message),
                "actions": [
                    {
                        "type": element["type"],
                        "action_id": action_id,
                        "block_id": element["block_id"],
                        "action_ts": self.next_ts(),
                        **({"value": value} if value is not None else {}),
                    }
                ],
                **self._interaction(user, channel),
            },
        )

    def submit(self, view_id: str, user: str, values: dict[str, dict[str, str]]) -> None:
        """Sends a modal: `values[block_id][action_id]` is what was written."""
        view = next(view for view in self.views if view.id == view_id)
        state = {
            block: {
                action: {"type": "plain_text_input", "value": text} for action, text in said.items()
            }
            for block, said in values.items()
        }
        shown = {**view.view, "id": view.id, "hash": view.hash, "state": {"values": state}}
        self.deliver(
            "interactive",
            {"type": "view_submission", "view": shown, **self._interaction(user, None)},
        )

    def open_pane(self, user: str) -> str:
        """Opens the legacy assistant pane: a thread in the direct messages. Returns its `ts`."""
        channel = user.replace("U", "D")
        with self.lock:
            root = self.add(Message(channel, self.next_ts(), BOT_USER, "New chat", by_bot=True))
        thread = {
            "user_id": user,
            "channel_id": channel,
            "thread_ts": root.ts,
            "context": {"channel_id": "C1", "team_id": TEAM},
        }
        event = {"type": "assistant_thread_started", "assistant_thread": thread}
        self.event({**event, "event_ts": root.ts})
        return root.ts

    def open_home(self, user: str, tab: str = "messages") -> None:
        """Opens the app's own page; `messages` is the agent view's sign that a chat begins."""
        channel = user.replace("U", "D")
        event = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab}
        self.event({**event, "event_ts": self.next_ts()})

    def _interaction(self, user: str, channel: str | None) -> dict[str, Any]:
        where = {"channel": {"id": channel, "name": self.channels[channel].name}} if channel else {}
        return {
            "token": "verification",
            "api_app_id": APP,
            "team": {"id": TEAM, "domain": "stand-in"},
            "user": {"id": user, "name": self.users[user].name.lower(), "team_id": TEAM},
            "trigger_id": self.trigger(),
            "is_enterprise_install": False,
            **where,
        }
