"""Where a text may be cut: never inside an address, a quotation, or what a person sees as one sign.

Invariant: the pieces, one after the other, are the text.
"""

import re
from collections.abc import Iterator

from api.slack.rendering.limits import length

_WHOLE = re.compile(
    r"""
      \b[A-Za-z][A-Za-z0-9+.-]{1,20}://\S+              # addresses
    | “[^”]{1,1500}” | «[^»]{1,1500}» | "[^"\n]{1,1500}"   # quotations
    """,
    re.VERBOSE,
)
_ENDS = (
    re.compile(r"\n\n+"),
    re.compile(r"\n"),
    re.compile(r"[.!?…。！？]['\")\]”»]*\s+|[。！？]"),
    re.compile(r"\s+"),
)
"""Where a text is cut best, after these: paragraphs, lines, sentences, words."""
_EARLIEST = 0.4
"""A better end counts only in the rest of the piece, so that pieces do not become small."""
_JOINED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d"
    "\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
"""Signs that belong to the one before them: accents, joiners, skin tones, variants, tags."""
_JOINER = "\u200d"
_LONGEST_SIGN = 64


def pieces(text: str, most: int) -> Iterator[str]:
    """The text in pieces of at most `most` (2 or more) UTF-16 code units; none of an empty text."""
    while length(text) > most:
        cut = _cut(text, _fitting(text, most))
        yield text[:cut]
        text = text[cut:]
    if text:
        yield text


def lines(text: str, most: int) -> Iterator[str]:
    """As `pieces`, cut after line ends wherever a line is short enough."""
    piece = ""
    for line in text.splitlines(keepends=True):
        if length(piece) + length(line) > most:
            *whole, piece = [*([piece] if piece else []), *pieces(line, most)]
            yield from whole
        else:
            piece += line
    if piece:
        yield piece


def shortened(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis, in at most `most` (3 or more) code
    units.
    """
    if length(text) <= most:
        return text
    return text[: _cut(text, _fitting(text, most - 1))].rstrip() + "…"


def _fitting(text: str, most: int) -> int:
    """How many code points of the text have at most `most` code units."""
    end = min(len(text), most)
    while end > 1 and length(text[:end]) > most:
        end -= max(1, (length(text[:end]) - most) // 2)
    return end


def _cut(text: str, end: int) -> int:
    """Where to cut at or before `end`, after 0."""
    spans = (found.span() for found in _WHOLE.finditer(text, 0, end + 1600))
    whole = [(first, last) for first, last in spans if last - first <= end]
    for ends in _ENDS:
        for found in reversed(list(ends.finditer(text, int(end * _EARLIEST), end))):
            if not any(first < found.end() < last for first, last in whole):
                return found.end()
    for first, last in whole:
        if first < end < last and first > 0:
            return first
    return _between_signs(text, end)


def _between_signs(text: str, end: int) -> int:
    """The last place at or before `end` where a visible sign begins."""
    for cut in range(end, max(0, end - _LONGEST_SIGN), -1):
        if cut == len(text) or not (_joined(text, cut) or _splits_flag(text, cut)):
            return cut
    return end


def _joined(text: str, at: int) -> bool:
    return _JOINED.match(text, at) is not None or text[at - 1] == _JOINER


def _splits_flag(text: str, at: int) -> bool:
    """Whether `at` is inside a flag, which is two letters of their own kind."""
    before = re.search("[\U0001f1e6-\U0001f1ff]*$", text[max(0, at - 8) : at])
    flag = "\U0001f1e6" <= text[at] <= "\U0001f1ff"
    return flag and before is not None and len(before[0]) % 2 == 1
