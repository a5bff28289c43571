"""Finds the headings of plain text, where nothing but their shape marks them.

A heading is a short line that ends no sentence and stands before longer text, or one that is marked
as such (`## Title`, a line of `====` below, `Chapter 3`, `2.1 Scope`). List items, clauses,
`key: value` lines, chat lines, table rows, verse and code are none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from embeddings.base import CharSpan
from rag.ingest.lines import Line
from rag.ingest.structure import (
    FENCE,
    KEYED_LINE,
    LIST_MARKER,
    MARKED_HEADING,
    STRUCTURAL_LINE,
    TABLE_ROW,
    TIMED_LINE,
)
from rag.types import Heading

_MAX_CHARS = 150
_MAX_WORDS = 22
_MIN_BODY_WIDTH = 60
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uff01-\uff60]")
_CLOSED = re.compile(r"[.!;:,…。！；：，、।\\{}>=]['\"”’»)\]*_]*$")
_CODE = re.compile(r"[{}<>=;\\]|\w\(|https?://|\S@\S")
_SEVERAL_SENTENCES = re.compile(r"[^\W\d_]{4}[.!?] +[^\W\d_a-z]")
_UNDERLINE = re.compile(r"[ \t]*(?:={3,}|-{3,})[ \t]*$")
_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})\.?[ \t]+(?=[^\W\d_a-z])")
_NAMED = re.compile(
    r"(?P<name>part|chapter|section|article|appendix|annex|schedule|exhibit|unit|lesson|volume|book)"
    r"[ \t]+(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,7}|[A-Z])(?=$|[ \t.:\-–—])(?P<rest>.*)$",
    re.IGNORECASE,
)
_NAMED_CJK = re.compile(r"第[0-9一二三四五六七八九十百零〇]{1,5}(?P<name>[编編篇部章节節])")
_UPPER_NAMES = frozenset({"part", "volume", "book", "unit", "编", "編", "篇", "部"})


@dataclass(frozen=True, slots=True)
class _Place:
    """A line among its neighbours; blank lines and furniture are passed over."""

    line: Line
    following: Line | None
    opens: bool
    closes: bool


def plain_headings(lines: Sequence[Line], furniture: Sequence[CharSpan]) -> tuple[Heading, ...]:
    """The headings of a text, in order, none of them in furniture."""
    places = _places(lines, furniture)
    levels = []
    fenced = False
    for place in places:
        is_fence = FENCE.match(place.line.text) is not None
        fenced ^= is_fence
        levels.append(0 if fenced or is_fence else _level(place))
    if len(levels) > 1 and not levels[0] and levels[1] and _is_title(places[0]):
        levels[0] = 1
    headings = [
        _heading(place.line, level) for place, level in zip(places, levels, strict=True) if level
    ]
    return _below_title(headings, places)


def _is_title(first: _Place) -> bool:
    """Whether the first line, with a heading below it, is the title over that."""
    words = first.line.text.strip()
    is_short = 2 <= len(words) <= _MAX_CHARS
    return (
        first.closes and is_short and _may_be(words) and not STRUCTURAL_LINE.match(first.line.text)
    )


def _places(lines: Sequence[Line], furniture: Sequence[CharSpan]) -> list[_Place]:
    kept: list[tuple[Line, bool]] = []
    opens = True
    spans = iter((*furniture, (10**18, 10**18)))
    start, end = next(spans)
    for line in lines:
        while end <= line.start:
            start, end = next(spans)
        if line.is_blank or (start <= line.words_start and line.words_end <= end):
            opens = True
            continue
        kept.append((line, opens))
        opens = start <= line.words_end <= end
    behind: list[tuple[Line | None, bool]] = [*kept[1:], (None, True)]
    return [
        _Place(line, following, opens, closes)
        for (line, opens), (following, closes) in zip(kept, behind, strict=False)
    ]


def _level(place: _Place) -> int:
    """1 to 6 for a heading, 0 for any other line."""
    marked = MARKED_HEADING.match(place.line.text)
    if marked:
        return len(marked.group(1))
    words = place.line.text.strip()
    if place.following is None or not 2 <= len(words) <= _MAX_CHARS or not _may_be(words):
        return 0
    if named := _named_level(words, place):
        return named
    if STRUCTURAL_LINE.match(place.line.text) and not _NUMBERED.match(words):
        return 0
    if underline := _underline(place):
        return 1 if underline == "=" else 2
    if numbered := _NUMBERED.match(words):
        number = numbered.group("number")
        return number.count(".") + 1 if _numbers_heading(number, place) else 0
    return 1 if _stands_out(place) else 0


def _may_be(words: str) -> bool:
    if len(words.split()) > _MAX_WORDS or _CLOSED.search(words):
        return False
    if _CODE.search(words) or _SEVERAL_SENTENCES.search(words):
        return False
    first = next((char for char in words if char.isalnum()), "")
    return bool(first) and not first.islower() and any(char.isalpha() for char in words)


def _named_level(words: str, place: _Place) -> int:
    named = _NAMED.match(words)
    if named and place.opens and not re.match(r"[ \t]+[a-z]", named.group("rest")):
        return 1 if named.group("name").lower() in _UPPER_NAMES else 2
    cjk = _NAMED_CJK.match(words)
    if cjk and _width(words) <= 60:
        return 1 if cjk.group("name") in _UPPER_NAMES else 2 if cjk.group("name") == "章" else 3
    return 0


def _numbers_heading(number: str, place: _Place) -> bool:
    """Whether a numbered line is a heading and not an item of a list of such lines."""
    if not place.opens or place.following is None:
        return False
    below = _NUMBERED.match(place.following.text.strip())
    if below:
        return below.group("number").startswith(f"{number}.")
    return ("." in number and place.closes) or _stands_out(place)


def _underline(place: _Place) -> str:
    """The character that the line is underlined with on the next line, or an empty string."""
    below = place.following.text.strip() if place.following else ""
    if not place.opens or place.closes or not _UNDERLINE.match(below):
        return ""
    return below[0] if len(below) * 10 >= len(place.line.text.strip()) * 6 else ""


def _stands_out(place: _Place) -> bool:
    """Whether the line is short before long text, so that only a heading makes sense."""
    following = place.following
    words = place.line.text.strip()
    if following is None or not (place.opens or place.closes):
        return False
    if words.endswith("?") and not (place.opens and place.closes):
        return False
    body = following.text.strip()
    structural = (LIST_MARKER, KEYED_LINE, TABLE_ROW, TIMED_LINE, MARKED_HEADING, FENCE)
    if any(pattern.match(following.text) for pattern in structural):
        # A shouted line may stand above a list; anything else could be its first item.
        return place.opens and place.closes and words.isupper() and len(words) >= 4
    if place.opens and place.closes:
        return (
            _width(body) >= _MIN_BODY_WIDTH
            or _ends_prose(body, words)
            or (words.isupper() and not body.isupper())
        )
    if body[0].islower() or body[0].isdigit():  # the sentence goes on, or its index stood apart
        return False
    ends_prose = body[-1] in ".!?。！？" and _width(body) >= _MIN_BODY_WIDTH
    return (
        place.opens
        and (ends_prose or _width(body) >= 100)
        and _width(body) * 2 >= 3 * _width(words)
    )


def _ends_prose(body: str, words: str) -> bool:
    return body[-1] in ".!?。！？" and _width(body) >= max(30, _width(words))


def _width(words: str) -> int:
    """Length as it looks: a Chinese, Japanese or Korean character is as wide as two letters."""
    return len(words) + (len(_CJK.findall(words)) if len(words) <= 500 else 0)


def _heading(line: Line, level: int) -> Heading:
    marked = MARKED_HEADING.match(line.text)
    start = line.start + marked.end() if marked else line.words_start
    words = line.text[start - line.start :].rstrip()
    if marked:
        words = re.sub(r"[ \t]+#+$", "", words)
    return Heading(start, start + len(words), level, " ".join(words.strip("*_ ").split()))


def _below_title(headings: list[Heading], places: Sequence[_Place]) -> tuple[Heading, ...]:
    """Puts the others a level lower where the first opens the text and is a heading over them
    all.
    """
    if len(headings) < 2 or headings[0].level != headings[1].level:
        return tuple(headings)
    tops = [
        place.line.start <= heading.start <= place.line.end
        for place, heading in zip(places, headings[:2], strict=False)
    ]
    if not all(tops):
        return tuple(headings)
    lower = (replace(heading, level=heading.level + 1) for heading in headings[1:])
    return (headings[0], *lower)
