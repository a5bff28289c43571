"""What a workspace holds: its people, channels, messages and views, and a record of what happened.

Everything is guarded by the world's one lock; times are `time.monotonic()` seconds unless they are
Slack's timestamps (`ts`, text).
"""

from dataclasses import dataclass, field
from typing import Any

from tests.slack.mrkdwn import Read
from tests.slack.reading import reads, shown

TEAM = "T0TEAM"
APP = "A0APP"
BOT_USER = "U0BOT"
BOT = "B0BOT"
BOT_TOKEN = "xoxb-stand-in"
APP_TOKEN = "xapp-stand-in"
SIGNING_SECRET = "a-signing-secret"


@dataclass
class User:
    id: str
    name: str
    admin: bool = False
    is_bot: bool = False


@dataclass
class Channel:
    id: str
    name: str
    kind: str = "channel"
    """`channel`, `group` (private) or `im`."""
    members: set[str] = field(default_factory=set)
    archived: bool = False


@dataclass
class Message:
    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    by_bot: bool = False
    subtype: str | None = None
    edited: bool = False
    ephemeral_to: str | None = None
    streaming: bool = False
    streamed: str = ""
    """The Markdown of a stream, as it was sent."""
    stream_until: float = 0.0
    deleted: bool = False
    versions: list[str] = field(default_factory=list)
    """What was shown after each change."""
    reactions: dict[str, set[str]] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """What a person sees: what was streamed and the blocks, or else the text."""
        parts = [self.streamed, shown(self.blocks)]
        return "\n".join(part for part in parts if part) or self.text

    @property
    def reads(self) -> list[Read]:
        """What it mentions and links to."""
        return reads(self.text, self.blocks, self.streamed)

    def json(self, *, metadata: bool = False) -> dict[str, Any]:
        """As Slack's Web API gives it."""
        value: dict[str, Any] = {
            "type": "message",
            "user": self.user,
            "ts": self.ts,
            "team": TEAM,
            "text": self.text or self.streamed,
        }
        if self.by_bot:
            value |= {"bot_id": BOT, "app_id": APP}
        if self.subtype:
            value["subtype"] = self.subtype
        if self.blocks:
            value["blocks"] = self.blocks
        if self.thread_ts:
            value["thread_ts"] = self.thread_ts
        if self.edited:
            value["edited"] = {"user": self.user, "ts": self.ts}
        if metadata and self.metadata:
            value["metadata"] = self.metadata
        if self.streaming:
            value["streaming_state"] = "in_progress"
        if self.reactions:
            value["reactions"] = [
                {"name": name, "users": sorted(users), "count": len(users)}
                for name, users in sorted(self.reactions.items())
            ]
        return value


@dataclass
class View:
    id: str
    user: str
    view: dict[str, Any]
    hash: str = "h1"


@dataclass
class Ack:
    """A delivery that the app acknowledged."""

    envelope_id: str
    event_id: str | None
    kind: str
    delay_s: float
    attempt: int
    payload: dict[str, Any] | None = None


@dataclass
class Call:
    """A call of the Web API: what came back is `ok`, an error's name, or an injected failure."""

    method: str
    arguments: dict[str, Any]
    at: float
    outcome: str


@dataclass
class Failure:
    """What the next calls of a method meet.

    `how`: `429`, `500`, `timeout` (no answer for `seconds`), `close` (the connection is cut),
    `lost` (the call is done, its answer is not sent), or the name of one of Slack's errors.
    """

    how: str
    times: int
    seconds: float
