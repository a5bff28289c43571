"""Slack's rules for blocks, checked as its Web API does: the reasons why a message is refused.

The numbers are Slack's documented limits. The ceiling of a whole message is documented nowhere: it
was measured at 13,200 characters, containers included (bolt-js issues 2509 and 2867), and is taken
here as the length of the blocks' JSON. Lengths are counted in UTF-16 code units, the strictest way.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_MESSAGE_CHARS = 13_200
MOST_MARKDOWN_CHARS = 12_000
_WEB = re.compile(r"https?://[^\s<>|]+")

Json = Mapping[str, Any]


def length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def refused(blocks: object, surface: str = "message") -> tuple[str, list[str]] | None:
    """The error and its reasons that Slack would answer with, or None."""
    if not isinstance(blocks, list):
        return "invalid_blocks_format", ["blocks must be an array"]
    reasons = list(_problems(blocks, surface))
    if reasons:
        return "invalid_blocks", reasons
    if surface == "message" and total(blocks) > MOST_MESSAGE_CHARS:
        return "msg_blocks_too_long", []
    return None


def total(blocks: Sequence[Json]) -> int:
    return length(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def _problems(blocks: list[Any], surface: str) -> Iterator[str]:
    if len(blocks) > MOST_BLOCKS[surface]:
        yield f"no more than {MOST_BLOCKS[surface]} items allowed [json-pointer:/blocks]"
    ids = [b["block_id"] for b in blocks if isinstance(b, dict) and "block_id" in b]
    if len(ids) != len(set(ids)):
        yield "block_id must be unique"
    markdown = sum(
        length(str(b.get("text", "")))
        for b in blocks
        if isinstance(b, dict) and b.get("type") == "markdown"
    )
    if markdown > MOST_MARKDOWN_CHARS:
        yield f"must be less than {MOST_MARKDOWN_CHARS + 1} characters [all markdown blocks]"
    for at, block in enumerate(blocks):
        kind = block.get("type") if isinstance(block, dict) else None
        check = _BLOCKS.get(kind) if isinstance(kind, str) else None
        if check is None or (kind == "input" and surface == "message"):
            yield f"unsupported type: {kind} [json-pointer:/blocks/{at}/type]"
            continue
        for problem in (*_text(block, "block_id", 255, optional=True), *check(block)):
            yield f"{problem} [json-pointer:/blocks/{at}]"


def _text(holder: Json, key: str, most: int, *, optional: bool = False) -> Iterator[str]:
    value = holder.get(key)
    if value is None:
        if not optional:
            yield f"missing required field: {key}"
    elif not isinstance(value, str):
        yield f"must be a string: {key}"
    elif not value and not optional:
        yield f"must be more than 0 characters: {key}"
    elif length(value) > most:
        yield f"must be less than {most + 1} characters: {key}"
    elif "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        yield f"not valid Unicode text: {key}"


def _only(holder: Json, *keys: str) -> Iterator[str]:
    for key in holder:
        if key not in {*keys, "type", "block_id"}:
            yield f"invalid additional property: {key}"


def _text_object(holder: Json, key: str, most: int, *, plain: bool = False) -> Iterator[str]:
    value = holder.get(key)
    if not isinstance(value, dict):
        yield f"must be a text object: {key}"
        return
    kind = value.get("type")
    if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
        yield f"unsupported type: {kind}: {key}"
    yield from _only(value, "text", "emoji" if kind == "plain_text" else "verbatim")
    yield from _text(value, "text", most)


def _list(holder: Json, key: str, most: int) -> Iterator[str]:
    value = holder.get(key)
    if not isinstance(value, list) or not value:
        yield f"must be an array with at least one item: {key}"
    elif len(value) > most:
        yield f"no more than {most} items allowed: {key}"
    elif not all(isinstance(item, dict) for item in value):
        yield f"must be objects: {key}"


def _section(block: Json) -> Iterator[str]:
    yield from _only(block, "text", "fields", "accessory", "expand")
    if "text" in block:
        yield from _text_object(block, "text", 3000)
    elif "fields" not in block:
        yield "missing required field: text or fields"
    if "fields" in block:
        yield from _list(block, "fields", 10)
        for field in block["fields"]:
            yield from _text_object({"field": field}, "field", 2000)
    if "accessory" in block:
        yield from _element(block["accessory"], ("button", "image"))


def _header(block: Json) -> Iterator[str]:
    yield from _only(block, "text")
    yield from _text_object(block, "text", 150, plain=True)


def _context(block: Json) -> Iterator[str]:
    yield from _only(block, "elements")
    yield from _list(block, "elements", 10)
    for element in block.get("elements", ()):
        if element.get("type") == "image":
            yield from _image(element)
        else:
            yield from _text_object({"element": element}, "element", 3000)


def _actions(block: Json) -> Iterator[str]:
    yield from _only(block, "elements")
    yield from _list(block, "elements", 25)
    yield from _elements(block.get("elements", ()), ("button",))


def _context_actions(block: Json) -> Iterator[str]:
    yield from _only(block, "elements")
    yield from _list(block, "elements", 5)
    yield from _elements(block.get("elements", ()), ("feedback_buttons", "icon_button"))


def _input(block: Json) -> Iterator[str]:
    yield from _only(block, "label", "element", "hint", "optional", "dispatch_action")
    yield from _text_object(block, "label", 2000, plain=True)
    if "hint" in block:
        yield from _text_object(block, "hint", 2000, plain=True)
    yield from _element(block.get("element", {}), ("plain_text_input",))


def _markdown(block: Json) -> Iterator[str]:
    yield from _only(block, "text")
    yield from _text(block, "text", MOST_MARKDOWN_CHARS)


def _image(block: Json) -> Iterator[str]:
    yield from _only(block, "image_url", "alt_text", "title")
    yield from _text(block, "alt_text", 2000)
    yield from _text(block, "image_url", 3000)


def _elements(elements: Sequence[Json], kinds: Sequence[str]) -> Iterator[str]:
    ids = [element["action_id"] for element in elements if "action_id" in element]
    if len(ids) != len(set(ids)):
        yield "action_id must be unique in a block"
    for element in elements:
        yield from _element(element, kinds)


def _element(element: Json, kinds: Sequence[str]) -> Iterator[str]:
    kind = element.get("type")
    if kind not in kinds:
        yield f"unsupported type: {kind}"
        return
    yield from _text(element, "action_id", 255, optional=True)
    yield from _ELEMENTS[str(kind)](element)


def _button(element: Json) -> Iterator[str]:
    known = ("text", "action_id", "url", "value", "style", "confirm", "accessibility_label")
    yield from _only(element, *known)
    yield from _text_object(element, "text", 75, plain=True)
    yield from _text(element, "value", 2000, optional=True)
    yield from _text(element, "accessibility_label", 75, optional=True)
    yield from _url(element, optional=True)
    if element.get("style", "primary") not in ("primary", "danger"):
        yield "style must be primary or danger"


def _feedback_buttons(element: Json) -> Iterator[str]:
    yield from _only(element, "action_id", "positive_button", "negative_button")
    for name in ("positive_button", "negative_button"):
        button = element.get(name)
        if not isinstance(button, dict):
            yield f"missing required field: {name}"
            continue
        yield from _only(button, "text", "value", "accessibility_label")
        yield from _text_object(button, "text", 75, plain=True)
        yield from _text(button, "value", 2000)
        yield from _text(button, "accessibility_label", 75, optional=True)


def _plain_text_input(element: Json) -> Iterator[str]:
    known = ("action_id", "multiline", "max_length", "min_length", "placeholder", "initial_value")
    yield from _only(element, *known)
    if not 1 <= element.get("max_length", 3000) <= 3000:
        yield "max_length must be at most 3000"
    if "placeholder" in element:
        yield from _text_object(element, "placeholder", 150, plain=True)


def _url(element: Json, *, optional: bool = False) -> Iterator[str]:
    yield from _text(element, "url", 3000, optional=optional)
    if isinstance(url := element.get("url"), str) and not _WEB.fullmatch(url):
        yield f"invalid url: {url!r}"


def _rich_text(block: Json) -> Iterator[str]:
    yield from _only(block, "elements")
    yield from _list(block, "elements", 10_000)
    for element in block.get("elements", ()):
        yield from _rich_part(element)


def _rich_part(part: Json) -> Iterator[str]:
    kind = part.get("type")
    if kind == "rich_text_list":
        yield from _only(part, "elements", "style", "indent", "offset", "border")
        if part.get("style") not in ("bullet", "ordered"):
            yield "style must be bullet or ordered"
        if not 0 <= part.get("indent", 0) <= 8:
            yield "indent must be between 0 and 8"
        yield from _list(part, "elements", 10_000)
        for item in part.get("elements", ()):
            if item.get("type") != "rich_text_section":
                yield "a list holds rich_text_section"
            yield from _rich_part(item)
    elif kind in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
        yield from _only(part, "elements", *(() if kind.endswith("section") else ("border",)))
        yield from _list(part, "elements", 10_000)
        for element in part.get("elements", ()):
            yield from _rich_element(element, preformatted=kind == "rich_text_preformatted")
    else:
        yield f"unsupported type: {kind}"


def _rich_element(element: Json, *, preformatted: bool) -> Iterator[str]:
    kind = element.get("type")
    if kind == "text":
        yield from _only(element, "text", "style")
        yield from _text(element, "text", 40_000)
    elif kind == "link":
        yield from _only(element, "text", "style", "url", "unsafe")
        yield from _text(element, "text", 40_000, optional=True)
        yield from _url(element)
    elif kind not in ("user", "usergroup", "channel", "broadcast", "emoji") or preformatted:
        yield f"unsupported type: {kind}"
    style = element.get("style", {})
    for name, value in style.items():
        if name not in ("bold", "italic", "strike", "code") or value not in (True, False):
            yield f"invalid style: {name}"


_BLOCKS: dict[str, Callable[[Json], Iterator[str]]] = {
    "section": _section,
    "header": _header,
    "divider": lambda block: _only(block),
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "input": _input,
    "markdown": _markdown,
    "image": _image,
    "rich_text": _rich_text,
}
_ELEMENTS: dict[str, Callable[[Json], Iterator[str]]] = {
    "button": _button,
    "image": _image,
    "feedback_buttons": _feedback_buttons,
    "icon_button": lambda _: iter(()),
    "plain_text_input": _plain_text_input,
}
