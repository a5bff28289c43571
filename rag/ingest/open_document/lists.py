"""The numbers before list items and headings of OpenDocument texts, which stand in no paragraph."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.ingest.office.elements import attribute, descendants, local, number
from rag.ingest.office.numbering import BULLET, written_number

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_LEVELS = 10
_STYLES = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
}


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    prefix: str
    suffix: str
    shown_levels: int
    start: int


ListStyle = dict[int, _Level]
"""The levels of a list, from 1."""


class Counter:
    """Counts the items of one list."""

    def __init__(self, style: ListStyle | None) -> None:
        self._style = style
        self._counts: list[int | None] = [None] * (MAX_LEVELS + 1)

    def label(self, level: int, start: int | None = None) -> str:
        """What stands before the next item at a level, from 1; a bullet where no style says it."""
        level = min(level, MAX_LEVELS)
        of_level = self._style.get(level) if self._style is not None else None
        before = self._counts[level]
        first = of_level.start if of_level else 1
        self._counts[level] = start or (first if before is None else before + 1)
        self._counts[level + 1 :] = [None] * (MAX_LEVELS - level)
        if of_level is None:
            return BULLET
        if of_level.format not in _STYLES:
            return "" if of_level.format == "" else BULLET
        lowest = max(1, level - of_level.shown_levels + 1)
        shown = ".".join(self._shown(each) for each in range(lowest, level + 1))
        return f"{of_level.prefix}{shown}{of_level.suffix}".strip()

    def _shown(self, level: int) -> str:
        of_level = self._style.get(level) if self._style else None
        style = _STYLES.get(of_level.format, "decimal") if of_level else "decimal"
        return written_number(self._counts[level] or 1, style)


def list_styles(*roots: "_Element | None") -> dict[str, ListStyle]:
    """The list styles in the parts of a document, by name."""
    return {
        attribute(style, "name") or "": _levels(style)
        for root in roots
        if root is not None
        for style in descendants(root, "list-style")
    }


def outline_style(root: "_Element | None") -> ListStyle:
    """How headings are numbered."""
    style = None if root is None else next(descendants(root, "outline-style"), None)
    return {} if style is None else _levels(style)


def _levels(style: "_Element") -> ListStyle:
    return {
        number(attribute(level, "level"), 1): _Level(
            format="-" if local(level).endswith("bullet") else attribute(level, "num-format") or "",
            prefix=attribute(level, "num-prefix") or "",
            suffix=attribute(level, "num-suffix") or "",
            shown_levels=number(attribute(level, "display-levels"), 1, most=MAX_LEVELS),
            start=number(attribute(level, "start-value"), 1),
        )
        for level in style
        if "level-style" in local(level)
    }
