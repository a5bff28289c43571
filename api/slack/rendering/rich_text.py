"""Text as Slack's `rich_text`: runs with a style, in parts, packed into blocks.

Slack takes a run's text literally: no sign in it means anything, and only a run with an address is
a link. `rich_text` is therefore the one form that text from documents and models is shown in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from api.slack.rendering.escaping import clean
from api.slack.rendering.limits import BLOCK_CHARS, BLOCK_WEIGHT, Block, length, weight
from api.slack.rendering.splitting import lines, pieces

Kind = Literal["section", "quote", "preformatted", "item"]
_STYLES = ("bold", "italic", "strike", "code")
_PART_WEIGHT = BLOCK_WEIGHT - 200
"""A run of `BLOCK_CHARS` is below it whatever its signs: in JSON each counts twice at most."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one style.

    Attributes:
        url: Where it leads; None: it is no link.
        user: A user's id who is named in place of the text, and so mentioned.
    """

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    url: str | None = None
    user: str | None = None

    def json(self) -> Block:
        """As Slack takes it."""
        style = {name: True for name in _STYLES if getattr(self, name)}
        shown: Block = {"type": "text", "text": self.text}
        if self.user:
            shown = {"type": "user", "user_id": self.user}
        elif self.url:
            shown = {"type": "link", "url": self.url, "text": self.text}
        return {**shown, "style": style} if style else shown


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph, a quote, a block of code or an item of a list.

    Attributes:
        indent: Of an item, from 0 to 8.
        number: Of an item in a numbered list; None in any other.
    """

    kind: Kind
    runs: tuple[Run, ...]
    indent: int = 0
    number: int | None = None


def section(*runs: Run) -> Part:
    """A paragraph."""
    return Part("section", runs)


def rich_blocks(parts: Iterable[Part]) -> tuple[Block, ...]:
    """The parts as `rich_text` blocks, each within Slack's limits; a part that is too long is cut,
    and goes on as another of its kind.
    """
    blocks: list[Block] = []
    packed: list[Part] = []
    chars = heavy = 0
    for part in chain.from_iterable(_divided(_cleaned(whole)) for whole in parts):
        more_chars, more = _chars(part.runs), weight(_part_json(part))
        if packed and (chars + more_chars > BLOCK_CHARS or heavy + more > BLOCK_WEIGHT):
            blocks.append(_block(packed))
            packed, chars, heavy = [], 0, 0
        packed.append(part)
        chars, heavy = chars + more_chars, heavy + more
    return (*blocks, _block(packed)) if packed else tuple(blocks)


def _cleaned(part: Part) -> Part:
    """Without what is not to be seen; runs of one style that follow each other are one."""
    runs: list[Run] = []
    for run in part.runs:
        text = clean(run.text)
        if runs and not run.user and replace(runs[-1], text="") == replace(run, text=""):
            runs[-1] = replace(run, text=runs[-1].text + text)
        elif text or run.user:
            runs.append(replace(run, text=text))
    return replace(part, runs=tuple(runs))


def _divided(part: Part) -> Iterator[Part]:
    """The part in pieces that each fit a block; none of an empty one. What an item goes on with is
    a paragraph, as it has no number of its own.
    """
    packed: list[Run] = []
    chars = heavy = 0
    for run in chain.from_iterable(_run_pieces(whole, part.kind) for whole in part.runs):
        more_chars, more = length(run.text), weight(run.json())
        if packed and (chars + more_chars > BLOCK_CHARS or heavy + more > _PART_WEIGHT):
            yield replace(part, runs=tuple(packed))
            part = section() if part.kind == "item" else part
            packed, chars, heavy = [], 0, 0
        packed.append(run)
        chars, heavy = chars + more_chars, heavy + more
    if packed:
        yield replace(part, runs=tuple(packed))


def _run_pieces(run: Run, kind: Kind) -> Iterator[Run]:
    if run.user or length(run.text) <= BLOCK_CHARS:
        yield run
        return
    for text in (lines if kind == "preformatted" else pieces)(run.text, BLOCK_CHARS):
        yield replace(run, text=text)


def _block(parts: Sequence[Part]) -> Block:
    elements: list[Block] = []
    before: Part | None = None
    for part in parts:
        if part.kind != "item":
            elements.append(_part_json(part))
        elif before is not None and _goes_on(before, part):
            items = elements[-1]["elements"]
            assert isinstance(items, list)
            items.append(_item_json(part))
        else:
            elements.append(_part_json(part))
        before = part
    return {"type": "rich_text", "elements": elements}


def _goes_on(before: Part, part: Part) -> bool:
    """Whether an item belongs to the same list as the part before it."""
    if before.kind != "item" or before.indent != part.indent:
        return False
    if before.number is None or part.number is None:
        return before.number is part.number
    return part.number == before.number + 1


def _part_json(part: Part) -> Block:
    if part.kind != "item":
        return {
            "type": f"rich_text_{part.kind}",
            "elements": [run.json() for run in part.runs],
        }
    listed: Block = {
        "type": "rich_text_list",
        "style": "bullet" if part.number is None else "ordered",
        "elements": [_item_json(part)],
    }
    if part.indent:
        listed["indent"] = min(part.indent, 8)
    if part.number is not None and part.number > 1:
        listed["offset"] = part.number - 1
    return listed


def _item_json(part: Part) -> Block:
    return {"type": "rich_text_section", "elements": [run.json() for run in part.runs]}


def _chars(runs: Sequence[Run]) -> int:
    return sum(length(run.text) for run in runs)
