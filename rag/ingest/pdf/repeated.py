"""Finds running headers, footers and page numbers: what stands at the same edge of several pages
near each other, numbers aside.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rag.ingest.pdf.page_lines import PdfLine

REACH = 4
"""Pages on either side that a line may come back on."""

_EDGE_LINES = 2
_LEAST_PAGES = 3
_DIGITS = re.compile(r"\d+|(?<![^\W\d_])[ivxlc]+(?![^\W\d_])")
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.)?[ \t]*[-–—|]?[ \t]*#[ \t]*(?:(?:of|/|von|\|)[ \t]*#)?[ \t]*[-–—|]?",
    re.IGNORECASE,
)
_ROUND_POINTS = 6

EdgeKey = tuple[str, str, int]
"""Edge of the page, text with numbers as `#`, and distance from the top in steps."""


def edge_keys(lines: Sequence[PdfLine]) -> dict[int, EdgeKey]:
    """What the lines at the top and at the bottom of a page look like, by their position; those
    nearest to an edge come first.
    """
    down = sorted(range(len(lines)), key=lambda at: lines[at].box[1])
    keys: dict[int, EdgeKey] = {}
    for edge, positions in (("top", down[:_EDGE_LINES]), ("bottom", down[: -_EDGE_LINES - 1 : -1])):
        for at in positions:
            shape = _DIGITS.sub("#", lines[at].text.strip())
            keys.setdefault(at, (edge, shape, round(lines[at].box[1] / _ROUND_POINTS)))
    return keys


def repeated(keys: dict[int, EdgeKey], near: Iterable[dict[int, EdgeKey]], pages: int) -> set[int]:
    """Positions of the lines of a page that come back on pages near it.

    Args:
        keys: Of the page.
        near: Of the pages around it, itself among them.
        pages: How many the document has.
    """
    counts = Counter(key for each in near for key in _with_neighbours(each.values()))
    found: set[int] = set()
    closed: set[str] = set()
    for at, key in keys.items():
        is_number = _PAGE_NUMBER.fullmatch(key[1]) is not None
        needed = min(pages, _LEAST_PAGES) if is_number else _LEAST_PAGES
        # What stands further in than a line of the body is of the body too.
        if key[0] not in closed and counts[key] >= max(needed, 2):
            found.add(at)
        else:
            closed.add(key[0])
    return found


def is_page_number(line: PdfLine) -> bool:
    """Whether a line says which page it stands on and nothing else."""
    return _PAGE_NUMBER.fullmatch(_DIGITS.sub("#", line.text.strip())) is not None


def _with_neighbours(keys: Iterable[EdgeKey]) -> set[EdgeKey]:
    """The keys and those one step above and below, so that no rounding keeps equals apart."""
    return {(edge, shape, step + by) for edge, shape, step in keys for by in (-1, 0, 1)}
