"""What is sent to a server that speaks chat completions, and what its stream says.

Servers differ in what they take: the first refusal of an option is remembered, and the next call
goes without it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rag.llm.base import End, EndReason, Message, TokenUsage
from rag.llm.thinking import WithoutThinking
from rag.tokens import count_tokens

if TYPE_CHECKING:
    from openai import Stream
    from openai.types.chat import ChatCompletionChunk

BEGAN = object()
"""The model has begun, if only to think."""

CHARS_PER_TOKEN = 40
"""More than any token has on average: beyond it a server does not keep to the limit."""

_FINISHED: dict[str, EndReason] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "filtered",
    "safety": "filtered",
}


class Refused(Exception):
    """The model declined, or its provider did."""


class NothingSaid(Exception):
    """A stream brought no text."""


class CutOff(Exception):
    """A stream ended without an end."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which options a server takes."""

    counts_usage: bool = True
    tokens_as: str | None = "max_tokens"
    sets_temperature: bool = True
    has_system: bool = True


def adapted(dialect: Dialect, exc: Exception) -> Dialect | None:
    """How to speak to a server that has refused an option; None where it refused something else."""
    if getattr(exc, "status_code", None) not in (400, 422):
        return None
    told = str(exc).lower()
    changed = dialect
    if "stream_options" in told or "include_usage" in told:
        changed = replace(dialect, counts_usage=False)
    elif "max_tokens" in told or "max_completion_tokens" in told:
        other = {"max_tokens": "max_completion_tokens"}.get(dialect.tokens_as or "")
        changed = replace(dialect, tokens_as=other)
    elif "temperature" in told:
        changed = replace(dialect, sets_temperature=False)
    elif re.search(r"\bsystem\b", told) and re.search(r"\brole|message|support", told):
        changed = replace(dialect, has_system=False)
    return None if changed == dialect else changed


def arguments_of(model: str, reading: "Reading", dialect: Dialect) -> dict[str, Any]:
    """What `chat.completions.create` is called with."""
    arguments: dict[str, Any] = {"model": model}
    if dialect.has_system:
        said = [{"role": each.role, "content": each.text} for each in reading.messages]
    else:
        joined = "\n\n".join(each.text for each in reading.messages)
        said = [{"role": "user", "content": joined}]
    arguments["messages"] = said
    if dialect.tokens_as is not None:
        arguments[dialect.tokens_as] = reading.max_tokens
    if dialect.sets_temperature:
        arguments["temperature"] = 0
    if dialect.counts_usage:
        arguments["stream_options"] = {"include_usage": True}
    return arguments


class Reading:
    """One try to read an answer.

    Attributes:
        has_spoken: Whether text was given out.
    """

    def __init__(self, messages: Sequence[Message], max_tokens: int) -> None:
        self.messages = tuple(messages)
        self.max_tokens = max_tokens
        self.has_spoken = False
        self._chars = 0
        self._said: list[str] = []
        self._ended: EndReason | None = None
        self._usage: TokenUsage | None = None
        self._filter = WithoutThinking()

    def pieces(self, stream: "Stream[ChatCompletionChunk]") -> Iterator[str | End | object]:
        """Text, `BEGAN` when there is none yet but a sign of life, and the end.

        Raises:
            Refused, NothingSaid, CutOff: It was no whole answer.
        """
        for chunk in self._chunks(stream):
            yield from self._of(chunk)
            if self._chars > self.max_tokens * CHARS_PER_TOKEN:
                self._ended = "length"
                break
        if rest := self._filter.finish():
            self.has_spoken = True
            yield rest
        if self._ended is None:
            raise CutOff if self._chars else NothingSaid
        if not self.has_spoken and self._ended != "length":
            raise Refused if self._ended == "filtered" else NothingSaid
        yield End(self._ended, self._usage or self._estimated())

    def _chunks(self, stream: "Stream[ChatCompletionChunk]") -> Iterator[Any]:
        media_type = stream.response.headers.get("content-type", "")
        if not media_type.startswith("application/json"):
            yield from stream
            return
        # A server that does not stream answers with the whole completion.
        from openai.types.chat import ChatCompletion

        stream.response.read()
        yield ChatCompletion.model_validate(stream.response.json())

    def _of(self, chunk: Any) -> Iterator[str | object]:
        usage = getattr(chunk, "usage", None)
        if usage is not None and usage.prompt_tokens is not None:
            self._usage = TokenUsage(int(usage.prompt_tokens), int(usage.completion_tokens or 0))
        choices = getattr(chunk, "choices", None)
        if not choices:
            return
        choice = choices[0]
        delta = getattr(choice, "delta", None) or getattr(choice, "message", None)
        if getattr(delta, "refusal", None):
            raise Refused
        content = getattr(delta, "content", None)
        if isinstance(content, str) and content:
            self._chars += len(content)
            self._said.append(content)
            shown = self._filter.feed(content)
            self.has_spoken = self.has_spoken or bool(shown)
            yield shown or BEGAN
        elif getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None):
            yield BEGAN
        reason = getattr(choice, "finish_reason", None)
        if reason is not None:
            self._ended = _FINISHED.get(str(reason).lower(), "stop")

    def _estimated(self) -> TokenUsage:
        prompt = sum(count_tokens(each.text) for each in self.messages)
        is_endless = self._chars > self.max_tokens * CHARS_PER_TOKEN
        said = self._chars // 4 if is_endless else count_tokens("".join(self._said))
        return TokenUsage(prompt, said)
