"""What the head of an RTF file says: code pages of fonts, styles that are headings, title, author
and date.
"""

import re
from dataclasses import dataclass, field

from rag.ingest.office.properties import real_author, real_date, real_title

_CODE_PAGE = re.compile(r"\\ansicpg(\d{3,5})")
_FONT = re.compile(r"\\f(\d{1,6})(?:\\[a-z]+-?\d*){0,8}?\\fcharset(\d{1,3})")
_STYLE = re.compile(
    r"\{(?:\\\*)?\\s(\d{1,5})[^{};]{0,2000}? heading (\d)[^{};]{0,40};", re.IGNORECASE
)
_OUTLINED = re.compile(r"\{(?:\\\*)?\\s(\d{1,5})(?=[^{};]{0,2000}?\\outlinelevel(\d))")
_TITLE_STYLE = re.compile(r"\{(?:\\\*)?\\s(\d{1,5})[^{};]{0,2000}? Title;")
_DATE = re.compile(r"\{\\(?:revtim|creatim)\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_HEAD_CHARS = 2**20
_CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 255: "cp437",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """What was found.

    Attributes:
        encoding: Python's name of the code page of characters beyond ASCII.
        fonts: The code pages of fonts that have their own, by number.
        levels: Of styles that are headings, by number.
        titles: Numbers of styles for the document's title.
    """

    encoding: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    levels: dict[int, int] = field(default_factory=dict)
    titles: frozenset[int] = frozenset()
    date: str | None = None


def read_head(source: str) -> Head:
    """Reads the tables at the beginning of a file."""
    head = source[:_HEAD_CHARS]
    levels = {int(match[1]): int(match[2]) + 1 for match in _OUTLINED.finditer(head)}
    levels.update({int(match[1]): int(match[2]) for match in _STYLE.finditer(head)})
    return Head(
        encoding=_encoding(head),
        fonts={
            int(match[1]): _CHARSETS[int(match[2])]
            for match in _FONT.finditer(head)
            if int(match[2]) in _CHARSETS
        },
        levels={style: level for style, level in levels.items() if 1 <= level <= 9},
        titles=frozenset(int(match[1]) for match in _TITLE_STYLE.finditer(head)),
        date=_date(head),
    )


def stated_title(words: str) -> str | None:
    """The title of the information group, if a person gave it."""
    return real_title(words)


def stated_author(words: str) -> dict[str, str]:
    """The author of the information group as metadata."""
    author = real_author(words)
    return {"author": author} if author else {}


def _encoding(head: str) -> str:
    match = _CODE_PAGE.search(head)
    if match is None:
        return "mac_roman" if "\\mac" in head[:100] else "cp1252"
    name = "utf-8" if match[1] == "65001" else f"cp{match[1]}"
    try:
        b"".decode(name)
    except LookupError:
        return "cp1252"
    return name


def _date(head: str) -> str | None:
    dates = [f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" for match in _DATE.finditer(head)]
    return max(filter(None, map(real_date, dates)), default=None)
