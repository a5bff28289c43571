"""The contract of the store for feedback: what people thought of an answer."""

from dataclasses import dataclass
from typing import Literal, Protocol

from rag.types import Answer

Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What was thought of one answer.

    Attributes:
        created_at: ISO 8601 in UTC, as in `Conversation`.
        updated_at: When it was last changed; the same form.
    """

    answer_id: str
    rating: Rating
    comment: str | None
    created_at: str
    updated_at: str


class FeedbackStore(Protocol):
    """Feedback by answer: each has one at most, and the last one given counts. Safe to call from
    several threads.
    """

    def put(self, answer_id: str, rating: Rating, comment: str | None = None) -> Feedback:
        """Keeps feedback for an answer, in place of what was kept before.

        Raises:
            UnknownAnswer: There is none with that id; nothing was kept.
        """
        ...

    def of_conversation(self, conversation_id: str) -> dict[str, Feedback]:
        """The feedback for a conversation's answers, by answer id."""
        ...

    def list(
        self, *, limit: int = 100, after: str | None = None
    ) -> tuple[tuple[Feedback, Answer], ...]:
        """Feedback with its answers, the last given first.

        Args:
            limit: How many at most.
            after: Answer id of the last one of the page before.

        Raises:
            UnknownAnswer: Nothing is kept for the id in `after`.
        """
        ...

    def delete(self, answer_id: str) -> None:
        """Removes what is kept for an answer; nothing happens where there is nothing."""
        ...
