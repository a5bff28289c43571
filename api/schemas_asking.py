"""What is sent to ask and to search. Types are taken strictly: `"8"` is no number."""

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

MAX_K = 100
MAX_QUESTION_CHARS = 8_000
MAX_MESSAGES = 200
MAX_MESSAGE_CHARS = 32_000

FILTERS_EXAMPLE: dict[str, JsonValue] = {"filename": "*.md", "date": {"gte": "2025-01-01"}}


def encodable(value: JsonValue) -> JsonValue:
    """The value itself, if it can be written as JSON in UTF-8.

    Raises:
        ValueError: It holds half a character, a number that is none, or too many levels.
    """
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("it holds what cannot be written as JSON in UTF-8") from None
    return value


FiltersField = Annotated[
    dict[str, JsonValue],
    AfterValidator(encodable),
    Field(
        description="Conditions that must all hold: filename (a glob), folder, media_type, "
        "collection, date, metadata.<key>; a list means any of.",
        examples=[FILTERS_EXAMPLE],
    ),
]
QuestionField = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS)]


class MessageModel(BaseModel):
    """What was said, and by whom."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: Literal["user", "assistant"]
    content: str = Field(min_length=1, max_length=MAX_MESSAGE_CHARS)


class AskRequest(BaseModel):
    """A question, within a conversation or not, and what it may be answered from.

    Either `question` or `messages` is given. A question is kept in the conversation named, or in a
    new one; the last of the messages is the question, the others are its history, and nothing is
    kept of them.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    question: QuestionField | None = None
    messages: list[MessageModel] | None = Field(None, min_length=1, max_length=MAX_MESSAGES)
    conversation_id: str | None = Field(
        None, max_length=100, description="The conversation to go on with."
    )
    k: int = Field(8, ge=1, le=MAX_K, description="How many passages to answer from.")
    filters: FiltersField | None = None
    stream: bool = Field(False, description="Whether to answer with server-sent events.")

    @model_validator(mode="after")
    def _is_one_question(self) -> "AskRequest":
        if (self.question is None) == (self.messages is None):
            raise ValueError("give either a question or messages")
        if self.messages is not None:
            if self.conversation_id is not None:
                raise ValueError("messages are their own history: leave conversation_id out")
            if self.messages[-1].role != "user":
                raise ValueError("the last message must be of the user")
        return self


class SearchRequest(BaseModel):
    """A query for passages."""

    model_config = ConfigDict(extra="forbid", strict=True)

    query: QuestionField
    k: int = Field(10, ge=1, le=MAX_K, description="How many passages at most.")
    filters: FiltersField | None = None
