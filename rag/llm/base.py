"""A language model as the engine sees it: messages in, pieces of text out, within a time.

Nothing here knows a wire format; `rag.llm.client` speaks OpenAI's.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from rag.errors import LanguageModelFailed
from rag.llm.breaker import State

Role = Literal["system", "user"]
EndReason = Literal["stop", "length", "filtered"]
Outcome = Literal[
    "done", "cut", "filtered", "left", "unreachable", "slow", "busy", "rejected", "unusable",
    "broken", "resting",
]  # fmt: skip
OUTCOMES: tuple[Outcome, ...] = (
    "done", "cut", "filtered", "left", "unreachable", "slow", "busy", "rejected", "unusable",
    "broken", "resting",
)  # fmt: skip
"""How a call ended: `done`; `cut` at its length; `filtered` by the provider; `left` by the asker;
and the kinds of `rag.errors.LanguageModelFailed`.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said to the model."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens as the server counts them; estimated with o200k_base where it does not."""

    prompt_tokens: int
    completion_tokens: int

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


NO_USAGE = TokenUsage(0, 0)


@dataclass(frozen=True, slots=True)
class End:
    """The last thing of a stream: why it ended, and what it took."""

    reason: EndReason
    usage: TokenUsage


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, for those who count.

    Attributes:
        first_token_s: Until the model began, if only to think; None where it never did.
        total_s: Until the end.
        cost: In the currency of the prices that were set; None where none were.
    """

    outcome: Outcome
    usage: TokenUsage
    first_token_s: float | None
    total_s: float
    cost: float | None


OnCall = Callable[[CallRecord], None]


class LanguageModel(Protocol):
    """A model that writes; safe to call from several threads."""

    @property
    def name(self) -> str: ...

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, timeout_s: float
    ) -> Generator[str | End]:
        """Pieces of text as they are written, none empty, and how it ended as the last thing.

        What a model thinks before it speaks is never among them. The call begins at once; closing
        the iterator ends it. Nothing is tried again once a piece was given.

        Args:
            messages: At least one.
            max_tokens: Most tokens of the answer.
            timeout_s: How long all of it may take, whatever the server does.

        Raises:
            LanguageModelFailed: No answer, or no more of it; `kind` says why.
        """
        ...

    def cost_of(self, usage: TokenUsage) -> float | None:
        """In the currency of the prices that were set; None where none were."""
        ...

    def prepare(self) -> None:
        """Loads what a first call would load."""
        ...

    def watch(self, on_call: OnCall) -> None:
        """Lets something see every call, once it has ended."""
        ...

    def close(self) -> None:
        """Releases the connections; no call may follow."""
        ...

    @property
    def state(self) -> State:
        """Whether calls go through: that of a circuit breaker."""
        ...


def said(
    model: LanguageModel, messages: Sequence[Message], *, max_tokens: int, timeout_s: float
) -> tuple[str, TokenUsage]:
    """What a model says, at once.

    Raises:
        LanguageModelFailed: It does not, or is cut off.
    """
    text: list[str] = []
    for piece in model.stream(messages, max_tokens=max_tokens, timeout_s=timeout_s):
        if isinstance(piece, End):
            if piece.reason == "stop":
                return "".join(text), piece.usage
            raise LanguageModelFailed("The language model was cut off.", kind="unusable")
        text.append(piece)
    raise LanguageModelFailed("The language model ended without an end.", kind="broken")
