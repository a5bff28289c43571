"""The contract of the store behind the Slack bot: questions that wait for their answer, threads
that are conversations, and how each channel is served.

A question is kept before Slack is told that it came, so that no crash loses it. It is known by the
id of its event and by its place (team, channel, timestamp), since Slack tells of one message under
several ids; whichever comes first counts. Whoever works on a question holds a lease; when that runs
out, another process may take the question. Of one thread the questions are taken in their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

QuestionKind = Literal["mention", "message", "command", "shortcut", "retry", "share", "greeting"]
QuestionState = Literal["queued", "answering", "posting", "answered", "failed"]
Outcome = Literal["answered", "failed"]


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question as it came from Slack.

    Attributes:
        event_id: Slack's id of the event, or one made of the interaction; never used twice.
        ts: Slack's timestamp of the message, which is its id in the channel; made up where there is
            no message.
        thread: Timestamp of the thread's first message; `ts` where it begins one.
        text: As Slack sent it, with its markup.
        payload: What else answering needs, as `response_url`.
    """

    event_id: str
    team: str
    channel: str
    ts: str
    thread: str
    user: str
    kind: QuestionKind
    text: str
    payload: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SlackQuestion:
    """A question that is kept.

    Attributes:
        attempts: How often it was taken, the present time among them.
        posted_ts: Timestamp of the first message of its answer, as soon as that is known.
        answer_id: Its answer, as soon as there is one.
        created_at: ISO 8601 in UTC, as in `Conversation`.
    """

    asked: NewQuestion
    state: QuestionState
    attempts: int
    posted_ts: str | None
    answer_id: str | None
    created_at: str


class SlackStore(Protocol):
    """Safe to call from several threads, and from several processes on one machine."""

    def add(self, question: NewQuestion) -> bool:
        """Keeps a question; False where its event or its place is known already."""
        ...

    def take(self, owner: str, lease_s: float) -> SlackQuestion | None:
        """The next question that nobody works on, now leased to `owner`.

        Channels take turns: the one whose last question was taken longest ago comes first. A
        question waits while an earlier one of its thread is open. None: there is nothing to do.
        """
        ...

    def renew(self, event_id: str, owner: str, lease_s: float) -> bool:
        """Makes a lease last from now; False where it is not held any more."""
        ...

    def note(
        self,
        event_id: str,
        owner: str,
        *,
        answer_id: str | None = None,
        posted_ts: str | None = None,
    ) -> bool:
        """Keeps what is known of an answer that is about to be posted, or was; what is not given
        stays. False where the lease is not held any more.
        """
        ...

    def release(self, event_id: str, owner: str, *, after_s: float) -> None:
        """Gives a question back, to be taken again after so many seconds."""
        ...

    def close(self, event_id: str, owner: str, outcome: Outcome) -> bool:
        """Ends the work on a question; False where the lease is not held any more."""
        ...

    def get(self, event_id: str) -> SlackQuestion | None:
        """A question by its event."""
        ...

    def asked_before(self, question: SlackQuestion, within_s: float) -> int:
        """How many questions the same person asked in so many seconds before this one, those that
        failed or were refused left out.
        """
        ...

    def open_questions(self) -> int:
        """How many questions wait for an answer, or are being answered."""
        ...

    def conversation_of(self, team: str, channel: str, thread: str) -> str | None:
        """The conversation that a thread is; None where it is none yet."""
        ...

    def takes_part(self, team: str, channel: str, thread: str) -> bool:
        """Whether a thread is a conversation, or a question of it waits to make it one."""
        ...

    def engage(self, team: str, channel: str, thread: str, conversation_id: str) -> None:
        """Makes a thread a conversation, another one than before where it was one."""
        ...

    def channel_config(self, team: str, channel: str) -> str | None:
        """How a channel is served, in the form that was put; None where nothing was."""
        ...

    def put_channel_config(self, team: str, channel: str, config: str | None, user: str) -> None:
        """Keeps how a channel is served and who said so; None forgets it."""
        ...

    def purge_older_than(self, days: int) -> int:
        """Removes questions that were closed, and threads that were last used, more than so many
        days ago; returns how many questions went.
        """
        ...
