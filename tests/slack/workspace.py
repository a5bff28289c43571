"""What a test arranges in a Slack workspace, and what it reads of it.

Every method may be called from any thread.
"""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.slack.mrkdwn import Read
from tests.slack.state import (
    BOT_USER,
    Ack,
    Call,
    Channel,
    Failure,
    Message,
    User,
    View,
)

Deliver = Callable[[str, dict[str, Any]], None]


class Workspace:
    """The workspace.

    Attributes:
        acks: Deliveries that were acknowledged, in order; `missed` those that were not within
            3 s; `lost` those that were given up after every retry.
        deliver: Set by the server; takes the kind and the payload of what is sent to the app.
        calls: Calls of the Web API, in order.
        refused: `(method, error, reasons)` of every call that was answered with an error which
            nobody had asked for.
        impatient: Calls that came before a `Retry-After` was over, but not so soon after it was
            said (`in_flight_s`) that they were on their way.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, list[str]] = {}
        self.history: list[Message] = []
        self.by_ts: dict[tuple[str, str], Message] = {}
        self.views: list[View] = []
        self.acks: list[Ack] = []
        self.missed: list[dict[str, Any]] = []
        self.lost: list[dict[str, Any]] = []
        self.calls: list[Call] = []
        self.refused: list[tuple[str, str, list[str]]] = []
        self.impatient: list[Call] = []
        self.statuses: list[tuple[str, str, str]] = []
        self.titles: list[tuple[str, str]] = []
        self.prompts: list[dict[str, Any]] = []
        self.failures: dict[str, list[Failure]] = defaultdict(list)
        self.triggers: dict[str, float] = {}
        self.responses: dict[str, dict[str, Any]] = {}
        self.deliver: Deliver = lambda kind, payload: None
        self.url = ""
        self.ack_within_s = 3.0
        self.retry_delays_s: tuple[float, ...] = (0.05, 0.2, 0.5)
        self.stream_lives_s = 300.0
        self.page_size = 1000
        self.rate_limits = False
        self.in_flight_s = 0.3
        self.channel_interval_s = 1.0
        self.tiers_per_minute = {1: 1, 2: 20, 3: 50, 4: 100}
        self.scopes: frozenset[str] | None = None
        """What the bot was granted; None: everything."""
        self.unknown_methods: set[str] = set()
        self._ids = itertools.count(1)
        self._second = int(time.time())
        self.sent: dict[str, dict[str, Any]] = {}
        for user in (User("U1", "Ada", admin=True), User("U2", "Bo"), User("U3", "Cy")):
            self.users[user.id] = user
        self.users[BOT_USER] = User(BOT_USER, "quoth", is_bot=True)
        self.add_channel("C1", "general")
        self.add_channel("C2", "random")
        self.add_channel("G1", "secret", kind="group")
        for user in ("U1", "U2", "U3"):
            self.add_channel(user.replace("U", "D"), "", kind="im", members=[user])

    # What the test arranges

    def add_user(self, user: str, name: str, admin: bool = False) -> None:
        with self.lock:
            self.users[user] = User(user, name, admin)

    def add_channel(
        self, channel: str, name: str, kind: str = "channel", members: list[str] | None = None
    ) -> None:
        with self.lock:
            people = set(self.users) if members is None else {*members, BOT_USER}
            self.channels[channel] = Channel(channel, name, kind, people)

    def fail(self, method: str, how: str, times: int = 1, seconds: float = 1.0) -> None:
        """The next calls of a method fail (see `Failure`); `seconds` is what a 429 asks to wait for
        or how long a timeout hangs.
        """
        with self.lock:
            self.failures[method].append(Failure(how, times, seconds))

    def without_streaming(self) -> None:
        """A workspace that does not have Slack's streaming calls."""
        self.unknown_methods |= {"chat.startStream", "chat.appendStream", "chat.stopStream"}

    # What is there

    def messages(
        self, channel: str, thread_ts: str | None = None, by_bot: bool | None = None
    ) -> list[Message]:
        """What stands in a channel (or one thread of it), oldest first; ephemeral messages too."""
        with self.lock:
            return [
                message
                for message in self.history
                if message.channel == channel
                and not message.deleted
                and (thread_ts is None or thread_ts in (message.ts, message.thread_ts))
                and by_bot in (None, message.by_bot)
            ]

    @property
    def mentions(self) -> list[Read]:
        """All that the bot's messages mention."""
        with self.lock:
            return [
                read
                for message in self.history
                if message.by_bot
                for read in message.reads
                if read.kind != "link"
            ]

    def wait_for(self, condition: Callable[[], object], timeout_s: float = 10.0) -> bool:
        """Whether a condition came true in time; it is looked at whenever something happens."""
        with self.changed:
            return self.changed.wait_for(lambda: bool(condition()), timeout_s)

    # For the server

    def add(self, message: Message) -> Message:
        with self.changed:
            self.history.append(message)
            self.by_ts[message.channel, message.ts] = message
            message.versions.append(message.shown)
            self.changed.notify_all()
        return message

    def next_ts(self) -> str:
        return f"{self._second}.{next(self._ids):06d}"

    def next_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):08d}"

    def trigger(self) -> str:
        trigger = self.next_id("trigger.")
        with self.lock:
            self.triggers[trigger] = time.monotonic()
        return trigger

    def response_url(self, channel: str, user: str, message: Message | None = None) -> str:
        key = self.next_id("R")
        with self.lock:
            self.responses[key] = {"channel": channel, "user": user, "message": message, "left": 5}
        return f"{self.url}/response/{key}"
