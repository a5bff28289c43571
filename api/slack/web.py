"""Slack's Web API as the bot calls it: as often as Slack allows, and with its errors as ours.

The SDK's own retries are off: whether a message may be posted again is known in `api.slack.posting`
alone.
"""

import http.client
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rag.errors import SlackBusy, SlackError, SlackRefused, SlackUnclear

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError
    from slack_sdk.web import SlackResponse

logger = logging.getLogger(__name__)

POSTS_EVERY_S = 1.0
"""Slack lets an app post once a second into a channel."""
_BY_CHANNEL = {"chat_postMessage"}
_LONGEST_WAIT_S = 2.5
_PAGE = 200
_OWN_FAILURES = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_TOO_OFTEN = {"ratelimited", "rate_limited", "message_limit_exceeded"}
_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is: the workspace's id, its user there, and its id as a bot."""

    team: str
    user: str
    bot: str


class Slack:
    """Calls Slack; safe to share between threads.

    Args:
        client: Of the SDK, without retries.
        posts_every_s: Least time between two posts into one channel.
    """

    def __init__(self, client: "WebClient", *, posts_every_s: float = POSTS_EVERY_S) -> None:
        self.client = client
        self._posts_every_s = posts_every_s
        self._lock = threading.Lock()
        self._next_post: dict[str, float] = {}
        self._not_before: dict[tuple[str, str], float] = {}

    @cached_property
    def identity(self) -> Identity:
        """Asked of Slack the first time.

        Raises:
            SlackError: Slack does not say.
        """
        told = self.call(self.client.auth_test)
        return Identity(str(told["team_id"]), str(told["user_id"]), str(told.get("bot_id") or ""))

    def call(self, method: "Callable[..., SlackResponse]", **arguments: Any) -> Mapping[str, Any]:
        """What Slack answers; arguments as the SDK's method takes them.

        Raises:
            SlackRefused: Slack said no.
            SlackBusy: It was asked too often, or was so lately and the time is not over.
            SlackUnclear: It cannot be known whether it was done.
        """
        # Slack counts posts by channel, and every other method in the whole workspace.
        place = str(arguments["channel"]) if method.__name__ in _BY_CHANNEL else ""
        key = (method.__name__, place)
        wait_s = self._not_before.get(key, 0.0) - time.monotonic()
        if wait_s > 0:
            raise _busy(key[0], wait_s)
        try:
            return _translated(method, arguments)
        except SlackBusy as busy:
            self._not_before[key] = time.monotonic() + busy.after_s
            raise

    def post(self, method: "Callable[..., SlackResponse]", **arguments: Any) -> Mapping[str, Any]:
        """As `call`, for what makes a message: waits a little until the channel's turn has come;
        where that takes longer, SlackBusy says so, so that other channels are served meanwhile.
        """
        channel = str(arguments["channel"])
        with self._lock:
            now = time.monotonic()
            due = max(now, self._next_post.get(channel, 0.0))
            if due - now > _LONGEST_WAIT_S:
                raise _busy(method.__name__, due - now)
            self._next_post[channel] = due + self._posts_every_s
            if len(self._next_post) > 10_000:
                self._next_post = {c: at for c, at in self._next_post.items() if at > now}
        time.sleep(max(0.0, due - now))
        return self.call(method, **arguments)

    def messages(
        self, channel: str, thread: str | None, *, oldest: str, latest: str | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The messages of a thread, oldest first; of a channel itself without one, newest first.

        Args:
            channel: Which.
            thread: Timestamp of the thread's first message.
            oldest: Timestamp before which nothing is wanted.
            latest: Timestamp after which nothing is wanted.
        """
        read: Callable[..., SlackResponse] = self.client.conversations_history
        where: dict[str, Any] = {"channel": channel, "oldest": oldest, "inclusive": True}
        if thread is not None:
            read = self.client.conversations_replies
            where["ts"] = thread
        if latest is not None:
            where["latest"] = latest
        cursor = ""
        while True:
            page = self.call(
                read,
                **where,
                **({"cursor": cursor} if cursor else {}),
                limit=_PAGE,
                include_all_metadata=True,
            )
            yield from page.get("messages", ())
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


def _translated(
    method: "Callable[..., SlackResponse]", arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    from slack_sdk.errors import SlackApiError, SlackClientError

    name = method.__name__
    try:
        data = method(**arguments).data
    except SlackApiError as exc:
        raise _error_of(name, exc) from exc
    except (SlackClientError, OSError, http.client.HTTPException, ValueError) as exc:
        raise SlackUnclear(
            f"Slack's {name} gave no answer: {exc}.",
            hint="Check the network between this machine and Slack.",
        ) from exc
    if not isinstance(data, dict):
        raise SlackUnclear(f"Slack's {name} answered with something unreadable.")
    return data


def _error_of(name: str, exc: "SlackApiError") -> SlackError:
    response = exc.response
    code = str(response.get("error") or "") if isinstance(response.data, dict) else ""
    if response.status_code == 429 or code in _TOO_OFTEN:
        headers = {key.lower(): value for key, value in response.headers.items()}
        return _busy(name, _seconds(headers.get("retry-after")))
    if response.status_code >= 500 or code in _OWN_FAILURES:
        return SlackUnclear(f"Slack's {name} failed with status {response.status_code}.")
    hint = "Check the scopes and whether the app is installed and in the channel."
    if code in _TOKEN:
        hint = "Set QUOTH_SLACK_BOT_TOKEN (xoxb-…) and QUOTH_SLACK_APP_TOKEN (xapp-…) to good ones."
    elif code == "missing_scope":
        hint = f"Give the app the scope {response.get('needed')!r} and install it again."
    return SlackRefused(f"Slack's {name} said {code[:80]!r}.", hint=hint, code=code)


def _busy(name: str, after_s: float) -> SlackBusy:
    return SlackBusy(
        f"Slack wants {name} to wait for {after_s:.0f} seconds.",
        hint="It is tried again by itself.",
        after_s=after_s,
    )


def _seconds(header: object) -> float:
    try:
        return min(max(float(str(header)), 0.1), 3600.0)
    except ValueError:
        return 1.0
