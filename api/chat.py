"""What each line of a chat does: a question is asked, and a line such as `/sources` is a command.

A question that cannot be answered costs one sentence, never the chat.
"""

import logging
import re
from contextlib import closing

from api.chat_views import ChatView
from api.engine import Conversing
from embeddings.errors import QuothError
from rag.filters import NO_FILTERS, Filters
from rag.types import Answer

logger = logging.getLogger(__name__)

COMMANDS = {
    "/sources": "show the passages of the last answer in full",
    "/history": "show what was said so far",
    "/new": "begin another conversation",
    "/help": "show this list",
    "/quit": "leave",
}
_COMMAND = re.compile(r"/\w*")


class Chat:
    """A person's side of a conversation.

    Args:
        conversations: Where questions are asked and kept.
        view: What the person sees.
        k: How many passages to look at for each question.
        filters: Which documents may answer.
        live: Whether answers are shown while a model writes them.
    """

    def __init__(
        self,
        conversations: Conversing,
        view: ChatView,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        live: bool = False,
    ) -> None:
        self._live = live
        self.conversation_id: str | None = None
        self._conversations = conversations
        self._view = view
        self._k = k
        self._filters = filters

    def resume(self, conversation_id: str) -> None:
        """Goes on with a conversation that was kept.

        Raises:
            UnknownConversation: There is none.
        """
        self.conversation_id = self._conversations.get(conversation_id).id

    def take(self, line: str) -> bool:
        """Does what a line asks for; False where that is to leave."""
        text = line.strip()
        try:
            if _COMMAND.fullmatch(text):
                return self._run(text.lower())
            self._ask(text)
        except QuothError as exc:
            logger.debug("The question failed.", exc_info=True)
            self._view.problem(exc)
        return True

    def _ask(self, question: str) -> None:
        if self._live:
            events = self._conversations.stream(
                question, self.conversation_id, k=self._k, filters=self._filters
            )
            with closing(events):  # type: ignore[type-var]
                self.conversation_id = self._view.live(events).conversation_id
            return
        answer = self._conversations.ask(
            question, self.conversation_id, k=self._k, filters=self._filters
        )
        self.conversation_id = answer.conversation_id
        self._view.answer(answer)

    def _run(self, command: str) -> bool:
        if command == "/sources":
            self._show_sources()
        elif command == "/history":
            self._show_history()
        elif command == "/new":
            self.conversation_id = None
            self._view.say("Another conversation begins.")
        elif command == "/help":
            self._view.say("\n".join(f"{name:<10} {does}" for name, does in COMMANDS.items()))
        elif command != "/quit":
            self._view.say(f"There is no command {command!r}; there are {', '.join(COMMANDS)}.")
        return command != "/quit"

    def _show_sources(self) -> None:
        answer = self._last_answer()
        if answer is None:
            self._view.say("There is no answer yet.")
        else:
            self._view.sources(answer)

    def _show_history(self) -> None:
        if self.conversation_id is None:
            self._view.say("Nothing was said yet.")
        else:
            self._view.turns(self._conversations.store.turns(self.conversation_id))

    def _last_answer(self) -> Answer | None:
        if self.conversation_id is None:
            return None
        store = self._conversations.store
        last = store.turns(self.conversation_id, last=1)
        return store.answer(last[0].answer_id) if last and last[0].answer_id else None
