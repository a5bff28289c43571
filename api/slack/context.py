"""What a question in Slack goes on from: the conversation that its thread is, and what people said
in the thread before the bot joined it.
"""

import logging
import threading
from collections import OrderedDict

from api.slack.directory import Directory
from api.slack.intake import is_by_a_person, stands_in_a_message
from api.slack.web import Slack
from rag.conversations import MOST_TURNS, Conversations
from rag.errors import SlackBusy, SlackError, UnknownAnswer, UnknownConversation
from rag.filters import Access
from rag.store.slack_base import NewQuestion, SlackQuestion, SlackStore
from rag.types import Answer, Turn

logger = logging.getLogger(__name__)

MOST_READ = 1_000
"""Messages of a thread that are looked through, at most; the newest of them count."""
_LONGEST_TURN = 2_000
_KEPT_THREADS = 1_000

Place = tuple[str, str]


class Context:
    """Conversations of threads; safe to share between threads."""

    def __init__(
        self, slack: Slack, store: SlackStore, conversations: Conversations, directory: Directory
    ) -> None:
        self._slack = slack
        self._store = store
        self._conversations = conversations
        self._directory = directory
        self._lock = threading.Lock()
        self._earlier: OrderedDict[Place, tuple[Turn, ...]] = OrderedDict()

    def of(self, asked: NewQuestion, access: Access) -> tuple[str, tuple[Turn, ...]]:
        """The id of the conversation that a question belongs to, begun where there is none, and
        what was said in its thread before.

        Raises:
            StoreError: It cannot be read or begun.
            SlackBusy: Slack does not let the thread be read yet.
        """
        conversation = self._store.conversation_of(asked.team, asked.channel, asked.thread)
        if conversation is not None:
            try:
                self._conversations.get(conversation, access)
            except UnknownConversation:
                # Forgotten after its time, or of documents that this channel does not see any more.
                conversation = None
        if conversation is None:
            conversation = self._conversations.begin(access).id
        # Also says that the thread is still in use, so that it is kept.
        self._store.engage(asked.team, asked.channel, asked.thread, conversation)
        return conversation, self._said_before(asked)

    def given(
        self, question: SlackQuestion, text: str, conversation: str, access: Access
    ) -> Answer | None:
        """The answer that was made for a question before a process died; None where none was."""
        if question.attempts <= 1:
            return None
        if question.answer_id is not None:
            try:
                return self._conversations.answer(question.answer_id, access)
            except UnknownAnswer:
                return None
        turns = self._conversations.turns(conversation, access)[-2:]
        if len(turns) == 2 and turns[0][0].text == text.strip():
            kept, answer = turns[1]
            # The thread's questions are answered one by one: a later turn is of this one.
            if kept.created_at >= question.created_at:
                return answer
        return None

    def _said_before(self, asked: NewQuestion) -> tuple[Turn, ...]:
        """What people wrote before the bot's first message; that never changes, so it is kept."""
        if asked.thread == asked.ts or asked.kind in ("command", "shortcut"):
            return ()
        place = (asked.channel, asked.thread)
        with self._lock:
            if place in self._earlier:
                self._earlier.move_to_end(place)
                return self._earlier[place]
        try:
            turns = self._read(asked)
        except SlackBusy:
            raise
        except SlackError as exc:
            logger.warning("A thread's earlier messages are not known: %s", exc.message)
            return ()
        with self._lock:
            self._earlier[place] = turns
            while len(self._earlier) > _KEPT_THREADS:
                self._earlier.popitem(last=False)
        return turns

    def _read(self, asked: NewQuestion) -> tuple[Turn, ...]:
        identity = self._slack.identity
        said: list[str] = []
        # "Try again" stands in no message; Slack knows no such time.
        latest = asked.ts if stands_in_a_message(asked.ts) else None
        messages = self._slack.messages(
            asked.channel, asked.thread, oldest=asked.thread, latest=latest
        )
        for number, message in enumerate(messages):
            by_bot = identity.bot and message.get("bot_id") == identity.bot
            if number >= MOST_READ or by_bot or message.get("user") == identity.user:
                break
            text = str(message.get("text") or "")
            is_question = message.get("ts") == asked.ts or f"<@{identity.user}>" in text
            if text and not is_question and is_by_a_person(message, identity):
                said.append(text)
        newest = said[-MOST_TURNS:]
        return tuple(Turn("user", self._directory.plain(text)[:_LONGEST_TURN]) for text in newest)
