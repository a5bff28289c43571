"""Reads subtitles (SubRip and WebVTT): what is said, in sentences that run over several cues, each
with the time at which it is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.errors import FileUnreadable
from rag.types import ParsedDocument, Place

# SubRip and WebVTT write `00:00:01,000 --> 00:00:04,000`, YouTube's SBV `0:00:01.000,0:00:04.000`.
_TIMES = re.compile(
    r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[,.]\d{1,3}(?:[ \t]*-->[ \t]*|,)"
    r"(?:\d{1,3}:)?\d{1,2}:\d{2}[,.]\d{1,3}"
)
_TAGS = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|\{\\[^{}]{0,100}\}|<\d[\d:.]{0,20}>")
_VOICE = re.compile(r"<v(?:\.[\w.]+)?[ \t]+([^<>]{1,100})>")
_PAUSE_S = 3
"""A longer silence ends a paragraph."""

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class _Cue:
    second: int
    words: str
    speaker: str | None


@dataclass(frozen=True, slots=True)
class SubtitleParser:
    """Times stand in the places, not in the text: no sentence is cut by one."""

    media_type: str = "text/vtt"
    suffixes: tuple[str, ...] = (".srt", ".vtt", ".sbv")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.decoding import decode
        from rag.ingest.plain_text import decoding_metadata, decoding_warnings

        decoded = decode(data)
        cues = list(_cues(decoded.text))
        if not cues and decoded.text.strip():
            raise FileUnreadable(
                "It holds no line with times, as `00:00:01,000 --> 00:00:04,000`.",
                hint="Name it .txt if it is text.",
            )
        parts: list[str] = []
        places: list[Place] = []
        length = 0
        before: _Cue | None = None
        for cue in cues:
            gap, words = _separator(before, cue), cue.words
            if cue.speaker and (before is None or cue.speaker != before.speaker):
                words = f"{cue.speaker}: {words}"
            parts += (gap, words)
            start = length + len(gap)
            length = start + len(words)
            places.append(Place(start, length, _clock(cue.second)))
            before = cue
        return ParsedDocument(
            text="".join(parts),
            media_type=self.media_type,
            places=tuple(places),
            metadata=decoding_metadata(decoded),
            warnings=decoding_warnings(decoded),
        )


def _cues(text: str) -> Iterator[_Cue]:
    """What is said at each time; the same words shown again, as rolling captions do, are once."""
    shown: tuple[str, ...] = ()
    for second, lines in _blocks(text):
        voices = [_VOICE.search(line) for line in lines]
        speaker = next((voice.group(1).strip() for voice in voices if voice), None)
        plain = tuple(filter(None, (_plain(line) for line in lines)))
        fresh = [line for line in plain if line not in shown]
        shown = plain
        if fresh:
            yield _Cue(second, " ".join(fresh), speaker)


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    second: int | None = None
    lines: list[str] = []
    for line in text.splitlines():
        match = _TIMES.match(line.strip())
        if match:
            if second is not None:
                yield second, lines
            hours, minutes, seconds = (int(part or 0) for part in match.groups())
            second, lines = hours * 3600 + minutes * 60 + seconds, []
        elif second is not None:
            if not line.strip():
                yield second, lines
                second, lines = None, []
            else:
                lines.append(line)
    if second is not None:
        yield second, lines


def _plain(line: str) -> str:
    from html import unescape

    return " ".join(unescape(_TAGS.sub("", line)).split())


def _separator(before: _Cue | None, cue: _Cue) -> str:
    if before is None:
        return ""
    if cue.speaker and cue.speaker != before.speaker:
        return "\n"
    is_end = _SENTENCE_END.search(before.words) is not None
    return "\n\n" if is_end and cue.second - before.second > _PAUSE_S * 2 else " "


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
