"""Finds what a web page or a press release wraps around its text: players' menus, feed lines,
trailers, link lists, logos.

Only strong evidence counts, because what is taken out is never searched or quoted: phrases that
nobody writes in prose, in runs, or at the very beginning or end. Ordinary lists, clauses, tables,
chats and verse are left alone.
"""

import re
from collections.abc import Iterator, Sequence

from embeddings.base import CharSpan
from rag.ingest.lines import Line, split_lines
from rag.ingest.player_menu import player_menus

# One line of a news feed above an article: outlet, age, then the category and the outlet again.
_AGE = re.compile(
    r"(?:\d{1,3}|an?) (?:second|minute|min|hour|hr|day|week|month|year)s? ago$", re.IGNORECASE
)
_BULLET = re.compile(r"[ \t]*[-*•][ \t]+")
_FEED_LABEL_CHARS = 40

_TRAILER_START = re.compile(
    r"View original content(?: to download multimedia)?:"
    r"|(?:Error while retrieving data\s*){2}|Sign in to access your portfolio"
)
_TRAILER = re.compile(
    r"(?:View original content(?: to download multimedia)?:?"
    r"|<?https?://\S+"
    r"|SOURCE[ \t]+[^\r\n.!?]{1,60}?(?=\s*(?:Error while|Sign in|View original|$|[\r\n]))"
    r"|Error while retrieving data"
    r"|Sign in to access your portfolio"
    r"|[a-z]{1,12}(?=\s*\Z))\s*"
)

_LINE_END = re.compile(r"[\r\n]")

_LINK_LABEL = re.compile(
    r"(?:services|economy|business|politics|world|sports?|culture|opinion|society|home|china"
    r"|science|technology|health|lifestyle|travel|video|photos?|entertainment)$",
    re.IGNORECASE,
)
_LINK_HEADER = re.compile(
    r"(?:related (?:articles|stories|news|posts|links|content)|most (?:read|viewed|popular|shared)"
    r"|you may also like|recommended(?: for you)?|more (?:from|stories|news).{0,30}|latest news"
    r"|trending(?: now)?|read more|editor.?s picks?|popular posts):?$",
    re.IGNORECASE,
)
_RELEASE_MARKER = re.compile(
    r"(?:(?:NEWS|PRESS|MEDIA) RELEASE|FOR IMMEDIATE RELEASE)\W*$", re.IGNORECASE
)
_HEADING_MARKS = re.compile(r"[#*_ \t]+")
_CLOSED = re.compile(r"[.!?:;,…。！？：；，]$")
_DATE_STAMP = re.compile(r"[ \t]*date[: \t]+\d{4}-\d\d-\d\d(?=[ \t]+\S)", re.IGNORECASE)


def furniture_spans(text: str) -> tuple[CharSpan, ...]:
    """Spans of the text that are no content, in order, not overlapping, trimmed of white space."""
    lines = [line for line in split_lines(text) if not line.is_blank]
    found = [
        *_date_stamp(text),
        *_logos(lines),
        *_feed_entries(lines),
        *player_menus(text),
        *_trailers(text),
        *_link_list(lines),
    ]
    return merged_spans(found)


def merged_spans(spans: Sequence[CharSpan]) -> tuple[CharSpan, ...]:
    """The spans in order, with those that touch or overlap made one."""
    merged: list[CharSpan] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def _date_stamp(text: str) -> Iterator[CharSpan]:
    """A label such as `date 2025-06-18` in front of the first words."""
    stamp = _DATE_STAMP.match(text)
    if stamp:
        yield stamp.end() - len(stamp.group().lstrip()), stamp.end()


def _logos(lines: Sequence[Line]) -> Iterator[CharSpan]:
    """Names and logos above a line that says `NEWS RELEASE`, at the very beginning."""
    for number, line in enumerate(lines[:12]):
        words = _HEADING_MARKS.sub(" ", line.text).strip()
        if _RELEASE_MARKER.match(words):
            if number >= 2:
                yield lines[0].words_start, line.words_end
            return
        if len(words.split()) > 3 or len(words) > 30 or _CLOSED.search(words):
            return


def _feed_entries(lines: Sequence[Line]) -> Iterator[CharSpan]:
    for number, line in enumerate(lines):
        if len(line.text) > _FEED_LABEL_CHARS or not _AGE.match(line.text.strip()):
            continue
        outlet = lines[number - 1].text.strip() if number else ""
        last = number
        repeats_outlet = False
        for following in lines[number + 1 : number + 5]:
            label = _BULLET.sub("", following.text, count=1).strip()
            if not _BULLET.match(following.text) or len(label) > _FEED_LABEL_CHARS:
                break
            last += 1
            if label == outlet:
                repeats_outlet = True
                break
        # The name above is the outlet's only if it comes back; it could be a person's.
        if repeats_outlet:
            yield lines[number - 1].words_start, lines[last].words_end
        else:
            yield line.words_start, line.words_end


def _trailers(text: str) -> Iterator[CharSpan]:
    """What a news wire or portal leaves at the end of an article, if nothing else follows in that
    line.
    """
    position = 0
    while start := _TRAILER_START.search(text, position):
        end = start.start()
        while part := _TRAILER.match(text, end):
            end = part.end()
        position = max(end, start.end())
        trailer = text[start.start() : end]
        words = trailer.rstrip()
        if end == len(text) or _LINE_END.search(trailer, len(words)):
            yield start.start(), start.start() + len(words)


def _link_list(lines: Sequence[Line]) -> Iterator[CharSpan]:
    """Headlines of other articles as bullets at the very end, under the names of sections."""
    first = len(lines)
    while first and _BULLET.match(lines[first - 1].text) and len(lines) - first < 50:
        first -= 1
    headlines = [_BULLET.sub("", line.text, count=1).strip() for line in lines[first:]]
    if len(headlines) < 3 or not all(map(_is_headline, headlines)):
        return
    labels = 0
    while labels < min(first, 4) and _LINK_LABEL.match(lines[first - 1 - labels].text.strip()):
        labels += 1
    if labels >= 2:
        yield lines[first - labels].words_start, lines[-1].words_end
    elif first and _LINK_HEADER.match(_HEADING_MARKS.sub(" ", lines[first - 1].text).strip()):
        yield lines[first - 1].words_start, lines[-1].words_end


def _is_headline(words: str) -> bool:
    """Title Case of at least three words, with nothing that closes a sentence."""
    long_words = [word for word in words.split() if len(word.strip("“”\"'‘’")) >= 4]
    capitals = sum(not word.strip("“”\"'‘’(")[:1].islower() for word in long_words)
    return (
        len(words.split()) >= 3
        and not _CLOSED.search(words)
        and capitals * 10 >= len(long_words) * 8
    )
