"""Messages in OpenAI's formats into a question with what was said before it.

The question is the last thing that the user says. Earlier turns of the user and the assistant are
its history; the markers and the source list that Quoth had put into its own turns are taken out
again. What systems and developers say are instructions for a language model, and an extractive
answer follows none; what tools say is left out too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from api.openai.errors import RequestRefused
from api.openai.visible import plain_text
from rag.types import Turn

Author = Literal["system", "developer", "user", "assistant", "tool", "function"]

TEXT_PARTS = ("text", "input_text", "output_text", "refusal")
TOKENS_PER_MESSAGE = 3
"""What OpenAI's formats put around each message, and once before the answer: see its cookbook,
"How to count tokens with tiktoken".
"""


class ContentPart(BaseModel):
    """A part of a message. Text is read; images, sound and files are refused by name."""

    type: str
    text: str | None = None
    refusal: str | None = None


class Message(BaseModel):
    """What someone said; fields that Quoth has no use for, as `name`, are ignored."""

    role: Author
    content: str | list[ContentPart] | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request's words.

    Attributes:
        question: The last thing the user says.
        history: What was said before it, oldest first.
        instructions: The first thing that a system or developer says; empty without one.
        words: All that counts as the prompt's tokens: each role and its text.
    """

    question: str
    history: tuple[Turn, ...]
    instructions: str
    words: tuple[str, ...]


def prompt_of(messages: Sequence[Message], param: str) -> Prompt:
    """The question and its history.

    Args:
        messages: Oldest first.
        param: The name of the request's field, for refusals.

    Raises:
        RequestRefused: A part is no text, or the last word is not the user's.
    """
    said = [
        (message.role, _text(message.content, f"{param}[{index}].content"))
        for index, message in enumerate(messages)
    ]
    spoken = [(role, text) for role, text in said if role in ("user", "assistant")]
    if not spoken or spoken[-1][0] != "user":
        raise RequestRefused(
            "The last message must be the user's: it is the question that is answered.",
            code="invalid_value",
            param=param,
        )
    return Prompt(
        question=spoken[-1][1],
        history=tuple(_turn(role, text) for role, text in spoken[:-1] if text),
        instructions=next((t for role, t in said if role in ("system", "developer")), ""),
        words=tuple(word for each in said for word in each),
    )


def _turn(role: Author, text: str) -> Turn:
    return Turn("assistant", plain_text(text)) if role == "assistant" else Turn("user", text)


def _text(content: str | list[ContentPart] | None, param: str) -> str:
    if content is None or isinstance(content, str):
        return _storable(content or "")
    for index, part in enumerate(content):
        if part.type not in TEXT_PARTS:
            raise RequestRefused(
                f"Quoth reads text, and no content of the kind {part.type[:40]!r}.",
                code="unsupported_content",
                param=f"{param}[{index}].type",
            )
    return _storable("\n".join(part.text or part.refusal or "" for part in content))


def _storable(text: str) -> str:
    """JSON can name lone surrogates, which UTF-8 has no form for."""
    return text.encode("utf-8", "replace").decode("utf-8")
