"""Finds the menu of a web page's video player where it was scraped into the text."""

import re
from collections.abc import Iterator

from embeddings.base import CharSpan

_MIN_SENTENCES = 2
_GAP = r"[\s|/,:.·•–-]*"

# What only a player says; video.js and its kin have worded their dialogs the same for years.
_SENTENCES = (
    "Video Player is loading.",
    "This is a modal window.",
    "Beginning of dialog window.",
    "Escape will cancel and close the window.",
    "End of dialog window.",
    "Close Modal Dialog",
    "restore all settings to the default values",
    "Seek to live, currently behind live",
    "The media could not be loaded, either because the server or network failed or because the"
    " format is not supported.",
)
# What stands between those sentences, and alone proves nothing.
_WORDS = (
    "Play Video|Play|Pause|Replay|Unmute|Mute|Current Time|Duration|Loaded|Progress|Stream Type"
    "|Seek to live|LIVE|Remaining Time|Playback Rate|Chapters|Descriptions off|Descriptions"
    "|Captions off|Captions|captions settings|subtitles settings|subtitles off|Subtitles"
    "|opens captions settings dialog|opens subtitles settings dialog|selected|Audio Track"
    "|default|Picture-in-Picture|Fullscreen|Quality Levels|Share|Theater Mode"
    "|Text Color|Text|Background Color|Background|Window Color|Window|Caption Area Background"
    "|Color|White|Black|Red|Green|Blue|Yellow|Magenta|Cyan|Opacity|Transparency|Opaque"
    "|Semi-Transparent|Transparent|Font Size|Text Edge Style|None|Raised|Depressed|Uniform"
    "|Drop shadow|Dropshadow|Font Family|Proportional Sans-Serif|Monospace Sans-Serif"
    "|Proportional Serif|Monospace Serif|Casual|Script|Small Caps|Reset|Done|Advertisement"
    "|Next|Stay|Close|Skip Ad|Learn More|✕|×"
)
_NUMBERS = r"\d{1,2}:\d\d(?::\d\d)?|-:-(?:-:-)?|\d{1,3}(?:\.\d+)?%|\d(?:\.\d+)?x|0"
# Longest first, so that `Text` does not hide `Text Edge Style`.
_PHRASES = sorted((*_SENTENCES, *_WORDS.split("|")), key=len, reverse=True)
_ITEM = "|".join((*map(re.escape, _PHRASES), _NUMBERS))
_START = re.compile("|".join(map(re.escape, _SENTENCES)))
_NEXT_ITEM = re.compile(rf"{_GAP}(?:{_ITEM})(?![^\W_])")


def player_menus(text: str) -> Iterator[CharSpan]:
    """Runs of a player's own words and nothing else, from one of its sentences on, that hold
    another.
    """
    position = 0
    while start := _START.search(text, position):
        end = start.start()
        sentences = 0
        while item := _NEXT_ITEM.match(text, end):
            sentences += _START.search(text, end, item.end()) is not None
            end = item.end()
        if sentences >= _MIN_SENTENCES:
            yield start.start(), end
        position = max(end, start.end())
