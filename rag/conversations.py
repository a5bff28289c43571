"""Asking within a conversation: earlier turns are handed over, and both new ones are kept.

Invariant: the turns of a conversation are pairs of a question and its answer, in the order in which
they were answered; of two questions asked at once the second is answered knowing the first. A
question that cannot be answered (see `Assistant.ask`) leaves no trace.
"""

import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from rag.errors import UnknownConversation
from rag.filters import FULL_ACCESS, NO_FILTERS, Access, Filters
from rag.store.conversations_base import Conversation, ConversationStore
from rag.types import Answer, Turn

if TYPE_CHECKING:
    from rag.assistant import Assistant

MOST_TURNS = 10
"""Questions and answers each count as one."""

DEFAULT_COLLECTION = "default"


class Conversations:
    """Conversations with an assistant; safe to share between threads.

    Args:
        assistant: What answers.
        store: Where turns and answers are kept.
        most_turns: How many of the newest turns an answer may draw on.
    """

    def __init__(
        self, assistant: "Assistant", store: ConversationStore, *, most_turns: int = MOST_TURNS
    ) -> None:
        self.assistant = assistant
        self.store = store
        self._most_turns = most_turns
        self._locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._finding_lock = threading.Lock()

    def ask(
        self,
        question: str,
        conversation_id: str | None = None,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
    ) -> Answer:
        """The answer, with the id of the conversation that it is kept in.

        Args:
            question: As in `Assistant.ask`.
            conversation_id: The conversation to go on with; None begins another one.
            k: As in `Assistant.ask`.
            filters: As in `Assistant.ask`.
            access: What the asker may see, conversations too.

        Raises:
            UnknownConversation: There is none with that id that the asker may see.
            QuestionInvalid, FilterInvalid, NothingIndexed, IndexMismatch: As in `Assistant.ask`.
        """
        if conversation_id is None:
            answer = self.assistant.ask(question, k=k, filters=filters, access=access)
            return self.store.begin(answer, _collection_for(access))
        with self._turn_of(conversation_id):
            conversation = self.get(conversation_id, access)
            answer = self.assistant.ask(
                question,
                k=k,
                filters=filters,
                access=access,
                history=self._history(conversation.id),
            )
            return self.store.append_turns(conversation.id, answer)

    def begin(self, access: Access = FULL_ACCESS) -> Conversation:
        """A conversation without a turn, which the asker may see."""
        return self.store.create(_collection_for(access))

    def get(self, conversation_id: str, access: Access = FULL_ACCESS) -> Conversation:
        """A conversation that the asker may see.

        Raises:
            UnknownConversation: There is none.
        """
        conversation = self.store.get(conversation_id)
        if access.collections is not None and conversation.collection not in access.collections:
            raise UnknownConversation(
                f"There is no conversation {conversation_id!r}.",
                hint="Begin another one without an id.",
            )
        return conversation

    def _history(self, conversation_id: str) -> tuple[Turn, ...]:
        kept = self.store.turns(conversation_id, last=self._most_turns)
        return tuple(Turn(turn.role, turn.text) for turn in kept)

    def _turn_of(self, conversation_id: str) -> threading.Lock:
        """The lock of a conversation, which is there as long as someone holds or awaits it."""
        with self._finding_lock:
            return self._locks.setdefault(conversation_id, threading.Lock())


def _collection_for(access: Access) -> str:
    if access.collections is None or DEFAULT_COLLECTION in access.collections:
        return DEFAULT_COLLECTION
    return access.collections[0] if access.collections else DEFAULT_COLLECTION
