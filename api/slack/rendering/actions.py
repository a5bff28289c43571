"""The names that buttons and modals carry, and what their values say.

Every `action_id` is one of these; the value of a button is an answer's id, for a passage with the
citation's number behind it, so that it stays small and names nothing of the document.
"""

from dataclasses import dataclass
from typing import Final, Literal

FEEDBACK: Final = "quoth_feedback"
"""Slack's own feedback buttons; the value is that of a rating."""
HELPFUL: Final = "quoth_helpful"
NOT_HELPFUL: Final = "quoth_not_helpful"
RETRY: Final = "quoth_retry"
SHARE: Final = "quoth_share"
PASSAGE: Final = "quoth_passage"
"""The `action_id` is this, a colon and the citation's number, as ids are unique in a block."""
PAGE: Final = "quoth_page"
"""A button that opens the page by itself; Slack tells of it all the same."""

COMMENT_VIEW: Final = "quoth_comment"
COMMENT_BLOCK: Final = "comment"
COMMENT_INPUT: Final = "text"

Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button was about.

    Attributes:
        answer_id: The answer's id; for `RETRY` whatever the caller gave.
        number: The citation's number, for a passage.
        rating: For feedback.
    """

    answer_id: str
    number: int | None = None
    rating: Rating | None = None


def rating_value(answer_id: str, rating: Rating) -> str:
    """The value of a feedback button."""
    return f"{answer_id} {rating}"


def passage_value(answer_id: str, number: int) -> str:
    """The value of a button that shows a passage."""
    return f"{answer_id} {number}"


def pressed(action_id: str, value: str) -> Pressed:
    """What a button was about, from the `action_id` and the value that Slack sends back; a value
    that is none of ours is taken as an answer's id.
    """
    answer_id, _, rest = value.partition(" ")
    if action_id == HELPFUL:
        return Pressed(answer_id, rating="up")
    if action_id == NOT_HELPFUL:
        return Pressed(answer_id, rating="down")
    if action_id == FEEDBACK and rest in ("up", "down"):
        return Pressed(answer_id, rating="up" if rest == "up" else "down")
    if action_id.startswith(PASSAGE) and rest.isascii() and rest.isdigit():
        return Pressed(answer_id, number=int(rest))
    return Pressed(value)
