"""Markdown into a document: headings as CommonMark has them, so that a `#` in a code fence is
none, and the front matter's title, date and other plain values.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from embeddings.base import CharSpan
from rag.ingest.dates import stated_date
from rag.ingest.decoding import decode
from rag.ingest.furniture import furniture_spans, merged_spans
from rag.ingest.lines import Line, split_lines
from rag.ingest.plain_text import decoding_metadata, decoding_warnings
from rag.types import Heading, ParsedDocument

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_MAX_FRONT_MATTER_LINES = 200
_MAX_VALUE_CHARS = 500
_KEY_VALUE = re.compile(r"(?P<key>[A-Za-z][\w\-]{0,60})[ \t]*:(?:[ \t]+(?P<value>.*))?$")
_CONTINUATION = re.compile(r"[ \t]+\S|- |-$|#|\]|\}|$")
_ATX = re.compile(r"[ ]{0,3}#{1,6}[ \t]*")
_ATX_END = re.compile(r"(?:^|[ \t]+)#+[ \t]*$")
_INLINE_MARKS = re.compile(
    r"!?\[([^\]]*)\]\([^)]*\)|`|\*\*|__|(?<!\w)[*_]|[*_](?!\w)|[ \t]*\{#[^}]*\}"
)


def parse_markdown(data: bytes, media_type: str) -> ParsedDocument:
    """The document that the bytes of a Markdown file hold.

    Raises:
        FileUnreadable: They are no text, or its encoding cannot be told.
    """
    decoded = decode(data)
    lines = split_lines(decoded.text)
    front_lines, values = _front_matter(lines)
    found = list(furniture_spans(decoded.text))
    if front_lines:
        found.append((lines[0].start, lines[front_lines - 1].words_end))
    furniture = merged_spans(found)
    body_start = lines[front_lines].start if front_lines < len(lines) else len(decoded.text)
    headings = _headings(decoded.text[body_start:], lines[front_lines:], furniture)
    title = values.pop("title", None) or (headings[0].text if headings else None)
    return ParsedDocument(
        text=decoded.text,
        media_type=media_type,
        title=title,
        date=_iso_date(values.pop("date", "")) or stated_date(lines[front_lines:]),
        headings=headings,
        furniture=furniture,
        metadata={**values, **decoding_metadata(decoded)},
        warnings=decoding_warnings(decoded),
    )


def _front_matter(lines: Sequence[Line]) -> tuple[int, dict[str, str]]:
    """How many lines the front matter takes, and its plain values; 0 where there is none."""
    if not lines or lines[0].text.rstrip() != "---":
        return 0, {}
    values: dict[str, str] = {}
    for number, line in enumerate(lines[1:_MAX_FRONT_MATTER_LINES], 2):
        if line.text.rstrip() in ("---", "..."):
            return (number, values) if values else (0, {})
        pair = _KEY_VALUE.match(line.text.rstrip())
        if pair:
            values[pair.group("key").lower()] = _plain_value(pair.group("value") or "")
        elif not _CONTINUATION.match(line.text):
            return 0, {}
    return 0, {}


def _plain_value(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return value[:_MAX_VALUE_CHARS]


def _iso_date(value: str) -> str | None:
    return stated_date(split_lines(value))


def _headings(
    body: str, lines: Sequence[Line], furniture: Sequence[CharSpan]
) -> tuple[Heading, ...]:
    headings = []
    for token in _block_parser().parse(body):
        # Headings inside lists and quotations do not divide the document.
        if token.type == "heading_open" and token.level == 0 and token.map:
            first, after = token.map
            last = after - 1 if token.markup.startswith("#") else after - 2
            heading = _heading(lines[first], lines[last], int(token.tag[1:]), body, lines[0].start)
            inside = any(start <= heading.start < end for start, end in furniture)
            if heading.text and not inside:
                headings.append(heading)
    return tuple(headings)


def _heading(first: Line, last: Line, level: int, body: str, offset: int) -> Heading:
    start, end = first.words_start, last.words_end
    if first is last and (atx := _ATX.match(first.text)):
        start = first.start + atx.end()
        closing = _ATX_END.search(first.text, atx.end())
        if closing:
            end = max(start, first.start + closing.start())
    words = body[start - offset : end - offset]
    return Heading(start, end, level, " ".join(_INLINE_MARKS.sub(r"\1", words).split()))


@cache
def _block_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # Without the inline rules a line of megabytes costs no more than its length.
    return MarkdownIt("commonmark").disable(["inline", "text_join"], ignoreInvalid=True)
