"""Cuts RTF into its tokens: control words, characters, groups, runs of text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z'])|([{}])|([^\\{}\r\n]+)"
)


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: `word` (a control word), `byte` (of a character beyond ASCII), `symbol`, `{`, `}` or
            `text`.
        text: The control word's name, the byte in hexadecimal, the symbol or the text.
        number: Of a control word that has one.
    """

    kind: str
    text: str
    number: int | None = None


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a file that was decoded byte for character; binary data is jumped over."""
    position = 0
    match = _TOKEN.search(source, position)
    while match is not None:
        position = match.end()
        word, digits, byte, symbol, brace, text = match.groups()
        if word is not None:
            number = int(digits) if digits else None
            if word == "bin" and number:
                position += max(0, number)
            yield Token("word", word, number)
        elif text is not None:
            yield Token("text", text)
        elif brace is not None:
            yield Token(brace, brace)
        elif byte is not None:
            yield Token("byte", byte)
        else:
            yield Token("symbol", symbol)
        match = _TOKEN.search(source, position)
