"""What pressing a button or sending a modal does, after Slack was told that it came.

Ratings go where those of the API go. Everything that is posted for others to see goes through the
queue of questions; what only the person sees is said at once.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.errors import chat_sentence
from api.passages import cited_passage
from api.slack.channels import NOT_SERVED, Channels
from api.slack.intake import made_up_ts
from api.slack.rendering import actions
from api.slack.rendering.actions import Pressed, Rating
from api.slack.rendering.messages import plain_message
from api.slack.rendering.modals import comment_modal, comment_of, notice_modal, passage_modal
from api.slack.web import Slack
from api.slack.whispering import whisper
from embeddings.errors import QuothError
from rag.errors import SlackError, UnknownAnswer
from rag.service import Service
from rag.settings import Settings
from rag.store.slack_base import NewQuestion, SlackStore

logger = logging.getLogger(__name__)

Said = Mapping[str, Any]

GONE: Final = "That answer is no longer kept. Please ask again."
THANKS: Final = "Thank you, that helps."


@dataclass(frozen=True, slots=True)
class Press:
    """One button that somebody pressed.

    Attributes:
        at: The message's timestamp.
        thread: Of the thread that the message stands in; None outside of any.
    """

    action_id: str
    value: str
    team: str
    channel: str
    user: str
    at: str
    thread: str | None
    trigger: str
    response_url: str

    @property
    def pressed(self) -> Pressed:
        """What the button is about."""
        return actions.pressed(self.action_id, self.value)

    @property
    def rater(self) -> str:
        """Who pressed it, as feedback names them."""
        return f"slack:{self.team}:{self.user}"

    def question(self, kind: str, text: str, event_id: str, thread: str) -> NewQuestion:
        """Something for the queue that stands in no message."""
        ts = made_up_ts()
        return NewQuestion(
            event_id=event_id,
            team=self.team,
            channel=self.channel,
            ts=ts,
            thread=thread or ts,
            user=self.user,
            kind=kind,  # type: ignore[arg-type]
            text=text,
            payload={"response_url": self.response_url, "thread": self.thread or ""},
        )


def press_of(body: Said) -> Press:
    """The button of a `block_actions` payload."""
    action, container = body["actions"][0], body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    team = (body.get("team") or {}).get("id") or body["user"].get("team_id") or ""
    return Press(
        action_id=str(action.get("action_id", "")),
        value=str(action.get("value") or (action.get("selected_option") or {}).get("value") or ""),
        team=str(team),
        channel=str(channel),
        user=str(body["user"]["id"]),
        at=str(container.get("message_ts") or ""),
        thread=container.get("thread_ts") or (body.get("message") or {}).get("thread_ts"),
        trigger=str(body.get("trigger_id") or ""),
        response_url=str(body.get("response_url") or ""),
    )


@dataclass(frozen=True, slots=True)
class Pressing:
    """What pressing needs; safe to share between threads."""

    slack: Slack
    service: Service
    store: SlackStore
    settings: Settings
    channels: Channels

    def queued(self, press: Press) -> NewQuestion | None:
        """What a button puts into the queue: "try again" and "share"; None for the others.

        Raises:
            UnknownAnswer: The question to try again is no longer kept.
            StoreError: It cannot be read.
        """
        if press.action_id == actions.SHARE:
            answer_id = press.pressed.answer_id
            place = f"{press.channel}:{press.thread or ''}"
            return press.question("share", answer_id, f"share:{place}:{answer_id}", "")
        if press.action_id != actions.RETRY:
            return None
        kept = self.store.get(press.value)
        if kept is None or kept.asked.channel != press.channel:
            raise UnknownAnswer(GONE)
        asked = kept.asked
        is_private = asked.kind in ("command", "shortcut")
        kind = asked.kind if is_private else "retry"
        event_id = f"retry:{press.trigger or made_up_ts()}"
        return press.question(kind, asked.text, event_id, "" if is_private else asked.thread)

    def act(self, press: Press) -> None:
        """Does what a button is for, and tells the person where that failed."""
        self._or_say(press, lambda: self._act(press))

    def commented(self, body: Said) -> None:
        """Keeps the comment of a modal that was sent."""
        view = body["view"]
        told = json.loads(view.get("private_metadata") or "{}")
        press = Press(
            actions.COMMENT_VIEW,
            told.get("answer_id", ""),
            team=told.get("team", ""),
            channel=told.get("channel", ""),
            user=str(body["user"]["id"]),
            at="",
            thread=told.get("thread"),
            trigger="",
            response_url=told.get("response_url", ""),
        )
        comment = comment_of(view)
        self._or_say(press, lambda: self._rate(press, press.value, "down", comment))

    def say(self, press: Press, sentence: str) -> None:
        """Tells who pressed, and nobody else; that it fails is logged."""
        asked = press.question("share", "", "", "")
        try:
            whisper(self.slack, asked, (plain_message(sentence),))
        except SlackError as exc:
            logger.warning("A person was not told: %s", exc.message)

    def _act(self, press: Press) -> None:
        meant = press.pressed
        if meant.rating == "up":
            self._rate(press, meant.answer_id, "up", None)
        elif meant.rating == "down":
            # The rating first: who writes quickly must not find the comment taken back by it.
            self._rate(press, meant.answer_id, "down", None, thank=False)
            self._open(press, lambda: comment_modal(_metadata(press, meant.answer_id)))
        elif meant.number is not None:
            number = meant.number
            self._open(press, lambda: self._passage(press, meant.answer_id, number))

    def _rate(
        self, press: Press, answer_id: str, rating: Rating, comment: str | None, thank: bool = True
    ) -> None:
        access = self.channels.of(press.team, press.channel).access(press.team)
        self.service.conversations.answer(answer_id, access)
        self.service.feedback.put(answer_id, rating, comment, rater=press.rater)
        if thank and press.action_id != actions.FEEDBACK:
            self.say(press, THANKS)

    def _open(self, press: Press, make: Callable[[], dict[str, object]]) -> None:
        self.slack.call(self.slack.client.views_open, trigger_id=press.trigger, view=make())

    def _passage(self, press: Press, answer_id: str, number: int) -> dict[str, object]:
        config = self.channels.of(press.team, press.channel)
        try:
            answer = self.service.conversations.answer(answer_id, config.access(press.team))
            citation = next(each for each in answer.citations if each.number == number)
        except (UnknownAnswer, StopIteration):
            return notice_modal("Passage", GONE)
        try:
            if not config.serves((citation.document.id,), self.service.documents):
                return notice_modal("Passage", NOT_SERVED)
            passage = cited_passage(answer, citation, self.service.documents)
        except QuothError as exc:
            return notice_modal("Passage", chat_sentence(exc))
        return passage_modal(citation, passage, public_url=self.settings.public_url)

    def _or_say(self, press: Press, do: Callable[[], None]) -> None:
        try:
            do()
        except UnknownAnswer:
            self.say(press, GONE)
        except QuothError as exc:
            logger.warning("A button failed: %s", exc.message)
            self.say(press, chat_sentence(exc))
        except Exception as exc:
            logger.exception("A button failed with a bug.")
            self.say(press, chat_sentence(exc))


def _metadata(press: Press, answer_id: str) -> str:
    told = {
        "answer_id": answer_id,
        "team": press.team,
        "channel": press.channel,
        "thread": press.thread,
        "response_url": press.response_url,
    }
    return json.dumps(told)
