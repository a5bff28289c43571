"""What the styles of a Word document say of its paragraphs: which are headings, which are lists,
which belong to a table of contents.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.ingest.office.elements import attribute, child, children, is_on, number, value_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING_NAME = re.compile(r"heading ([1-9])$", re.IGNORECASE)
_CONTENTS_NAME = re.compile(
    r"(?:toc|index) \d|contents \d|table of (?:figures|authorities)", re.IGNORECASE
)
_MAX_ANCESTORS = 20


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """A style with what it inherits.

    Attributes:
        level: Of the heading, from 1; None for other text.
        list: Id and level (from 0) of the list whose numbers its paragraphs carry.
    """

    is_title: bool = False
    level: int | None = None
    is_contents: bool = False
    is_hidden: bool = False
    list: tuple[str, int] | None = None


PLAIN = ParagraphStyle()


class Styles:
    """The paragraph styles of one document."""

    def __init__(self, tree: "_Element | None") -> None:
        styles = () if tree is None else children(tree, "style")
        self._elements = {_id(style): style for style in styles}
        self._styles: dict[str, ParagraphStyle] = {}

    def of(self, properties: "_Element | None") -> ParagraphStyle:
        """The style of a paragraph with these properties, its own outline level included."""
        if properties is None:
            return PLAIN
        style = self._named(value_of(properties, "pStyle"))
        own = value_of(properties, "outlineLvl")
        if own is None or style.is_contents:
            return style
        return ParagraphStyle(style.is_title, _outline(own), False, style.is_hidden, style.list)

    def _named(self, style_id: str | None) -> ParagraphStyle:
        if style_id is None or style_id not in self._elements:
            return PLAIN
        if style_id not in self._styles:
            self._styles[style_id] = _style(style_id, self._elements)
        return self._styles[style_id]


def list_of(properties: "_Element | None", style: ParagraphStyle) -> tuple[str, int] | None:
    """Id and level of the list that a paragraph belongs to; None for none."""
    own = None if properties is None else child(properties, "numPr")
    if own is None:
        return style.list
    list_id = value_of(own, "numId") or (style.list[0] if style.list else "0")
    if list_id == "0":
        return None
    default = style.list[1] if style.list else 0
    return list_id, number(value_of(own, "ilvl"), default, most=8)


def _id(style: "_Element") -> str:
    return attribute(style, "styleId") or ""


def _style(style_id: str, elements: "dict[str, _Element]") -> ParagraphStyle:
    chain: list[_Element] = []
    while style_id in elements and len(chain) < _MAX_ANCESTORS:
        chain.append(elements[style_id])
        style_id = value_of(chain[-1], "basedOn") or ""
    names = [value_of(style, "name") or "" for style in chain]
    return ParagraphStyle(
        is_title=names[0].lower() == "title",
        level=_level(chain, names),
        is_contents=bool(_CONTENTS_NAME.match(names[0])),
        is_hidden=any(is_on(style, "rPr", "vanish") for style in chain[:1]),
        list=_list(chain),
    )


def _level(chain: "list[_Element]", names: list[str]) -> int | None:
    for style, name in zip(chain, names, strict=True):
        own = value_of(style, "pPr", "outlineLvl")
        if own is not None:
            return _outline(own)
        if match := _HEADING_NAME.match(name):
            return int(match[1])
        if name.lower() == "title":
            return 1
    return None


def _outline(words: str) -> int | None:
    level = number(words, 9)
    return level + 1 if level < 9 else None


def _list(chain: "list[_Element]") -> tuple[str, int] | None:
    for style in chain:
        list_id = value_of(style, "pPr", "numPr", "numId")
        if list_id is not None:
            level = number(value_of(style, "pPr", "numPr", "ilvl"), most=8)
            return None if list_id == "0" else (list_id, level)
    return None
