"""Shows that a question is being worked on: the status of a thread, or 👀 on the question; where it
stands in no message, a sentence to who asked, if it takes long.
"""

import logging
import threading
from types import TracebackType
from typing import Self

from api.slack.abilities import Abilities
from api.slack.rendering.messages import THINKING, plain_message
from api.slack.web import Slack
from api.slack.whispering import whisper
from rag.errors import SlackError, SlackRefused
from rag.store.slack_base import NewQuestion

logger = logging.getLogger(__name__)

STATUS = "is looking through the documents …"
REACTION = "eyes"
PATIENCE_S = 1.5
_FOR_NOW = {"ratelimited", "already_reacted", "message_not_found", "thread_not_found"}


class Working:
    """A context: shown inside, gone after it. Whatever fails of it is no matter to the answer."""

    def __init__(self, slack: Slack, asked: NewQuestion, abilities: Abilities) -> None:
        self._slack = slack
        self._asked = asked
        self._abilities = abilities
        self._has_message = asked.kind in ("mention", "message")
        self._has_status = False
        self._thinking = threading.Timer(PATIENCE_S, self._say)
        self._thinking.daemon = True

    def __enter__(self) -> Self:
        if not self._has_message:
            self._thinking.start()
            return self
        self._has_status = self._abilities.status and self._set(STATUS)
        if not self._has_status:
            self._react(self._slack.client.reactions_add)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._has_message:
            self._thinking.cancel()
        elif not self._has_status:
            self._react(self._slack.client.reactions_remove)
        elif exc is not None:
            # A message takes the status away by itself; here none was posted.
            self._set("")

    def _say(self) -> None:
        try:
            whisper(self._slack, self._asked, (plain_message(THINKING),))
        except SlackError as exc:
            logger.debug("nothing said meanwhile: %s", exc.message)

    def _set(self, status: str) -> bool:
        try:
            self._slack.call(
                self._slack.client.assistant_threads_setStatus,
                channel_id=self._asked.channel,
                thread_ts=self._asked.thread,
                status=status,
            )
        except SlackRefused as exc:
            if exc.code not in _FOR_NOW:
                self._abilities.status = False
            return False
        except SlackError as exc:
            logger.debug("no status: %s", exc.message)
            return False
        return True

    def _react(self, method: "object") -> None:
        try:
            self._slack.call(
                method,  # type: ignore[arg-type]
                channel=self._asked.channel,
                timestamp=self._asked.ts,
                name=REACTION,
            )
        except SlackError as exc:
            logger.debug("no reaction: %s", exc.message)
