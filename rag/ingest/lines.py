r"""Lines of a text by offset. A line ends at \n, \r\n or \r, as in an editor; nothing else ends
one.
"""

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end: `text == document[start:end]`."""

    start: int
    end: int
    text: str

    @property
    def is_blank(self) -> bool:
        return not self.text or self.text.isspace()

    @property
    def words_start(self) -> int:
        """Offset of the first character that is not white space; `end` in a blank line."""
        return self.end - len(self.text.lstrip())

    @property
    def words_end(self) -> int:
        """Offset behind the last character that is not white space."""
        return self.start + len(self.text.rstrip())


def split_lines(text: str) -> tuple[Line, ...]:
    """All lines in order; a text that ends in a line end has no empty line after it."""
    lines = []
    start = 0
    for match in _LINE_END.finditer(text):
        lines.append(Line(start, match.start(), text[start : match.start()]))
        start = match.end()
    if start < len(text):
        lines.append(Line(start, len(text), text[start:]))
    return tuple(lines)


class LineNumbers:
    """Tells the line of an offset, counted from 1."""

    def __init__(self, text: str) -> None:
        self._starts = array("q", [0])
        self._starts.extend(match.end() for match in _LINE_END.finditer(text))

    def of(self, offset: int) -> int:
        """The number of the line that the character at the offset belongs to."""
        return bisect_right(self._starts, offset)
