"""Deals with one question from Slack, from who may ask to the last message of its answer.

Whatever happens, one of three is done: an answer stands there, a sentence says why there is none,
or the question is tried again later.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from api.errors import chat_sentence
from api.slack.abilities import Abilities
from api.slack.channels import NOT_SERVED, ChannelConfig, Channels
from api.slack.context import Context
from api.slack.directory import Directory
from api.slack.help import GREETING, HELP
from api.slack.intake import HELP_WORD
from api.slack.live import Live, Pace
from api.slack.posting import Place, Post
from api.slack.rendering.messages import (
    Asked,
    Controls,
    Feedback,
    SlackMessage,
    answer_messages,
    failure_message,
    plain_message,
    shown_documents,
)
from api.slack.web import Slack
from api.slack.whispering import whisper
from api.slack.working import Working
from embeddings.errors import QuothError
from rag.errors import (
    SlackBusy,
    SlackError,
    SlackRefused,
    StoreError,
    UnknownAnswer,
    UnknownConversation,
)
from rag.questions import Lease, TryAgain
from rag.service import Service
from rag.settings import Settings
from rag.store.slack_base import NewQuestion, Outcome, SlackStore
from rag.streaming import AnswerEvent, CompleteEvent
from rag.types import Answer

logger = logging.getLogger(__name__)

MOST_TRIES = 4
"""Of an engine that says it may succeed later, before the person is told."""
MOST_TAKEN = 15
"""A question that was taken so often ends the process each time: it is not asked again."""
LONGEST_PAUSE_S = 300.0
GIVEN_UP_AFTER_S = 86_400.0
"""Nobody waits longer than a day for Slack to come back."""
LIMIT_S = 60.0

_PRIVATE = ("command", "shortcut")
_AWAY = {
    "channel_not_found",
    "is_archived",
    "not_in_channel",
    "restricted_action",
    "restricted_action_thread_locked",
    "restricted_action_read_only_channel",
}
_MAY_NOT_WRITE = (
    "I have an answer to your question, but may not write in that channel. "
    "Invite me there, or ask me here."
)
_NOT_TAKEN = "Slack did not take my answer to a question of yours; please ask it again."


@dataclass(frozen=True, slots=True)
class Answering:
    """What answering needs; safe to share between threads."""

    slack: Slack
    service: Service
    store: SlackStore
    settings: Settings
    channels: Channels
    directory: Directory
    context: Context
    abilities: Abilities
    pace: Pace
    retry_s: float = 0.5
    on_answer: Callable[[Answer], None] = lambda answer: None

    def __call__(self, lease: Lease) -> Outcome:
        """Deals with a question.

        Raises:
            TryAgain: It cannot be done now.
            LeaseLost: Another process does it.
        """
        try:
            try:
                return self._deal_with(lease)
            except SlackRefused as exc:
                return self._refused(lease, exc)
        except (SlackError, StoreError) as exc:
            if _age_s(lease) > GIVEN_UP_AFTER_S:
                logger.error("question %s is given up: %s", lease.event_id, exc.message)
                return "failed"
            pause_s = exc.after_s if isinstance(exc, SlackBusy) else _pause_s(lease)
            raise TryAgain(pause_s, exc.message) from exc

    def _deal_with(self, lease: Lease) -> Outcome:
        asked = lease.question.asked
        if asked.kind == "greeting":
            wants_help = self.directory.plain(asked.text).casefold() == HELP_WORD
            said = HELP if wants_help else GREETING
            return self._say(lease, (plain_message(said),))
        config = self.channels.of(asked.team, asked.channel)
        refusal = self._refusal(lease, config)
        if refusal is not None:
            whisper(self.slack, asked, (plain_message(refusal),))
            return "failed"
        if asked.kind == "share":
            return self._share(lease, config)
        is_whispered = config.answers == "ephemeral" and not _is_direct(asked)
        # What stands in no message has no thread to be answered in.
        if asked.kind in _PRIVATE or is_whispered:
            return self._answer_privately(lease, config)
        return self._answer_in_thread(lease, config)

    def _answer_in_thread(self, lease: Lease, config: ChannelConfig) -> Outcome:
        asked = lease.question.asked
        post = self._post(lease, Place(asked.channel, asked.thread))
        with Working(self.slack, asked, self.abilities):
            if post.is_done():
                return "answered"
            live = Live(
                self.slack,
                lease,
                post,
                self.abilities,
                self.pace,
                markdown=self.settings.llm_base_url is not None,
                user_team=asked.payload.get("user_team") or asked.team,
            )
            try:
                answer = self._answer(lease, config, live.take)
            except QuothError as exc:
                post.put((self._failure(lease, exc),))
                return "failed"

            def render(streamed: bool) -> tuple[SlackMessage, ...]:
                return self._rendered(answer, self._controls(lease), streamed=streamed)

            live.finish(answer, render)
        return "answered"

    def _answer_privately(self, lease: Lease, config: ChannelConfig) -> Outcome:
        asked = lease.question.asked
        question = self.directory.plain(asked.text) if asked.kind in _PRIVATE else None
        try:
            with Working(self.slack, asked, self.abilities):
                answer = self._answer(lease, config, lambda event: None)
        except QuothError as exc:
            whisper(self.slack, asked, (self._failure(lease, exc),))
            return "failed"
        controls = self._controls(lease, share=not _is_direct(asked))
        lease.check()
        heading = Asked(question) if question else None
        whisper(self.slack, asked, self._rendered(answer, controls, asked=heading))
        return "answered"

    def _share(self, lease: Lease, config: ChannelConfig) -> Outcome:
        """Shows an answer to the channel that one person saw; once, however often it is pressed."""
        asked = lease.question.asked
        thread = asked.payload.get("thread") or None
        post = self._post(lease, Place(asked.channel, thread))
        try:
            answer = self.service.conversations.answer(asked.text, config.access(asked.team))
        except (UnknownAnswer, UnknownConversation) as exc:
            whisper(self.slack, asked, (plain_message(chat_sentence(exc)),))
            return "failed"
        if not config.serves(shown_documents(answer), self.service.documents):
            whisper(self.slack, asked, (plain_message(NOT_SERVED),))
            return "failed"
        shown = answer_messages(
            answer,
            public_url=self.settings.public_url,
            controls=Controls(feedback=self._feedback()),
            asked=Asked(answer.question),
            shared_by=asked.user,
        )
        if not post.is_done():
            post.put(shown)
        if post.first_ts and answer.conversation_id:
            self.store.engage(
                asked.team, asked.channel, thread or post.first_ts, answer.conversation_id
            )
        return "answered"

    def _answer(
        self, lease: Lease, config: ChannelConfig, on_event: Callable[[AnswerEvent], None]
    ) -> Answer:
        """The answer, made now or by the process that had the question before.

        Raises:
            TryAgain: There is none now.
            QuothError: There will be none.
        """
        asked = lease.question.asked
        access = config.access(asked.team)
        try:
            question = self.directory.plain(asked.text)
            conversation, earlier = self.context.of(asked, access)
            answer = self.context.given(lease.question, question, conversation, access)
            if answer is None and lease.question.attempts <= MOST_TAKEN:
                for event in self.service.conversations.stream(
                    question,
                    conversation,
                    filters=config.conditions,
                    access=access,
                    earlier=earlier,
                ):
                    on_event(event)
                    if isinstance(event, CompleteEvent):
                        answer = event.answer
                        self.on_answer(answer)
        except SlackError:
            raise
        except QuothError as exc:
            if exc.retryable and lease.question.attempts < MOST_TRIES:
                raise TryAgain(_pause_s(lease), exc.message) from exc
            raise
        if answer is None:
            raise QuothError("The question was taken up too often.")
        lease.note(answer_id=answer.id)
        return answer

    def _refusal(self, lease: Lease, config: ChannelConfig) -> str | None:
        """Why somebody may not ask now, in a sentence for them."""
        asked = lease.question.asked
        if config.allowed and not any(
            member == asked.user
            or (member.startswith("S") and self.directory.is_in_group(asked.user, member))
            for member in config.allowed
        ):
            return "Sorry, you are not among those who may ask me in this channel."
        limit = self.settings.slack_per_user_per_minute
        is_counted = limit and asked.kind != "share"
        if is_counted and self.store.asked_before(lease.question, LIMIT_S) >= limit:
            return (
                f"You asked more than {limit} questions within a minute, so I left this one out. "
                "Please ask it again in a little while."
            )
        return None

    def _failure(self, lease: Lease, error: QuothError) -> SlackMessage:
        logger.error("question %s: %s %s", lease.event_id, error.message, error.hint)
        logger.debug("question %s failed so:", lease.event_id, exc_info=error)
        return failure_message(chat_sentence(error), lease.event_id, retry=lease.event_id)

    def _say(self, lease: Lease, messages: tuple[SlackMessage, ...]) -> Outcome:
        asked = lease.question.asked
        self._post(lease, Place(asked.channel, asked.thread)).put(messages)
        return "answered"

    def _refused(self, lease: Lease, refusal: SlackRefused) -> Outcome:
        """Slack lets nothing be said there: it is said to the person directly.

        Raises:
            SlackError: That may pass, or it is refused too.
        """
        asked = lease.question.asked
        logger.error("question %s: %s", lease.event_id, refusal.message)
        said = plain_message(_MAY_NOT_WRITE)
        if refusal.code not in _AWAY:
            if lease.question.attempts < MOST_TRIES:
                raise refusal
            said = failure_message(_NOT_TAKEN, lease.event_id)
        self.slack.post(self.slack.client.chat_postMessage, channel=asked.user, **said.arguments())
        return "failed"

    def _post(self, lease: Lease, place: Place) -> Post:
        return Post(self.slack, lease, place, self.abilities, retry_s=self.retry_s)

    def _controls(self, lease: Lease, *, share: bool = False) -> Controls:
        return Controls(feedback=self._feedback(), retry=lease.event_id, share=share)

    def _feedback(self) -> Feedback:
        return "native" if self.abilities.native_feedback else "buttons"

    def _rendered(
        self,
        answer: Answer,
        controls: Controls,
        *,
        asked: Asked | None = None,
        streamed: bool = False,
    ) -> tuple[SlackMessage, ...]:
        return answer_messages(
            answer,
            public_url=self.settings.public_url,
            controls=controls,
            asked=asked,
            streamed=streamed,
        )


def _is_direct(asked: NewQuestion) -> bool:
    return asked.channel.startswith("D")


def _age_s(lease: Lease) -> float:
    asked_at = datetime.fromisoformat(lease.question.created_at)
    return (datetime.now(UTC) - asked_at).total_seconds()


def _pause_s(lease: Lease) -> float:
    return min(2.0 ** (lease.question.attempts - 1), LONGEST_PAUSE_S)
