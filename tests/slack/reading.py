"""A message as a person has it before them: what is shown, whom it mentions, where it links to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.slack.mrkdwn import Read, read_markdown, read_mrkdwn, shown_mrkdwn

Json = Mapping[str, Any]


def shown(blocks: Sequence[Json]) -> str:
    """All words of the blocks, a line for each part."""
    return "\n".join("".join(_shown(block)) for block in blocks)


def reads(text: str, blocks: Sequence[Json], streamed: str = "") -> list[Read]:
    """Everything that a message mentions or links to."""
    return [
        *read_mrkdwn(text, verbatim=True),
        *read_markdown(streamed),
        *(read for block in blocks for read in _reads(block)),
    ]


def find_action(blocks: Sequence[Json], action_id: str) -> Json | None:
    """The interactive element with that id."""
    for block in blocks:
        inside = [*block.get("elements", ()), block.get("accessory") or {}]
        for element in inside:
            if element.get("action_id") == action_id:
                return {"block_id": block.get("block_id", "b"), **element}
    return None


def _shown(node: Json) -> Iterator[str]:
    kind = node.get("type")
    if kind == "mrkdwn":
        yield shown_mrkdwn(node["text"])
    elif kind == "link":
        yield node.get("text") or node["url"]
    elif isinstance(node.get("text"), str):
        yield node["text"]
    for key in ("text", "label", "hint", "element", "accessory"):
        if isinstance(node.get(key), dict):
            yield from _shown(node[key])
    for key in ("elements", "fields"):
        for at, inner in enumerate(node.get(key, ())):
            if at and kind in ("rich_text", "rich_text_list", "context", "actions"):
                yield "\n"
            yield from _shown(inner)


def _reads(node: Json) -> Iterator[Read]:
    kind = node.get("type")
    if kind == "mrkdwn":
        yield from read_mrkdwn(node["text"], verbatim=node.get("verbatim", False))
    elif kind == "markdown":
        yield from read_markdown(node["text"])
    elif kind in ("user", "usergroup", "channel"):
        yield Read(str(kind), node[f"{kind}_id"])
    elif kind == "broadcast":
        yield Read("broadcast", node["range"])
    elif kind in ("link", "button") and "url" in node:
        yield Read("link", node["url"])
    for value in node.values():
        if isinstance(value, dict):
            yield from _reads(value)
        elif isinstance(value, list):
            for inner in value:
                if isinstance(inner, dict):
                    yield from _reads(inner)
