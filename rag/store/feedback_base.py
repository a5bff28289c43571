"""The contract of the store for feedback: what people thought of an answer."""

from dataclasses import dataclass
from typing import Literal, Protocol

from rag.types import Answer

Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one person, or one key, thought of one answer.

    Attributes:
        rater: Who gave it: a key's id, `slack:<team>:<user>`, or empty where nobody is known.
        created_at: ISO 8601 in UTC, as in `Conversation`.
        updated_at: When it was last changed; the same form.
    """

    answer_id: str
    rating: Rating
    comment: str | None
    created_at: str
    updated_at: str
    rater: str = ""

    @property
    def cursor(self) -> str:
        """What `FeedbackStore.list` takes as `after` for what follows this."""
        return f"{self.answer_id}/{self.rater}" if self.rater else self.answer_id


class FeedbackStore(Protocol):
    """Feedback by answer and rater: of each of both there is one at most, and the last one given
    counts. Safe to call from several threads.
    """

    def put(
        self, answer_id: str, rating: Rating, comment: str | None = None, *, rater: str = ""
    ) -> Feedback:
        """Keeps what somebody thinks of an answer, in place of what they thought before.

        Raises:
            UnknownAnswer: There is none with that id; nothing was kept.
        """
        ...

    def of_conversation(self, conversation_id: str, *, rater: str = "") -> dict[str, Feedback]:
        """What one rater thought of a conversation's answers, by answer id."""
        ...

    def list(
        self, *, limit: int = 100, after: str | None = None
    ) -> tuple[tuple[Feedback, Answer], ...]:
        """Everybody's feedback with its answers, the last given first.

        Args:
            limit: How many at most.
            after: The `cursor` of the last one of the page before.

        Raises:
            UnknownAnswer: Nothing is kept for the cursor in `after`.
        """
        ...

    def delete(self, answer_id: str, *, rater: str = "") -> None:
        """Removes what one rater thought of an answer; nothing happens where there is nothing."""
        ...
