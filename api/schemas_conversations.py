"""The JSON of conversations and of what people thought of their answers."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas import AnswerModel
from rag.store.conversations_base import Conversation
from rag.store.feedback_base import Feedback, Rating
from rag.types import Role, Status

MAX_TITLE_CHARS = 200
MAX_COMMENT_CHARS = 4_000


def _has_words(title: str) -> str:
    if not title.strip():
        raise ValueError("a title must not be blank")
    return title


class ConversationModel(BaseModel):
    """A conversation without what was said; times are ISO 8601 in UTC."""

    id: str
    title: str | None
    created_at: str
    updated_at: str


class ConversationsModel(BaseModel):
    """A page of conversations, the last used first; `next` is what `after` takes for the page that
    follows, and null on the last.
    """

    conversations: list[ConversationModel]
    next: str | None


class GivenFeedbackModel(BaseModel):
    """What the caller thought of an answer."""

    rating: Rating
    comment: str | None


class TurnModel(BaseModel):
    """One turn; those of the assistant have the whole answer, as it was given."""

    role: Role
    text: str
    created_at: str
    answer: AnswerModel | None
    feedback: GivenFeedbackModel | None


class ConversationTurnsModel(ConversationModel):
    """A conversation with what was said, oldest first."""

    turns: list[TurnModel]


class RenameRequest(BaseModel):
    """Another title for a conversation."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[
        str, Field(min_length=1, max_length=MAX_TITLE_CHARS), AfterValidator(_has_words)
    ]


class FeedbackRequest(BaseModel):
    """What someone thinks of an answer; it replaces what they thought before."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answer_id: str = Field(min_length=1, max_length=100)
    rating: Rating
    comment: str | None = Field(None, max_length=MAX_COMMENT_CHARS)


class FeedbackModel(BaseModel):
    """Feedback as it is kept; times are ISO 8601 in UTC."""

    answer_id: str
    rating: Rating
    comment: str | None
    created_at: str
    updated_at: str


class AnsweredFeedbackModel(FeedbackModel):
    """Feedback with what was asked and said; `rater` is a key's id, `slack:<team>:<user>`, or empty
    where it was given without a key.
    """

    question: str
    answer: str
    status: Status
    rater: str = ""


class FeedbackPageModel(BaseModel):
    """A page of feedback, the last given first; `next` as in the other pages."""

    feedback: list[AnsweredFeedbackModel]
    next: str | None


def conversation_json(conversation: Conversation) -> ConversationModel:
    """The public form of a conversation."""
    return ConversationModel(
        id=conversation.id,
        title=conversation.title,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )


def feedback_json(feedback: Feedback) -> FeedbackModel:
    """The public form of feedback."""
    return FeedbackModel(
        answer_id=feedback.answer_id,
        rating=feedback.rating,
        comment=feedback.comment,
        created_at=feedback.created_at,
        updated_at=feedback.updated_at,
    )
