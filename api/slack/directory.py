"""Who and what the ids of a workspace name, asked of Slack once in a while."""

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from api.slack.web import Slack
from rag.errors import SlackError

logger = logging.getLogger(__name__)

KEPT_S = 600.0
_KEPT_AT_MOST = 10_000
_REFERENCE = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")


class Directory:
    """Users, channels and groups of a workspace; safe to share between threads.

    Args:
        slack: Whom to ask.
        kept_s: For how long an answer is good.
    """

    def __init__(self, slack: Slack, *, kept_s: float = KEPT_S) -> None:
        self._slack = slack
        self._kept_s = kept_s
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[float, Any]] = {}

    def plain(self, text: str) -> str:
        """What a person sees of a message's text: names in place of ids, no markup of Slack's, and
        without the bot's own mention.
        """
        shown = _REFERENCE.sub(self._shown, text)
        for escaped, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            shown = shown.replace(escaped, sign)
        return re.sub(" {2,}", " ", shown).strip()

    def is_admin(self, user: str) -> bool:
        """Whether a user may configure the workspace; False where that cannot be found out."""
        about = self._user(user)
        return any(about.get(key) for key in ("is_admin", "is_owner", "is_primary_owner"))

    def is_in_group(self, user: str, group: str) -> bool:
        """Whether a user belongs to a user group; False where that cannot be found out."""
        members = self._once(
            "group",
            group,
            lambda: self._slack.call(self._slack.client.usergroups_users_list, usergroup=group)[
                "users"
            ],
        )
        return user in (members or ())

    def _user(self, user: str) -> Mapping[str, Any]:
        found = self._once(
            "user", user, lambda: self._slack.call(self._slack.client.users_info, user=user)["user"]
        )
        return found or {}

    def _user_name(self, user: str) -> str:
        about = self._user(user)
        profile = about.get("profile") or {}
        names = (profile.get("display_name"), about.get("real_name"), about.get("name"))
        return next((str(name) for name in names if name), user)

    def _channel_name(self, channel: str) -> str:
        found = self._once(
            "channel",
            channel,
            lambda: self._slack.call(self._slack.client.conversations_info, channel=channel)[
                "channel"
            ],
        )
        return str((found or {}).get("name") or channel)

    def _shown(self, reference: re.Match[str]) -> str:
        kind, target, label = reference.groups()
        if kind == "@":
            if target == self._slack.identity.user:
                return ""
            return f"@{label or self._user_name(target)}"
        if kind == "#":
            return f"#{label or self._channel_name(target)}"
        if kind == "!":
            return label or f"@{target.partition('^')[0]}"
        return label or target.removeprefix("mailto:")

    def _once(self, kind: str, key: str, ask: Callable[[], Any]) -> Any:
        now = time.monotonic()
        with self._lock:
            until, value = self._kept.get((kind, key), (0.0, None))
        if until > now:
            return value
        try:
            value = ask()
        except SlackError as exc:
            logger.info("%s %s is not known: %s", kind, key, exc.message)
            # What was known before is better than nothing; it is asked for again soon.
            until = now + min(self._kept_s, 30.0)
        else:
            until = now + self._kept_s
        with self._lock:
            if len(self._kept) >= _KEPT_AT_MOST:
                self._kept.clear()
            self._kept[kind, key] = (until, value)
        return value
