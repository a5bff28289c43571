"""Asking within a conversation: earlier turns are handed over, and both new ones are kept.

Invariant: the turns of a conversation are pairs of a question and its answer, in the order in which
they were answered; of two questions asked at once the second is answered knowing the first. A
question that cannot be answered (see `Assistant.ask`) leaves no trace.
"""

import threading
from collections.abc import Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from rag.answering.staleness import rechecked
from rag.errors import UnknownConversation
from rag.filters import FULL_ACCESS, NO_FILTERS, NOBODY, Access, Filters
from rag.store.codecs import unknown_answer, unknown_conversation
from rag.store.conversations_base import Conversation, ConversationStore, KeptTurn
from rag.streaming import AnswerEvent, CompleteEvent, StatusEvent, answer_of
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
        earlier: Sequence[Turn] = (),
    ) -> Answer:
        """The answer, with the id of the conversation that it is kept in.

        Args:
            question: As in `Assistant.ask`.
            conversation_id: The conversation to go on with; None begins another one.
            k: As in `Assistant.ask`.
            filters: As in `Assistant.ask`.
            access: What the asker may see, conversations too.
            earlier: What was said before the conversation began, oldest first; it is not kept.

        Raises:
            UnknownConversation: There is none with that id that the asker may see.
            QuestionInvalid, FilterInvalid, NothingIndexed, IndexMismatch: As in `Assistant.ask`.
        """
        return answer_of(
            self.stream(
                question, conversation_id, k=k, filters=filters, access=access, earlier=earlier
            )
        )

    def stream(
        self,
        question: str,
        conversation_id: str | None = None,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        earlier: Sequence[Turn] = (),
    ) -> Iterator[AnswerEvent]:
        """The answer as it is made: see `rag.streaming`; arguments and errors as in `ask`. The turn
        is kept before the last event, whose answer names the conversation; a stream that is closed
        before keeps nothing.
        """
        yield StatusEvent("retrieving")
        ask = partial(self.assistant.stream, question, k=k, filters=filters, access=access)
        if conversation_id is None:
            answer = yield from _until_complete(ask(history=self._newest(earlier)))
            kept = self.store.begin(answer, _collection_for(access), access.owner or None)
        else:
            with self._turn_of(conversation_id):
                conversation = self.get(conversation_id, access)
                history = self._newest((*earlier, *self._history(conversation.id)))
                answer = yield from _until_complete(ask(history=history))
                kept = self.store.append_turns(conversation.id, answer)
        yield CompleteEvent(kept)

    def begin(self, access: Access = FULL_ACCESS) -> Conversation:
        """A conversation without a turn, which the asker may see."""
        return self.store.create(_collection_for(access), access.owner or None)

    def get(self, conversation_id: str, access: Access = FULL_ACCESS) -> Conversation:
        """A conversation that the asker may see.

        Raises:
            UnknownConversation: There is none.
        """
        conversation = self.store.get(conversation_id)
        is_seen = access.collections is None or conversation.collection in access.collections
        if not is_seen or access.owner not in (None, conversation.owner or NOBODY):
            raise unknown_conversation(conversation_id)
        return conversation

    def list(
        self, access: Access = FULL_ACCESS, *, limit: int = 50, after: str | None = None
    ) -> tuple[Conversation, ...]:
        """The conversations that the asker may see, the last used first.

        Args:
            access: What the asker may see.
            limit: How many at most.
            after: The id of the last one of the page before; None begins with the newest.

        Raises:
            UnknownConversation: There is none with the id in `after` that the asker may see.
        """
        if after is not None:
            self.get(after, access)
        return self.store.list(
            limit=limit, after=after, collections=access.collections, owner=access.owner
        )

    def answer(self, answer_id: str, access: Access = FULL_ACCESS) -> Answer:
        """An answer of a conversation that the asker may see, as it was given; `stale` says how its
        citations stand now.

        Raises:
            UnknownAnswer: There is none.
        """
        kept = self.store.answer(answer_id)
        try:
            self.get(kept.conversation_id or "", access)
        except UnknownConversation as exc:
            raise unknown_answer(answer_id) from exc
        return rechecked([kept], self.assistant.store)[0]

    def turns(
        self, conversation_id: str, access: Access = FULL_ACCESS
    ) -> tuple[tuple[KeptTurn, Answer | None], ...]:
        """A conversation's turns, oldest first, those of the assistant with their answers as in
        `answer`.

        Raises:
            UnknownConversation: There is none that the asker may see.
            UnknownAnswer: One of them is just being removed.
        """
        self.get(conversation_id, access)
        kept = self.store.turns(conversation_id)
        given = (self.store.answer(turn.answer_id) for turn in kept if turn.answer_id is not None)
        answers = {each.id: each for each in rechecked(given, self.assistant.store)}
        return tuple((turn, answers.get(turn.answer_id or "")) for turn in kept)

    def _history(self, conversation_id: str) -> tuple[Turn, ...]:
        kept = self.store.turns(conversation_id, last=self._most_turns)
        return tuple(Turn(turn.role, turn.text) for turn in kept)

    def _newest(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        return tuple(turns[-self._most_turns :])

    def _turn_of(self, conversation_id: str) -> threading.Lock:
        """The lock of a conversation, which is there as long as someone holds or awaits it."""
        with self._finding_lock:
            return self._locks.setdefault(conversation_id, threading.Lock())


def _until_complete(events: Iterator[AnswerEvent]) -> Generator[AnswerEvent, None, Answer]:
    """An assistant's events but for the first, which is told already, and the last: its answer."""
    for event in events:
        if isinstance(event, CompleteEvent):
            return event.answer
        if event != _RETRIEVING:
            yield event
    raise AssertionError("A stream ends in an answer.")


_RETRIEVING = StatusEvent("retrieving")


def _collection_for(access: Access) -> str:
    if access.collections is None or DEFAULT_COLLECTION in access.collections:
        return DEFAULT_COLLECTION
    return access.collections[0] if access.collections else DEFAULT_COLLECTION
