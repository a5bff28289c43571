"""Bolt's listeners: each keeps or hands on what came, and only then tells Slack that it came.

Slack waits three seconds. What is kept within two is acknowledged; an event that is not is sent
again by Slack, and a person who typed or pressed something is told.
"""

import logging
import re
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.errors import chat_sentence
from api.slack.channels import Channels
from api.slack.configuring import Configuring
from api.slack.help import HELP
from api.slack.intake import (
    HELP_WORD,
    Around,
    question_of,
    question_of_command,
    question_of_shortcut,
    thread_of,
)
from api.slack.manifest import ASK_SHORTCUT, COMMAND
from api.slack.pressing import Pressing, press_of
from api.slack.rendering.actions import COMMENT_VIEW
from api.slack.rendering.messages import plain_message
from api.slack.web import Slack
from api.slack.whispering import whisper
from embeddings.errors import QuothError
from rag.errors import SlackError, StoreBusy
from rag.questions import Questions
from rag.store.slack_base import NewQuestion, SlackStore

if TYPE_CHECKING:
    from slack_bolt import Ack, App, BoltContext, BoltRequest, BoltResponse

logger = logging.getLogger(__name__)

KEPT_WITHIN_S = 2.0
LAST_RETRY = 3
"""Slack sends an event four times in all; this is the number of the last one."""
_UNSAID = "I could not take your question just now; please ask it again in a moment."


@dataclass(frozen=True, slots=True)
class Listeners:
    """What the listeners need; safe to share between threads.

    Attributes:
        keeping: Threads that keep questions, which nothing else may take up.
        acting: Threads for what comes after the acknowledgement.
    """

    slack: Slack
    store: SlackStore
    questions: Questions
    channels: Channels
    pressing: Pressing
    configuring: Configuring
    keeping: ThreadPoolExecutor
    acting: ThreadPoolExecutor

    def register(self, app: "App") -> None:
        """Tells bolt of them."""
        app.event("app_mention")(self.message)
        app.event("message")(self.message)
        app.event("assistant_thread_started")(self.pane_opened)
        app.event("app_home_opened")(self.home_opened)
        app.command(COMMAND)(self.command)
        app.shortcut(ASK_SHORTCUT)(self.shortcut)
        app.action(re.compile("^quoth_"))(self.button)
        app.view(COMMENT_VIEW)(self.comment)
        # Whatever else an app is subscribed to is acknowledged, or Slack would send it again.
        app.event(re.compile(""))(_nothing)
        app.error(_failed)

    def message(self, body: dict[str, Any], request: "BoltRequest") -> None:
        """A message, or a mention."""
        event = body["event"]
        channel, thread = thread_of(event)
        team = str(body.get("team_id") or "")
        around = Around(
            self.channels.of(team, channel),
            self.store.takes_part(team, channel, thread),
        )
        question = question_of(body, around, self.slack.identity)
        if question is None:
            return
        try:
            self._keep(question)
        except QuothError:
            if _retry_number(request) >= LAST_RETRY:
                self.acting.submit(self._whisper, question, _UNSAID)
            raise

    def command(self, ack: "Ack", body: dict[str, Any]) -> None:
        """`/quoth …`."""
        text = str(body.get("text") or "").strip()
        word, _, rest = text.partition(" ")
        if not text or text.casefold() == HELP_WORD:
            ack(text=HELP)
            return
        question = question_of_command(body)
        if word.casefold() == "config":
            ack()
            self.acting.submit(self._configure, question, rest.strip())
            return
        try:
            self._keep(question)
        except QuothError as exc:
            ack(text=chat_sentence(exc))
            return
        ack()

    def shortcut(self, ack: "Ack", body: dict[str, Any]) -> None:
        """The menu entry “Ask Quoth about this”."""
        question = question_of_shortcut(body)
        try:
            self._keep(question)
        except QuothError as exc:
            self.acting.submit(self._whisper, question, chat_sentence(exc))
        ack()

    def button(self, ack: "Ack", body: dict[str, Any]) -> None:
        """A button."""
        press = press_of(body)
        try:
            question = self.pressing.queued(press)
            if question is not None:
                self._keep(question)
            else:
                self.acting.submit(self.pressing.act, press)
        except QuothError as exc:
            self.acting.submit(self.pressing.say, press, chat_sentence(exc))
        ack()

    def comment(self, ack: "Ack", body: dict[str, Any]) -> None:
        """The modal with what was wrong."""
        self.acting.submit(self.pressing.commented, body)
        ack()

    def pane_opened(self, body: dict[str, Any]) -> None:
        """A thread of the legacy assistant pane: a greeting, and questions to begin with."""
        thread = body["event"]["assistant_thread"]
        ts = str(thread["thread_ts"])
        channel, user = str(thread["channel_id"]), str(thread.get("user_id") or "")
        team = str(body.get("team_id") or self.slack.identity.team)
        greeting = NewQuestion(
            f"pane:{channel}:{ts}", team, channel, f"pane:{ts}", ts, user, "greeting", ""
        )
        self._keep(greeting)
        self.acting.submit(self._propose, channel, ts)

    def home_opened(self, body: dict[str, Any]) -> None:
        """The agent view: questions to begin with."""
        event = body["event"]
        if event.get("tab") == "messages":
            self.acting.submit(self._propose, str(event.get("channel") or ""), None)

    def _keep(self, question: NewQuestion) -> None:
        """Keeps a question, in time or not at all as far as Slack is told.

        Raises:
            StoreError: It was not kept, or may be kept later.
        """
        kept: Future[bool] = self.keeping.submit(self.questions.add, question)
        try:
            kept.result(KEPT_WITHIN_S)
        except FutureTimeout as exc:
            raise StoreBusy("The question was not kept within two seconds.") from exc

    def _configure(self, question: NewQuestion, text: str) -> None:
        try:
            said = self.configuring(question.team, question.channel, question.user, text)
        except QuothError as exc:
            said = chat_sentence(exc)
        except Exception as exc:
            logger.exception("A command failed with a bug.")
            said = chat_sentence(exc)
        self._whisper(question, said)

    def _whisper(self, question: NewQuestion, sentence: str) -> None:
        try:
            whisper(self.slack, question, (plain_message(sentence),))
        except SlackError as exc:
            logger.warning("A person was not told: %s", exc.message)

    def _propose(self, channel: str, thread: str | None) -> None:
        prompts = self.channels.file.prompts
        if not prompts or not channel:
            return
        try:
            self.slack.call(
                self.slack.client.assistant_threads_setSuggestedPrompts,
                channel_id=channel,
                prompts=[{"title": each[:75], "message": each} for each in prompts],
                **({"thread_ts": thread} if thread else {}),
            )
        except SlackError as exc:
            logger.info("no prompts: %s", exc.message)


def _nothing() -> None:
    """What is told and needs no answer."""


def _retry_number(request: "BoltRequest") -> int:
    given = request.headers.get("x-slack-retry-num") or ["0"]
    return int(given[0]) if str(given[0]).isdecimal() else 0


def _failed(error: Exception, context: "BoltContext") -> "BoltResponse":
    """Not acknowledged, so that Slack sends it again."""
    from slack_bolt import BoltResponse

    if isinstance(error, QuothError):
        logger.warning("An event was not taken: %s", error.message)
    else:
        logger.error("An event failed with a bug.", exc_info=error)
    return BoltResponse(status=503)
