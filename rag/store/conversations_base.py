"""The contract of the store for conversations: what was asked and answered, turn by turn.

Conversations live beside the documents and know nothing of them: no write of theirs raises the
documents' revision, so that no index looks for a change that is not there. A question and its
answer are kept in one transaction, so that turns come in pairs however many people write at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.types import Answer, Role


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without its turns.

    Attributes:
        collection: Whoever may not see it may not see the conversation.
        title: Its first question, shortened, unless it was renamed; None before the first.
        created_at: ISO 8601 in UTC, of a fixed width, as `2025-06-16T08:00:00.000000Z`.
        updated_at: When the last turns were added, in the same form.
        owner: The key that began it; None where nobody owns it.
    """

    id: str
    collection: str
    title: str | None
    created_at: str
    updated_at: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """One turn of a conversation as it is kept.

    Attributes:
        ordinal: Grows from turn to turn; a pair that was removed leaves a gap.
        answer_id: The answer that was given; None for a question.
        created_at: As in `Conversation`.
    """

    ordinal: int
    role: Role
    text: str
    answer_id: str | None
    created_at: str


class ConversationStore(Protocol):
    """Conversations, their turns and answers. Safe to call from several threads."""

    def create(self, collection: str = "default", owner: str | None = None) -> Conversation:
        """A new conversation with no turn and no title."""
        ...

    def get(self, conversation_id: str) -> Conversation:
        """
        Raises:
            UnknownConversation: There is none.
        """
        ...

    def list(
        self,
        *,
        limit: int = 50,
        after: str | None = None,
        collections: Sequence[str] | None = None,
        owner: str | None = None,
    ) -> tuple[Conversation, ...]:
        """Conversations, the last used first.

        Args:
            limit: How many at most.
            after: The id of the last one of the page before; None begins with the newest.
            collections: Those that may be seen; None means all.
            owner: Only those that this key began; empty: that nobody owns; None means all.

        Raises:
            UnknownConversation: There is none with the id in `after`.
        """
        ...

    def begin(
        self, answer: Answer, collection: str = "default", owner: str | None = None
    ) -> Answer:
        """Makes a conversation with its first question and answer, in one transaction.

        Returns:
            The answer as it is kept: with the conversation's id.
        """
        ...

    def append_turns(self, conversation_id: str, answer: Answer) -> Answer:
        """Adds a question and its answer, in one transaction, and gives a conversation without a
        title the question for one.

        Returns:
            The answer as it is kept: with the conversation's id.

        Raises:
            UnknownConversation: There is none (any more); nothing was kept.
        """
        ...

    def turns(self, conversation_id: str, *, last: int | None = None) -> tuple[KeptTurn, ...]:
        """A conversation's turns, oldest first.

        Args:
            conversation_id: Which.
            last: Only so many of the newest; None means all.

        Raises:
            UnknownConversation: There is none.
        """
        ...

    def answer(self, answer_id: str) -> Answer:
        """An answer as it was given: what it cites may have changed since.

        Raises:
            UnknownAnswer: There is none.
        """
        ...

    def delete_answer(self, answer_id: str) -> None:
        """Removes an answer with its question; a conversation that has no other goes with them, and
        a title that was made of that question is made of the next.

        Raises:
            UnknownAnswer: There is none.
        """
        ...

    def rename(self, conversation_id: str, title: str) -> Conversation:
        """Gives a conversation another title, which is kept as it is given.

        Raises:
            UnknownConversation: There is none.
        """
        ...

    def delete(self, conversation_id: str) -> None:
        """Removes a conversation with its turns and answers.

        Raises:
            UnknownConversation: There is none.
        """
        ...

    def purge_older_than(self, days: int) -> int:
        """Removes what was last used more than so many days ago; nothing is written where there is
        no such thing.

        Returns:
            How many conversations went.
        """
        ...
