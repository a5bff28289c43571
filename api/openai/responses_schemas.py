"""The objects of the Responses format: OpenAI's, and beside them what Quoth adds.

As in chat completions, `citations` holds the whole citation objects and `quoth` the answer's state.
"""

from typing import Any, Literal

from pydantic import BaseModel, Field, JsonValue

from api.openai.chat_schemas import AnswerState
from api.openai.messages import Author, ContentPart
from api.openai.refusals import MODEL, TextFormat
from api.schemas import CitationModel

RESULTS = "file_search_call.results"


class InputItem(BaseModel):
    """Something that was said before, or a trace of it; only messages are read."""

    type: str = "message"
    role: Author | None = None
    content: str | list[ContentPart] | None = None


class TextConfig(BaseModel):
    """The form of the answer."""

    format: TextFormat | None = None


class ConversationReference(BaseModel):
    """A conversation of Quoth's own."""

    id: str


class ResponseRequest(BaseModel, strict=True):
    """A question, or messages whose last one is the question.

    With `store` (the default) the answer is kept in a conversation, and `previous_response_id`
    goes on from it; of several messages only the question is kept. `instructions` and fields for
    sampling are ignored.
    """

    model: str = MODEL
    input: str | list[InputItem]
    stream: bool | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    conversation: str | ConversationReference | None = None
    include: list[str] | None = None
    tools: list[JsonValue] | None = None
    tool_choice: JsonValue = None
    text: TextConfig | None = None
    background: bool | None = None
    prompt: JsonValue = None
    instructions: JsonValue = None
    metadata: dict[str, str] | None = None


class FileCitation(BaseModel):
    """A source, and where in the visible text it belongs.

    Attributes:
        index: The end of the words that stand on it, in Unicode code points.
        start_index: Where they begin; with `end_index` an addition to OpenAI's format.
    """

    type: Literal["file_citation"] = "file_citation"
    file_id: str
    filename: str
    index: int
    start_index: int
    end_index: int


class OutputText(BaseModel):
    """The visible text with its annotations."""

    type: Literal["output_text"] = "output_text"
    text: str
    annotations: list[FileCitation]
    logprobs: list[JsonValue] = []


ItemStatus = Literal["in_progress", "completed"]


class OutputMessage(BaseModel):
    """What is answered."""

    id: str
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"
    status: ItemStatus
    content: list[OutputText]


class SearchResult(BaseModel):
    """A passage that was found."""

    file_id: str
    filename: str
    score: float
    text: str
    attributes: dict[str, str | int]


class FileSearchCall(BaseModel):
    """What was looked for, and the passages that were found where they are asked for."""

    id: str
    type: Literal["file_search_call"] = "file_search_call"
    status: ItemStatus
    queries: list[str]
    results: list[SearchResult] | None


OutputItem = FileSearchCall | OutputMessage


class InputTokensDetails(BaseModel):
    """Nothing is cached."""

    cached_tokens: Literal[0] = 0


class OutputTokensDetails(BaseModel):
    """Nothing is reasoned."""

    reasoning_tokens: Literal[0] = 0


class ResponseUsage(BaseModel):
    """Tokens of o200k_base: of the input, and of the visible text."""

    input_tokens: int
    input_tokens_details: InputTokensDetails = InputTokensDetails()
    output_tokens: int
    output_tokens_details: OutputTokensDetails = OutputTokensDetails()
    total_tokens: int


class ResponseModel(BaseModel):
    """An answer in the Responses format."""

    id: str
    object: Literal["response"] = "response"
    created_at: int
    status: ItemStatus
    error: None = None
    incomplete_details: None = None
    instructions: None = None
    model: str = MODEL
    output: list[OutputItem]
    previous_response_id: str | None = None
    conversation: ConversationReference | None = None
    store: bool
    parallel_tool_calls: bool = False
    tool_choice: Literal["auto"] = "auto"
    tools: list[JsonValue] = []
    text: TextConfig = TextConfig(format=TextFormat())
    truncation: Literal["disabled"] = "disabled"
    temperature: None = None
    top_p: None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    usage: ResponseUsage | None = None
    citations: list[CitationModel] = []
    quoth: AnswerState | None = None


class DeletedResponseModel(BaseModel):
    """A response that was stored, and is no more."""

    id: str
    object: Literal["response"] = "response"
    deleted: Literal[True] = True


Event = dict[str, Any]
