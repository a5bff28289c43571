"""What both of OpenAI's formats are made from: a text with annotations, and what it cost."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from api.openai.chat_schemas import AnswerState
from api.openai.messages import TOKENS_PER_MESSAGE, Prompt
from api.openai.visible import Showing, Visible, visible
from api.schemas import CitationModel, citation_json
from rag.settings import Settings
from rag.streaming import AnswerEvent, StatusEvent
from rag.tokens import count_tokens
from rag.types import Answer


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said.

    Attributes:
        key: Names it in ids: the answer's id without its prefix.
        created: Seconds since 1970.
        answer: None for what a front end asks by itself, as a title.
    """

    key: str
    created: int
    shown: Visible
    citations: tuple[CitationModel, ...] = ()
    answer: Answer | None = None

    @property
    def state(self) -> AnswerState | None:
        """What is told of the answer besides its text."""
        if self.answer is None:
            return None
        return AnswerState(
            answer_id=self.answer.id,
            status=self.answer.status,
            method=self.answer.method,
            confidence=self.answer.confidence,
            short_answer=self.answer.short_answer,
            conversation_id=self.answer.conversation_id,
        )


def reply_of(answer: Answer, settings: Settings, base_url: str, created: int) -> Reply:
    """An answer as a reply; arguments as in `visible`."""
    linked = settings.model_copy(update={"public_url": settings.public_url or base_url})
    citations = tuple(citation_json(each, linked) for each in answer.citations)
    shown = visible(answer, settings, base_url)
    return Reply(_key(answer.id), created, shown, citations, answer)


@dataclass(frozen=True, slots=True)
class Replying:
    """Makes the reply of an answer that is being written; arguments as in `reply_of`."""

    settings: Settings
    base_url: str
    created: int

    def begun(self, event: AnswerEvent) -> Reply:
        """The reply when nothing of it is said, by the event that tells its id."""
        assert isinstance(event, StatusEvent)
        return Reply(_key(event.answer_id or ""), self.created, Visible(()))

    def whole(self, answer: Answer) -> Reply:
        """The reply in the end."""
        return reply_of(answer, self.settings, self.base_url, self.created)

    def showing(self, event: AnswerEvent) -> Showing:
        """What is shown of it until then; the event is the same as for `begun`."""
        assert isinstance(event, StatusEvent)
        return Showing(self.settings, self.base_url, event)


def reply_without_answer(text: str, created: int) -> Reply:
    """A text that was not looked for in the documents."""
    return Reply(secrets.token_hex(12), created, Visible((text,)))


def prompt_tokens(prompt: Prompt) -> int:
    """Tokens of the messages with what OpenAI's formats put around them."""
    around = TOKENS_PER_MESSAGE * (len(prompt.words) // 2 + 1)
    return around + _total(prompt.words)


def _key(answer_id: str) -> str:
    return answer_id.rpartition("_")[2]


def _total(words: Sequence[str]) -> int:
    return sum(count_tokens(word) for word in words)
