"""Whole Slack messages: an answer, that there is none, a failure, what is said meanwhile.

Every message is within Slack's limits, whatever the answer holds; an answer that does not fit one
message goes on in the next ones of its thread, and its buttons stand under the last.
"""

from dataclasses import dataclass
from typing import Literal

from rag.types import Answer

Block = dict[str, object]
Feedback = Literal["native", "buttons", "none"]
"""Slack's own feedback buttons (`context_actions`), plain buttons, or none at all."""

THINKING = "Looking through the documents …"


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """One message.

    Attributes:
        text: What a notification says; also shown where blocks cannot be. Escaped.
        blocks: At most 50.
    """

    text: str
    blocks: tuple[Block, ...]

    def arguments(self) -> dict[str, object]:
        """What a call that posts or updates is given besides where: text, blocks, no unfurling."""
        return {
            "text": self.text,
            "blocks": list(self.blocks),
            "unfurl_links": False,
            "unfurl_media": False,
            "parse": "none",
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what, said above an answer whose question stands nowhere else.

    Attributes:
        user: The id of a user, who is named (and so mentioned) on purpose; None says nobody.
    """

    question: str
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Controls:
    """What stands under an answer.

    Attributes:
        feedback: How it can be rated.
        retry: The value of the button "Try again"; None: there is no such button.
        share: Whether there is "Share with the channel", for answers that only the asker sees.
        passages: Whether each source has a button that shows its passage.
    """

    feedback: Feedback = "buttons"
    retry: str | None = None
    share: bool = False
    passages: bool = True


def answer_messages(
    answer: Answer,
    *,
    public_url: str | None,
    controls: Controls = Controls(),
    asked: Asked | None = None,
    shared_by: str | None = None,
    streamed: bool = False,
) -> tuple[SlackMessage, ...]:
    """An answer of any status as one or more messages, in order.

    Args:
        answer: With `not_found` the nearest passages are shown.
        public_url: Where people reach the server; sources are links then.
        controls: What stands under the last message.
        asked: Said above the answer (a slash command, a shortcut).
        shared_by: The user who showed it to the channel; named and so mentioned.
        streamed: The text stands there already: the first message has only what comes under it,
            for the `blocks` of `chat.stopStream`.
    """
    raise NotImplementedError


def progress_message(text: str) -> SlackMessage:
    """An unfinished answer for `chat.update` while it is written: what there is of its text, cut
    to one message, and that it is not done.
    """
    raise NotImplementedError


def plain_message(sentence: str, *, retry: str | None = None) -> SlackMessage:
    """One or more sentences of our own (busy, not allowed, help); any text, shown as it is."""
    raise NotImplementedError


def failure_message(sentence: str, request_id: str, *, retry: str | None = None) -> SlackMessage:
    """What went wrong in one sentence, and the id that an operator finds it by."""
    raise NotImplementedError
