"""The messages of one answer, each in Slack once whatever breaks.

Slack has no key by which it would know a message that is posted again. So every message carries the
question's event in its metadata, and before a message is posted that may stand there already (after
a crash, or a call whose end nobody knows) it is looked for. Changing a message can be repeated.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.slack.abilities import Abilities
from api.slack.rendering.messages import SlackMessage
from api.slack.web import Slack
from rag.errors import SlackRefused, SlackUnclear
from rag.questions import Lease

logger = logging.getLogger(__name__)

EVENT_TYPE = "quoth_answer"
STREAM_BEGINS = "?"
"""Noted in place of a timestamp while a stream is begun, whose first message has no metadata."""
FEEDBACK_BLOCK = "context_actions"
"""The block of Slack's own feedback buttons, which is younger than all others."""
_TRIES = 4
_CLOCKS_APART_S = 600
BAD_BLOCKS = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
}
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
_NOTHING_THERE = {"thread_not_found", "message_not_found", "channel_not_found", "not_in_channel"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands.

    Attributes:
        thread: Timestamp of the thread's first message; None posts into the channel itself.
    """

    channel: str
    thread: str | None


@dataclass(frozen=True, slots=True)
class _Part:
    ts: str
    of: int
    final: bool


class Post:
    """What stands in Slack of the answer to one question; used by one thread.

    Args:
        slack: Where.
        lease: The question.
        place: Where there.
        abilities: What the workspace lacks; told of more of it.
        retry_s: The first pause after a call whose end is not known; each other is twice as long.
    """

    def __init__(
        self,
        slack: Slack,
        lease: Lease,
        place: Place,
        abilities: Abilities,
        *,
        retry_s: float = 0.5,
    ) -> None:
        self.place = place
        self._slack = slack
        self._lease = lease
        self._abilities = abilities
        self._retry_s = retry_s
        self._parts: dict[int, _Part] = {}
        self._is_known = lease.question.attempts <= 1

    @property
    def first_ts(self) -> str | None:
        """Of the first message, as soon as it is there."""
        return self._parts[0].ts if 0 in self._parts else None

    def is_done(self) -> bool:
        """Whether all of it stands there."""
        self._look()
        first = self._parts.get(0)
        return first is not None and all(
            number in self._parts and self._parts[number].final for number in range(first.of)
        )

    def put(self, messages: tuple[SlackMessage, ...]) -> None:
        """Makes these messages stand there: posts, finishes or replaces.

        Raises:
            SlackError: It could not be done; what was done is found the next time.
            LeaseLost: Another process does it.
        """
        self._look()
        try:
            self._put(messages)
        except SlackRefused as exc:
            if exc.code not in BAD_BLOCKS or not any(message.blocks for message in messages):
                raise
            # Never fewer than there were, so that none of them stays behind.
            plain = tuple(each for message in messages for each in message.plain())
            self._put(plain, anew=True)

    def _put(self, messages: tuple[SlackMessage, ...], *, anew: bool = False) -> None:
        for number, message in enumerate(messages):
            there = self._parts.get(number)
            if not anew and there is not None and there.final and there.of == len(messages):
                continue
            part = _Part(there.ts if there else "", len(messages), final=True)
            if there is None or not self._replace(message, number, part):
                self._post(message, number, part)

    def draft(self, message: SlackMessage) -> None:
        """Posts a first message that will be replaced, or replaces it; errors as in `put`."""
        self._look()
        try:
            self._draft(message)
        except SlackRefused as exc:
            if exc.code not in BAD_BLOCKS or not message.blocks:
                raise
            self._draft(message.plain()[0])

    def _draft(self, message: SlackMessage) -> None:
        part = _Part(self.first_ts or "", 1, final=False)
        if not part.ts or not self._replace(message, 0, part):
            self._post(message, 0, part)

    def began(self, ts: str) -> None:
        """The first message is there, by other means and without metadata."""
        self._parts[0] = _Part(ts, 1, final=False)

    def ended(self, of: int) -> None:
        """That message is whole and has its metadata; so many messages there are in all."""
        self._parts[0] = _Part(self._parts[0].ts, of, final=True)

    def metadata(self, number: int, of: int, *, final: bool) -> dict[str, Any]:
        """What a message carries."""
        payload = {"event_id": self._lease.event_id, "part": number, "of": of, "final": final}
        return {"event_type": EVENT_TYPE, "event_payload": payload}

    def forget(self) -> None:
        """What stands there is not known any more, and is looked for before the next message."""
        self._is_known = False

    def _post(self, message: SlackMessage, number: int, part: _Part) -> None:
        arguments = message.arguments()
        for tried in range(_TRIES):
            self._lease.check()
            try:
                posted = self._slack.post(
                    self._slack.client.chat_postMessage,
                    channel=self.place.channel,
                    **({"thread_ts": self.place.thread} if self.place.thread else {}),
                    metadata=self.metadata(number, part.of, final=part.final),
                    **arguments,
                )
            except SlackUnclear as exc:
                logger.info("posting %s: %s", self._lease.event_id, exc.message)
                time.sleep(self._retry_s * 2**tried)
                self.forget()
                self._look()
                if number in self._parts:
                    return
                if tried == _TRIES - 1:
                    raise
            except SlackRefused as exc:
                arguments = self._simpler(arguments, exc)
            else:
                self._parts[number] = _Part(str(posted["ts"]), part.of, part.final)
                if number == 0:
                    self._lease.note(posted_ts=str(posted["ts"]))
                return

    def _replace(self, message: SlackMessage, number: int, part: _Part) -> bool:
        """False where the message is gone, so that it has to be posted anew."""
        arguments = message.arguments()
        for tried in range(_TRIES):
            self._lease.check()
            try:
                self._slack.call(
                    self._slack.client.chat_update,
                    channel=self.place.channel,
                    ts=part.ts,
                    metadata=self.metadata(number, part.of, final=part.final),
                    **arguments,
                )
            except SlackUnclear:
                if tried == _TRIES - 1:
                    raise
                time.sleep(self._retry_s * 2**tried)
            except SlackRefused as exc:
                if exc.code in _GONE:
                    del self._parts[number]
                    return False
                if "stream" in exc.code and tried == 0:
                    self._end_stream(part.ts)
                else:
                    arguments = self._simpler(arguments, exc)
            else:
                self._parts[number] = part
                return True
        return False

    def _simpler(self, arguments: dict[str, Any], refusal: SlackRefused) -> dict[str, Any]:
        """What to say instead of what Slack refused to show.

        Raises:
            SlackRefused: It refused for another reason, or would refuse any blocks.
        """
        if refusal.code not in BAD_BLOCKS:
            raise refusal
        logger.error("question %s: %s", self._lease.event_id, refusal.message)
        simpler = simplified(arguments)
        if simpler is None:
            raise refusal
        self._abilities.native_feedback = False
        return simpler

    def _end_stream(self, ts: str) -> None:
        """Ends a stream that a process left behind; that it has ended already is as well."""
        try:
            self._slack.call(self._slack.client.chat_stopStream, channel=self.place.channel, ts=ts)
        except SlackRefused as exc:
            logger.info("ending a stream: %s", exc.message)

    def _look(self) -> None:
        if self._is_known:
            return
        question = self._lease.question
        noted = question.posted_ts
        asked_at = _epoch(question.created_at)
        oldest = f"{asked_at - _CLOCKS_APART_S:.6f}"
        try:
            for message in self._slack.messages(
                self.place.channel, self.place.thread, oldest=oldest
            ):
                self._see(message, is_stream_begun=noted == STREAM_BEGINS)
        except SlackRefused as exc:
            if exc.code not in _NOTHING_THERE:
                raise
        if noted not in (None, STREAM_BEGINS) and 0 not in self._parts:
            self.began(str(noted))
        self._is_known = True

    def _see(self, message: Mapping[str, Any], *, is_stream_begun: bool) -> None:
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        ts = str(message.get("ts", ""))
        if metadata.get("event_type") == EVENT_TYPE:
            if payload.get("event_id") == self._lease.event_id:
                number, of = int(payload.get("part", 0)), int(payload.get("of", 1))
                self._parts[number] = _Part(ts, of, bool(payload.get("final")))
            return
        # Of one thread one question is answered at a time: a message of ours that says of no
        # question that it answers it is the stream that was begun for this one.
        is_later = ts > self._lease.question.asked.ts
        if is_stream_begun and not metadata and is_later and self._is_own(message):
            self._parts.setdefault(0, _Part(ts, 1, final=False))

    def _is_own(self, message: Mapping[str, Any]) -> bool:
        identity = self._slack.identity
        if message.get("user") == identity.user:
            return True
        return bool(identity.bot) and message.get("bot_id") == identity.bot


def simplified(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """A message whose blocks were refused, without the youngest kind of block; None where it has
    none of that.
    """
    blocks = [each for each in arguments["blocks"] if each["type"] != FEEDBACK_BLOCK]
    return {**arguments, "blocks": blocks} if len(blocks) < len(arguments["blocks"]) else None


def _epoch(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
