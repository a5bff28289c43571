"""What can be pressed under an answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from api.slack.rendering import actions
from api.slack.rendering.limits import ACTIONS, Block
from rag.types import Answer, Citation

Feedback = Literal["native", "buttons", "none"]
"""Slack's own feedback buttons (`context_actions`), plain buttons, or none at all."""
HELPFUL = "Helpful"
NOT_HELPFUL = "Not helpful"


@dataclass(frozen=True, slots=True)
class Controls:
    """What stands under an answer.

    Attributes:
        feedback: How it can be rated.
        retry: The value of the button "Try again"; None: there is no such button.
        share: Whether there is "Share with the channel", for answers that only the asker sees.
        passages: Whether each source has a button that shows its passage.
    """

    feedback: Feedback = "buttons"
    retry: str | None = None
    share: bool = False
    passages: bool = True


def control_blocks(answer: Answer, controls: Controls) -> tuple[Block, ...]:
    """The blocks of the buttons, at most three."""
    blocks: list[Block] = []
    if controls.passages and answer.citations:
        blocks.append(_actions(_passage_buttons(answer, answer.citations[:ACTIONS])))
    if controls.feedback == "native":
        blocks.append({"type": "context_actions", "elements": [_native_feedback(answer)]})
    pressed = list(_buttons(answer, controls))
    return (*blocks, _actions(pressed)) if pressed else tuple(blocks)


def retry_block(value: str) -> Block:
    """The button "Try again" by itself."""
    return _actions([button("Try again", actions.RETRY, value)])


def button(text: str, action_id: str, value: str, *, style: str | None = None) -> Block:
    """One button; `text` has at most 75 characters, and `value` at most 2,000."""
    shown: Block = {
        "type": "button",
        "text": plain_text(text),
        "action_id": action_id,
        "value": value,
    }
    return {**shown, "style": style} if style else shown


def plain_text(text: str) -> Block:
    """Text without any markup."""
    return {"type": "plain_text", "text": text, "emoji": False}


def _passage_buttons(answer: Answer, citations: Sequence[Citation]) -> Iterator[Block]:
    for citation in citations:
        text = "Show passage" if len(citations) == 1 else f"Show passage {citation.number}"
        value = actions.passage_value(answer.id, citation.number)
        yield button(text, f"{actions.PASSAGE}:{citation.number}", value)


def _native_feedback(answer: Answer) -> Block:
    return {
        "type": "feedback_buttons",
        "action_id": actions.FEEDBACK,
        "positive_button": {
            "text": plain_text(HELPFUL),
            "value": actions.rating_value(answer.id, "up"),
        },
        "negative_button": {
            "text": plain_text(NOT_HELPFUL),
            "value": actions.rating_value(answer.id, "down"),
        },
    }


def _buttons(answer: Answer, controls: Controls) -> Iterator[Block]:
    if controls.feedback == "buttons":
        yield button(HELPFUL, actions.HELPFUL, answer.id)
        yield button(NOT_HELPFUL, actions.NOT_HELPFUL, answer.id)
    if controls.retry is not None:
        yield button("Try again", actions.RETRY, controls.retry)
    if controls.share:
        yield button("Share with the channel", actions.SHARE, answer.id, style="primary")


def _actions(elements: Iterator[Block] | list[Block]) -> Block:
    return {"type": "actions", "elements": list(elements)}
