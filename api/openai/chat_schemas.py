"""The objects of chat completions: OpenAI's, and beside them what Quoth adds.

`citations` holds the whole citation objects of `POST /v1/ask`, and `quoth` the answer's status and
confidence. A client that knows neither shows the text and the annotations.
"""

from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from api.openai.messages import Message
from api.openai.refusals import MODEL, TextFormat
from api.schemas import CitationModel
from rag.types import Method, Status


class StreamOptions(BaseModel, strict=True):
    """What a stream brings besides the answer."""

    include_usage: bool | None = None


class ChatRequest(BaseModel, strict=True):
    """Messages whose last one is the question; the earlier ones are its history.

    Fields for sampling and bookkeeping are ignored, those for tools, images, sound, several
    choices and JSON are refused.
    """

    model: str = MODEL
    messages: list[Message] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    response_format: TextFormat | None = None
    tools: list[JsonValue] | None = None
    tool_choice: JsonValue = None
    functions: list[JsonValue] | None = None
    function_call: JsonValue = None
    modalities: list[str] | None = None
    audio: JsonValue = None


class UrlCitation(BaseModel):
    """Where in the visible text a source belongs, and where it is shown."""

    start_index: int = Field(description="Of the words that stand on it, in Unicode code points.")
    end_index: int = Field(description="End exclusive.")
    title: str
    url: str


class UrlCitationAnnotation(BaseModel):
    """The only kind of annotation that chat completions know."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class ChatReply(BaseModel):
    """What is answered: the visible text with its annotations."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[UrlCitationAnnotation]


class AnnotationDelta(UrlCitationAnnotation):
    """An annotation of a stream.

    Attributes:
        index: Its place among all of them; OpenAI's client puts them together by it.
    """

    index: int


class ChatChoice(BaseModel):
    """The one choice."""

    index: Literal[0] = 0
    message: ChatReply
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class ChatUsage(BaseModel):
    """Tokens of o200k_base: of the messages, and of the visible text."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class AnswerState(BaseModel):
    """What OpenAI's format has no place for.

    Attributes:
        short_answer: The words that answer, where there are few; the text begins with them.
        conversation_id: The conversation that the answer is kept in; None where none is.
    """

    answer_id: str
    status: Status
    method: Method
    confidence: float
    short_answer: str | None = None
    conversation_id: str | None = None


class ChatCompletion(BaseModel):
    """An answer as a chat completion.

    Attributes:
        quoth: None for what a front end asks by itself, as a title.
    """

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[ChatChoice]
    usage: ChatUsage
    citations: list[CitationModel]
    quoth: AnswerState | None


class ChatDelta(BaseModel):
    """What is new in a chunk."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[AnnotationDelta] | None = None


class ChunkChoice(BaseModel):
    """The one choice, as far as it goes."""

    index: Literal[0] = 0
    delta: ChatDelta
    logprobs: None = None
    finish_reason: Literal["stop"] | None = None


class ChatChunk(BaseModel):
    """A part of a streamed completion. The last one with a choice brings all citations."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str = MODEL
    choices: list[ChunkChoice]
    usage: ChatUsage | None = None
    citations: list[CitationModel] | None = None
    quoth: AnswerState | None = None
