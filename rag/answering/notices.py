"""What a reader is told of how an answer came about."""

from rag.errors import FailureKind

_INSTEAD = "so the answer is quoted from the documents."
NOTICES: dict[FailureKind, str] = {
    "unreachable": f"The language model could not be reached, {_INSTEAD}",
    "slow": f"The language model took too long, {_INSTEAD}",
    "busy": f"The language model has too much to do, {_INSTEAD}",
    "rejected": f"The language model did not take the question, {_INSTEAD}",
    "unusable": f"The language model gave no usable answer, {_INSTEAD}",
    "broken": f"The language model gave no usable answer, {_INSTEAD}",
    "resting": f"The language model could not be reached, {_INSTEAD}",
}
NOTHING_SUPPORTED = "The documents do not support what the language model wrote, " + _INSTEAD
BROKEN_OFF = "The language model stopped in the middle."
CONTINUED = "The language model stopped in the middle; the last paragraph is quoted."
CUT_OFF = "The language model's answer ends early: it was cut off at its length."


def left_out(count: int) -> str:
    """That sentences are not shown."""
    if count == 1:
        return "A sentence of the language model is left out: the documents do not support it."
    return (
        f"{count} sentences of the language model are left out: the documents do not support them."
    )
