"""What went wrong with a call, in Quoth's words; the server's own are kept to the log.

A server's message may repeat what it was sent, so none is shown, and the key is in none of ours.
"""

import random
from typing import TYPE_CHECKING

from rag.errors import FailureKind, LanguageModelFailed
from rag.llm.wire import CutOff, NothingSaid, Refused

if TYPE_CHECKING:
    import openai

FIRST_DELAY_S = 0.25
"""Before the first retry; doubled for each further one."""

_KEY_HINT = "Set QUOTH_LLM_API_KEY to a key that the server knows."
_BY_STATUS: dict[int, tuple[FailureKind, str, str]] = {
    400: ("rejected", "does not take the request", "`quoth doctor` says more."),
    401: ("rejected", "refuses the key", _KEY_HINT),
    402: ("rejected", "wants to be paid first", "Look at the account there."),
    403: ("rejected", "refuses the key", _KEY_HINT),
    404: (
        "rejected",
        "does not know the model, or the address",
        "Correct QUOTH_LLM_MODEL or QUOTH_LLM_BASE_URL, which mostly ends in `/v1`.",
    ),
    408: ("slow", "took too long", "Ask again later."),
    422: ("rejected", "does not take the request", "`quoth doctor` says more."),
    429: ("busy", "has too much to do, or its limit is used up", "Ask again later."),
}


def failure_of(exc: Exception, base_url: str, model: str, *, spoke: bool) -> LanguageModelFailed:
    """What to tell of an exception of the client, or of a stream that could not be read.

    Args:
        exc: What was raised.
        base_url: Where the server is.
        model: The model's name.
        spoke: Whether text had come by then.
    """
    if isinstance(exc, LanguageModelFailed):
        return exc
    server = f"The language model {model!r} at {base_url!r}"
    if spoke:
        failure = LanguageModelFailed(f"{server} broke off in the middle.", kind="broken")
    elif isinstance(exc, Refused):
        failure = LanguageModelFailed(f"{server} declined to answer.", kind="unusable")
    elif isinstance(exc, NothingSaid | CutOff):
        failure = LanguageModelFailed(f"{server} said nothing.", kind="unusable")
    else:
        failure = _foreign(exc, server)
    failure.__cause__ = exc
    return failure


def retry_delay_s(exc: Exception, tries: int) -> float | None:
    """Seconds until it is worth trying again; None where it is not.

    Args:
        exc: What was raised.
        tries: How often it was tried again already.
    """
    import openai

    spread = random.SystemRandom().uniform(0.75, 1.25)  # no other code's seed is touched
    delay_s: float = FIRST_DELAY_S * 2**tries * spread
    if isinstance(exc, openai.APIStatusError):
        if exc.status_code not in (408, 409, 429) and exc.status_code < 500:
            return None
        return max(delay_s, _retry_after_s(exc))
    if isinstance(exc, openai.APITimeoutError):
        return None
    if isinstance(exc, openai.APIConnectionError | openai.APIError | CutOff):
        return delay_s
    return None


def _foreign(exc: Exception, server: str) -> LanguageModelFailed:
    import openai

    if isinstance(exc, openai.APITimeoutError):
        return LanguageModelFailed(
            f"{server} did not answer in time.",
            hint="Set QUOTH_LLM_FIRST_TOKEN_S higher.",
            kind="slow",
        )
    if isinstance(exc, openai.APIConnectionError):
        return LanguageModelFailed(
            f"{server} cannot be reached.",
            hint="Start it, or correct QUOTH_LLM_BASE_URL.",
            kind="unreachable",
        )
    if isinstance(exc, openai.APIStatusError):
        status = exc.status_code
        kind, told, hint = _BY_STATUS.get(
            status, ("unreachable", "is in trouble", "Ask again later.")
        )
        return LanguageModelFailed(f"{server} {told} (HTTP {status}).", hint=hint, kind=kind)
    if isinstance(exc, openai.APIError):
        return LanguageModelFailed(f"{server} reports an error.", kind="unreachable")
    return LanguageModelFailed(
        f"{server} answers with what is no chat completion ({type(exc).__name__}).",
        hint="See that QUOTH_LLM_BASE_URL names an OpenAI-compatible server.",
        kind="unusable",
    )


def _retry_after_s(exc: "openai.APIStatusError") -> float:
    """What the server asks for, in seconds; 0 where it asks for nothing that can be read."""
    try:
        return max(0.0, float(exc.response.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0
