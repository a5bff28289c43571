"""A message's words as text alone, for where Slack refuses to show its blocks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from api.slack.rendering.escaping import escaped
from api.slack.rendering.limits import PLAIN_CHARS, Block, length
from api.slack.rendering.splitting import pieces

_SIGN_CHARS: Final = 700
"""Escaped, a text of that length has five times as many at most, and still fits."""


def plain_texts(blocks: Sequence[Block]) -> tuple[str, ...]:
    """What the blocks say, escaped, in texts that Slack takes whole; nothing of buttons.

    Links keep their addresses, and who was named on purpose is named. A paragraph that fits into
    one text is not divided.
    """
    texts: list[str] = []
    packed = ""
    for atoms in _paragraphs(blocks):
        whole = "".join(atoms)
        if packed and length(packed) + length(whole) + 1 > PLAIN_CHARS:
            texts.append(packed)
            packed = ""
        packed += "\n" if packed else ""
        for atom in atoms:
            if length(packed) + length(atom) > PLAIN_CHARS:
                texts.append(packed)
                packed = ""
            packed += atom
    return tuple(text for text in (*texts, packed) if text.strip())


def _paragraphs(blocks: Sequence[Block]) -> Iterator[list[str]]:
    """Each paragraph as pieces that may be divided between two texts."""
    for block in blocks:
        if block["type"] == "rich_text":
            for part in _elements(block):
                yield from _part(part)


def _part(part: Mapping[str, Any]) -> Iterator[list[str]]:
    kind = part["type"]
    if kind == "rich_text_list":
        first = int(part.get("offset", 0)) + 1
        for number, item in enumerate(_elements(part), first):
            mark = f"{number}. " if part.get("style") == "ordered" else "• "
            yield ["    " * int(part.get("indent", 0)) + mark, *_atoms(item)]
    elif kind == "rich_text_quote":
        yield ["> ", *(atom.replace("\n", "\n> ") for atom in _atoms(part))]
    else:
        yield list(_atoms(part))


def _atoms(part: Mapping[str, Any]) -> Iterator[str]:
    for run in _elements(part):
        if run["type"] == "user":
            yield f"<@{run['user_id']}>"
            continue
        text = str(run.get("text") or "")
        address = escaped(str(run.get("url") or "")).replace("|", "%7C")
        if address and length(address) + 5 * length(text) < PLAIN_CHARS:
            yield f"<{address}|{escaped(text)}>"
            continue
        yield from (escaped(piece) for piece in pieces(text, _SIGN_CHARS))


def _elements(node: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = node["elements"]
    return found
