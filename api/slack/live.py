"""Shows an answer while it is being written: by Slack's streams, or by edits where there are none.

Most answers are whole at once and are posted whole; only one that lets people wait is shown as it
grows. Nothing here decides whether the answer arrives: what breaks is made good by `finish`.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from api.short_answers import LeadEvent, Leading, leading_of
from api.slack.abilities import Abilities
from api.slack.posting import STREAM_BEGINS, Post
from api.slack.rendering.answers import has_notes
from api.slack.rendering.messages import SlackMessage, progress_message
from api.slack.rendering.streaming import StreamText
from api.slack.web import Slack
from rag.errors import SlackBusy, SlackError, SlackRefused
from rag.questions import Lease
from rag.streaming import AnswerEvent, DeltaEvent
from rag.types import Answer

logger = logging.getLogger(__name__)

_LACKING = {
    "unknown_method",
    "missing_scope",
    "not_allowed_token_type",
    "method_deprecated",
    "feature_not_enabled",
    "channel_type_not_supported",
    "method_not_supported_for_channel_type",
}
"""What Slack says where a workspace, an app or a place has no streams."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How an answer is shown as it grows, in seconds.

    Attributes:
        begin_after_s: How long a person waits before the unfinished answer is shown.
        append_every_s: Least time between two additions to a stream.
        edit_every_s: Least time between two edits of a message.
    """

    begin_after_s: float = 1.0
    append_every_s: float = 0.6
    edit_every_s: float = 1.5


Mode = Literal["waiting", "streaming", "editing", "silent", "broken"]


@dataclass(slots=True)
class Live:
    """One answer on its way; used by one thread.

    Attributes:
        markdown: Whether the text may be Markdown, as a language model writes it.
        user_team: The workspace of who asked.
    """

    slack: Slack
    lease: Lease
    post: Post
    abilities: Abilities
    pace: Pace
    markdown: bool
    user_team: str
    now: Callable[[], float] = time.monotonic
    _mode: Mode = "waiting"
    _leading: Leading = field(default_factory=Leading)
    _short_answer: str | None = None
    _text: str = ""
    _pending: str = ""
    _piece: StreamText = field(init=False)
    _began_at: float = field(init=False)
    _shown_at: float = 0.0

    def __post_init__(self) -> None:
        self._piece = StreamText(markdown=self.markdown)
        self._began_at = self.now()
        if self.post.first_ts is not None:
            # A process that died had begun to show it: `finish` replaces what it left.
            self._mode = "silent"

    def take(self, event: AnswerEvent) -> None:
        """Takes what comes next of the answer."""
        for each in self._leading.take(event):
            if isinstance(each, LeadEvent):
                self._short_answer = each.text
                self._pending += self._piece.lead(each.text)
            elif isinstance(each, DeltaEvent):
                self._add(each.text)

    def _add(self, delta: str) -> None:
        self._text += delta
        self._pending += self._piece.add(delta)
        if self._mode == "waiting" and self.now() - self._began_at >= self.pace.begin_after_s:
            self._begin()
        elif self._mode == "streaming" and self._is_due(self.pace.append_every_s):
            self._append()
        elif self._mode == "editing" and self._is_due(self.pace.edit_every_s):
            self._edit()

    def finish(self, answer: Answer, render: Callable[[bool], tuple[SlackMessage, ...]]) -> None:
        """Makes the whole answer stand there.

        Args:
            answer: Whole.
            render: Its messages; told whether the text stands there already.

        Raises:
            SlackError, LeaseLost: As in `Post.put`.
        """
        is_streamed = self._mode == "streaming" and not self._piece.full and not has_notes(answer)
        # A stream shows what was said first; where that is not all of what is said, it is replaced.
        is_all = self._text == answer.text and self._short_answer == leading_of(answer)
        if is_streamed and is_all and self._stop(render(True)):
            self.post.put(render(True))
            return
        self.post.put(render(False))

    def _begin(self) -> None:
        if self.post.place.thread is None or not self.abilities.streams:
            self._edit()
            return
        self.lease.note(posted_ts=STREAM_BEGINS)
        try:
            begun = self.slack.post(
                self.slack.client.chat_startStream,
                channel=self.post.place.channel,
                thread_ts=self.post.place.thread,
                recipient_user_id=self.lease.question.asked.user,
                recipient_team_id=self.user_team,
                **self._taken(),
            )
        except (SlackRefused, SlackBusy) as exc:
            if isinstance(exc, SlackRefused) and exc.code in _LACKING:
                self.abilities.streams = False
            logger.info("no stream: %s", exc.message)
            self._edit()
        except SlackError as exc:
            logger.info("a stream that may have begun: %s", exc.message)
            self.post.forget()
            self._mode = "silent"
        else:
            self._mode, self._shown_at = "streaming", self.now()
            self.post.began(str(begun["ts"]))
            self.lease.note(posted_ts=str(begun["ts"]))

    def _append(self) -> None:
        if not self._pending:
            return
        try:
            self._stream(self.slack.client.chat_appendStream, **self._taken())
        except SlackBusy as exc:
            self._shown_at = self.now() + exc.after_s
            return
        except SlackError as exc:
            logger.info("a stream broke: %s", exc.message)
            self._mode = "broken"
        self._shown_at = self.now()

    def _stop(self, messages: tuple[SlackMessage, ...]) -> bool:
        """Ends the stream with what stands under the answer; False where that failed."""
        self._pending += self._piece.end()
        try:
            self._stream(
                self.slack.client.chat_stopStream,
                **self._taken(),
                blocks=list(messages[0].blocks),
                metadata=self.post.metadata(0, len(messages), final=True),
            )
        except SlackError as exc:
            logger.info("a stream was not ended: %s", exc.message)
            return False
        self.post.ended(len(messages))
        return True

    def _stream(self, method: Callable[..., Any], **arguments: Any) -> None:
        self.lease.check()
        place = self.post.place
        self.slack.call(method, channel=place.channel, ts=self.post.first_ts, **arguments)

    def _taken(self) -> dict[str, str]:
        """What waits to be shown, as an argument; Slack refuses an empty one."""
        taken, self._pending = self._pending, ""
        return {"markdown_text": taken} if taken else {}

    def _edit(self) -> None:
        self._mode = "editing"
        try:
            self.post.draft(
                progress_message(
                    self._text, markdown=self.markdown, short_answer=self._short_answer
                )
            )
        except SlackBusy as exc:
            self._shown_at = self.now() + exc.after_s
            return
        except SlackError as exc:
            logger.info("an unfinished answer is not shown: %s", exc.message)
            self._mode = "silent"
        self._shown_at = self.now()

    def _is_due(self, every_s: float) -> bool:
        return self.now() - self._shown_at >= every_s
