"""The stand-in's limits, against Slack's documented numbers and its SDK's constants."""

from typing import Any

import pytest
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ContextActionsBlock,
    ContextBlock,
    HeaderBlock,
    MarkdownBlock,
    SectionBlock,
)

from tests.slack.blocks import refused


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def button(at: int = 0, **changes: object) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), "action_id": f"a{at}", **changes}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    inner = [{"type": "rich_text_section", "elements": list(elements)}]
    return {"type": "rich_text", "elements": inner}


SIZED = {
    "section": (
        SectionBlock.text_max_length,
        lambda n: {"type": "section", "text": mrkdwn("a" * n)},
    ),
    "header": (HeaderBlock.text_max_length, lambda n: {"type": "header", "text": plain("a" * n)}),
    "markdown": (12_000, lambda n: {"type": "markdown", "text": "a" * n}),
    "context": (
        ContextBlock.elements_max_length,
        lambda n: {"type": "context", "elements": [mrkdwn("a")] * n},
    ),
    "actions": (
        ActionsBlock.elements_max_length,
        lambda n: actions(*(button(at) for at in range(n))),
    ),
    "context_actions": (
        ContextActionsBlock.elements_max_length,
        lambda n: {"type": "context_actions", "elements": [{"type": "icon_button"}] * n},
    ),
    "button text": (
        ButtonElement.text_max_length,
        lambda n: actions(button(text=plain("a" * n))),
    ),
    "button value": (ButtonElement.value_max_length, lambda n: actions(button(value="a" * n))),
    "button url": (
        ButtonElement.url_max_length,
        lambda n: actions(button(url="https://a/" + "a" * (n - 10))),
    ),
    "action_id": (
        ButtonElement.action_id_max_length,
        lambda n: actions({**button(), "action_id": "a" * n}),
    ),
    "block_id": (
        SectionBlock.block_id_max_length,
        lambda n: {"type": "divider", "block_id": "a" * n},
    ),
    "fields": (
        SectionBlock.fields_max_length,
        lambda n: {"type": "section", "fields": [mrkdwn("a")] * n},
    ),
}


@pytest.mark.parametrize("most, made", SIZED.values(), ids=SIZED)
def test_a_limit_holds_and_one_more_is_refused(most: int, made: Any) -> None:
    assert refused([made(most)]) is None
    problem = refused([made(most + 1)])
    assert problem is not None and problem[0] == "invalid_blocks"


def test_the_limits_are_those_of_the_field() -> None:
    assert {name: most for name, (most, _) in SIZED.items()} == {
        "section": 3000,
        "header": 150,
        "markdown": 12_000,
        "context": 10,
        "actions": 25,
        "context_actions": 5,
        "button text": 75,
        "button value": 2000,
        "button url": 3000,
        "action_id": 255,
        "block_id": 255,
        "fields": 10,
    }
    assert MarkdownBlock.text_max_length == 12_000


def test_a_message_has_fifty_blocks_at_most() -> None:
    assert refused([{"type": "divider"}] * 50) is None
    assert refused([{"type": "divider"}] * 51) is not None


def test_a_message_has_a_ceiling_as_a_whole() -> None:
    block = {"type": "section", "text": mrkdwn("a" * 2900)}
    assert refused([block] * 4) is None
    assert refused([block] * 5) == ("msg_blocks_too_long", [])


def test_markdown_blocks_share_their_limit() -> None:
    block = {"type": "markdown", "text": "a" * 6001}
    assert refused([block]) is None
    assert refused([block, block]) is not None


def test_an_emoji_counts_twice() -> None:
    assert refused([{"type": "header", "text": plain("😀" * 76)}]) is not None
    assert refused([{"type": "header", "text": plain("😀" * 75)}]) is None


@pytest.mark.parametrize(
    "block",
    [
        {"type": "nonsense"},
        {"type": "section"},
        {"type": "section", "text": mrkdwn("")},
        {"type": "section", "text": mrkdwn("a\x00b")},
        {"type": "section", "text": mrkdwn("a\ud800")},
        {"type": "section", "text": {**plain("a"), "verbatim": True}},
        {"type": "section", "text": {**mrkdwn("a"), "emoji": True}},
        {"type": "section", "text": mrkdwn("a"), "color": "red"},
        {"type": "header", "text": mrkdwn("a")},
        {"type": "context", "elements": []},
        actions(button(), button()),
        actions(button(url="no address")),
        actions(button(style="green")),
        {"type": "input", "label": plain("a"), "element": {"type": "plain_text_input"}},
        rich({"type": "text", "text": ""}),
        rich({"type": "text", "text": "a", "style": {"big": True}}),
        rich({"type": "link", "url": "javascript:alert(1)", "text": "a"}),
        rich({"type": "mrkdwn", "text": "a"}),
        {"type": "rich_text", "elements": [{"type": "section"}]},
        {"type": "context_actions", "elements": [{"type": "feedback_buttons"}]},
    ],
)
def test_what_is_not_valid_is_refused(block: dict[str, Any]) -> None:
    assert refused([block]) is not None


def test_block_ids_are_unique() -> None:
    assert refused([{"type": "divider", "block_id": "a"}] * 2) is not None
