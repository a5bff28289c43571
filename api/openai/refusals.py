"""What a request in OpenAI's format may not ask for: it is refused by name, never half done.

Sampling and bookkeeping fields (`temperature`, `top_p`, `seed`, `max_tokens`, `stop`, `logit_bias`,
`user`, `metadata`, …) say nothing to an extractive answer and are ignored, and so are unknown ones.
"""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, JsonValue

from api.openai.errors import RequestRefused

MODEL = "quoth"


class TextFormat(BaseModel):
    """The form of the answer: text is the only one."""

    type: str = "text"


def check_model(requested: str) -> None:
    """Lets `quoth` through, and names that begin with it, as `quoth:latest`.

    Raises:
        RequestRefused: There is no such model.
    """
    if not requested.lower().startswith(MODEL):
        raise RequestRefused(
            f"There is no model {requested[:80]!r} here; the only one is {MODEL!r}.",
            code="model_not_found",
            param="model",
            status=404,
        )


def check_tools(
    tools: Sequence[JsonValue] | None, choice: JsonValue, names: tuple[str, str]
) -> None:
    """Lets requests through that want no tool called.

    Args:
        tools: Those that are offered.
        choice: Which of them must be called.
        names: Of the fields of both.

    Raises:
        RequestRefused: A tool is offered, or demanded.
    """
    for param, is_wanted in zip(
        names, (tools and choice != "none", choice not in (None, "none", "auto")), strict=True
    ):
        if is_wanted:
            raise _unsupported("Quoth calls no tools.", param)


def check_format(wanted: TextFormat | None, param: str) -> None:
    """Lets requests for text through.

    Raises:
        RequestRefused: Another form is asked for.
    """
    if wanted is not None and wanted.type != "text":
        raise _unsupported(f"Quoth answers in text, not as {wanted.type[:40]!r}.", param)


def check_absent(asked: Mapping[str, tuple[object, str]]) -> None:
    """Lets requests through that leave these fields out.

    Args:
        asked: By the field's name what it asks for, and the sentence that refuses it.

    Raises:
        RequestRefused: One of them asks for something.
    """
    for param, (wanted, sentence) in asked.items():
        if wanted:
            raise _unsupported(sentence, param)


def _unsupported(message: str, param: str) -> RequestRefused:
    return RequestRefused(message, code="unsupported_parameter", param=param)
