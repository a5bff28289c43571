"""Cuts a very long text into windows at blank lines, so that what is made of it never has to be in
memory all at once.
"""

from collections.abc import Iterator

from embeddings.base import CharSpan

WINDOW_CHARS = 2**20
LARGE_CHARS = 8 * WINDOW_CHARS
"""Texts up to this are taken whole."""

_TITLE_CHARS = 150
_MOST_TITLES = 5
_CUTS = ("\n\n", "\n\r\n", "\n", "\r", " ")


def windows(text: str, start: int, end: int) -> Iterator[CharSpan]:
    """Spans that cover a part of a text, in order: each about `WINDOW_CHARS` long, cut at the last
    blank line in it, else at a line's end, else between words.
    """
    while end - start > 2 * WINDOW_CHARS:
        until = _before_title(text, start, start + WINDOW_CHARS)
        found = ((text.rfind(mark, start + 1, until), mark) for mark in _CUTS)
        cut = next((at + len(mark) for at, mark in found if at > start), until)
        yield start, cut
        start = cut
    yield start, end


def _before_title(text: str, start: int, until: int) -> int:
    """Where to look for a cut from: a title stays with what it is the title of."""
    looked_from = until
    for _ in range(_MOST_TITLES):
        end = text.rfind("\n\n", start, looked_from)
        before = text.rfind("\n\n", start, max(end, start))
        if before <= start:
            return until
        if end - before > _TITLE_CHARS:
            return looked_from
        looked_from = before + 2
    return until  # short paragraphs, not titles
