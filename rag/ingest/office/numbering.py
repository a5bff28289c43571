"""The numbers that Word shows before paragraphs, as `3.2` or `(a)`. They stand nowhere in the file,
so they are counted while the paragraphs pass.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.ingest.office.elements import attribute, child, children, number, value_of

if TYPE_CHECKING:
    from lxml.etree import _Element

LEVELS = 9
BULLET = "-"
_PLACEHOLDER = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    text: str
    start: int
    is_legal: bool


class Numbering:
    """The lists of one document. Stateful: asked once for each numbered paragraph, in order."""

    def __init__(self, tree: "_Element | None") -> None:
        self._lists: dict[str, str] = {}
        self._levels: dict[str, dict[int, _Level]] = {}
        self._restarts: dict[tuple[str, int], int] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._seen: set[str] = set()
        if tree is not None:
            self._read(tree)

    def label(self, list_id: str, level: int) -> str:
        """What stands before the next paragraph of a list, at a level from 0; empty for nothing."""
        abstract = self._lists.get(list_id)
        levels = self._levels.get(abstract or "", {})
        if abstract is None or level not in levels:
            return BULLET if abstract is not None else ""
        counts = self._counts.setdefault(abstract, [None] * LEVELS)
        self._restart(list_id, counts)
        before = counts[level]
        counts[level] = levels[level].start if before is None else before + 1
        counts[level + 1 :] = [None] * (LEVELS - level - 1)
        return _shown(levels, counts, level)

    def _restart(self, list_id: str, counts: list[int | None]) -> None:
        if list_id in self._seen:
            return
        self._seen.add(list_id)
        for level in range(LEVELS):
            start = self._restarts.get((list_id, level))
            if start is not None:
                counts[level] = start - 1

    def _read(self, tree: "_Element") -> None:
        for abstract in children(tree, "abstractNum"):
            self._levels[attribute(abstract, "abstractNumId") or ""] = {
                number(attribute(level, "ilvl")): _Level(
                    format=value_of(level, "numFmt") or "decimal",
                    text=value_of(level, "lvlText") or "",
                    start=number(value_of(level, "start"), 1),
                    is_legal=child(level, "isLgl") is not None,
                )
                for level in children(abstract, "lvl")
            }
        for instance in children(tree, "num"):
            list_id = attribute(instance, "numId") or ""
            self._lists[list_id] = value_of(instance, "abstractNumId") or ""
            for override in children(instance, "lvlOverride"):
                start = value_of(override, "startOverride")
                if start is not None:
                    level = number(attribute(override, "ilvl"), most=LEVELS - 1)
                    self._restarts[list_id, level] = number(start, 1)


def _shown(levels: dict[int, _Level], counts: list[int | None], level: int) -> str:
    if levels[level].format == "bullet":
        return BULLET
    if levels[level].format == "none":
        return ""

    def part(match: re.Match[str]) -> str:
        index = int(match[1]) - 1
        of_level = levels.get(index)
        count = counts[index]
        if of_level is None:
            return ""
        style = "decimal" if levels[level].is_legal else of_level.format
        return written_number(of_level.start if count is None else count, style)

    return _PLACEHOLDER.sub(part, levels[level].text).strip()


def written_number(value: int, style: str) -> str:
    """A count in letters, Roman or Arabic numerals, by Word's name of the style."""
    if style in ("lowerLetter", "upperLetter") and value > 0:
        letters = chr(ord("a") + (value - 1) % 26) * min(10, (value - 1) // 26 + 1)
        return letters if style == "lowerLetter" else letters.upper()
    if style in ("lowerRoman", "upperRoman") and 0 < value < 4000:
        roman = ""
        for worth, numeral in _ROMAN:
            roman += numeral * (value // worth)
            value %= worth
        return roman if style == "lowerRoman" else roman.upper()
    if style == "decimalZero":
        return f"{value:02}"
    return "" if style in ("none", "bullet") else str(value)
