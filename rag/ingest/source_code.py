"""Source code into a document: definitions are places and sections, lines of code stand for
themselves, documentation and longer comments are prose.

Pygments tells names, comments and documentation apart. It knows no ends, so a definition reaches to
the next one, and what it is nested in is told by its indentation.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from embeddings.base import CharSpan
from rag.ingest.decoding import decode
from rag.ingest.lines import Line, split_lines
from rag.ingest.plain_text import decoding_metadata, decoding_warnings
from rag.types import Heading, ParsedDocument, Place

if TYPE_CHECKING:
    from pygments.token import _TokenType

_KINDS = {"class": "class", "interface": "interface", "enum": "enum", "trait": "trait"}
_KINDS |= {"struct": "struct", "type": "type", "func": "function", "function": "function"}
# What a lexer does not name, line by line: methods, tables, sections.
_METHOD = re.compile(
    r"[ \t]+(?:(?:public|private|protected|internal|static|async|override|virtual|abstract|get|set)"
    r" +)*(?:[\w<>\[\],.?]+ +)?(?!(?:if|for|while|switch|catch|return|function|else|do|new)\b)"
    r"([A-Za-z_$][\w$]*)\([^;{}()]*\)[^;{}()=]*\{"
)
_BY_LINE = {
    "javascript": (_METHOD, "function"),
    "typescript": (_METHOD, "function"),
    "csharp": (_METHOD, "function"),
    "toml": (re.compile(r"\[+([^\]]{1,200})\]"), "section"),
    "ini": (re.compile(r"\[([^\]]{1,200})\]"), "section"),
    "bash": (re.compile(r"(?:function +)?([\w:.-]+) *\(\)"), "function"),
    "terraform": (re.compile(r"(\w+(?: +\"[^\"]{1,100}\"){1,2}) *\{"), "block"),
    "protobuf": (re.compile(r"\s*((?:message|service|enum|rpc) +\w+)"), ""),
    "graphql": (re.compile(r"((?:type|input|enum|interface|query|mutation) +\w+)"), ""),
    "sql": (
        re.compile(
            r"\s*CREATE +(?:OR +REPLACE +)?((?:TABLE|VIEW|FUNCTION|PROCEDURE|INDEX|TRIGGER) +"
            r"(?:IF +NOT +EXISTS +)?[\w.\"`\[\]]+)",
            re.IGNORECASE,
        ),
        "",
    ),
}
_LONGEST_LINE = 400
"""Characters; longer lines are generated code, where no definition is looked for."""

_LEADS_IN = re.compile(r"\s*(?:@|#|//|/\*|\*|--|\[|\"\"\"|template\b)")


@dataclass(frozen=True, slots=True)
class _Definition:
    """A name that is defined on a line (its position among the lines)."""

    line: int
    kind: str
    name: str


def parse_source_code(data: bytes, media_type: str, lexer_name: str) -> ParsedDocument:
    """The document that a file of source code holds.

    Raises:
        FileUnreadable: The bytes are no text, or its encoding cannot be told.
    """
    decoded = decode(data)
    lines = split_lines(decoded.text)
    tokens = list(_tokens(decoded.text, lexer_name))
    found = {each.line: each for each in _definitions(tokens, lines, lexer_name)}
    definitions = [found[number] for number in sorted(found)]
    places, headings = _outline(definitions, lines, len(decoded.text))
    return ParsedDocument(
        text=decoded.text,
        media_type=media_type,
        headings=headings,
        verbatim=_code_spans(tokens, len(decoded.text)),
        places=places,
        metadata=decoding_metadata(decoded),
        warnings=decoding_warnings(decoded),
    )


def _tokens(text: str, lexer_name: str) -> Iterator[tuple[int, "_TokenType", str]]:
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(lexer_name)
    # Of the same length, so that the offsets hold: lexers know one line end.
    plain = text.replace("\r\n", " \n").replace("\r", "\n")
    yield from lexer.get_tokens_unprocessed(plain)


def _definitions(
    tokens: Sequence[tuple[int, "_TokenType", str]], lines: Sequence[Line], lexer_name: str
) -> Iterator[_Definition]:
    from pygments.token import Token

    named = (Token.Name.Function, Token.Name.Class)
    starts = [line.start for line in lines]
    for position, (offset, kind, value) in enumerate(tokens):
        if _is(kind, named[0]) or _is(kind, named[1]):
            label = "function" if _is(kind, named[0]) else "class"
            yield _Definition(_line_at(starts, offset), label, value)
        elif _is(kind, Token.Keyword) and value in _KINDS:
            name = _name_behind(tokens, position)
            if name:
                yield _Definition(_line_at(starts, offset), _KINDS[value], name)
    pattern, label = _BY_LINE.get(lexer_name, (None, ""))
    if pattern is not None:
        for number, line in enumerate(lines):
            match = pattern.match(line.text) if len(line.text) <= _LONGEST_LINE else None
            if match:
                yield _Definition(number, label, " ".join(match.group(1).split()))


def _is(kind: "_TokenType", group: "_TokenType") -> bool:
    """Whether a token's kind is of a group of kinds, which its own begins with."""
    return kind[: len(group)] == group


def _line_at(starts: Sequence[int], offset: int) -> int:
    return bisect_right(starts, offset) - 1


def _name_behind(tokens: Sequence[tuple[int, "_TokenType", str]], position: int) -> str | None:
    """The name that a keyword as `func` introduces, behind a receiver in parentheses."""
    from pygments.token import Token

    depth = 0
    for _, kind, value in tokens[position + 1 : position + 24]:
        depth += value.count("(") - value.count(")")
        if depth or _is(kind, Token.Text) or value in ("*", ")"):
            continue
        return value if _is(kind, Token.Name) else None
    return None


def _outline(
    definitions: Sequence[_Definition], lines: Sequence[Line], length: int
) -> tuple[tuple[Place, ...], tuple[Heading, ...]]:
    """Each definition as a place from its first line on, and as a heading without words where a
    blank line stands before it, so that a chunk begins there.
    """
    places: list[Place] = []
    headings: list[Heading] = []
    above: list[tuple[int, str]] = []
    starts = [_first_line(each.line, lines) for each in definitions]
    for each, first in zip(definitions, starts, strict=True):
        line = lines[each.line]
        indent = len(line.text) - len(line.text.lstrip())
        above = [outer for outer in above if outer[0] < indent]
        path = ".".join([*(name for _, name in above), each.name])
        start = lines[first].start
        if places and places[-1].start >= start:
            start = line.start
        if places:
            last = places.pop()
            places.append(Place(last.start, start, last.label))
        places.append(Place(start, length, f"{each.kind} {path}".strip()))
        if first and not lines[first - 1].text.strip() and (not above or each.kind == "function"):
            blank = lines[first - 1].start
            name = f"{each.kind} {each.name}".strip()
            headings.append(Heading(blank, blank, len(above) + 1, name))
        above.append((indent, each.name))
    return tuple(place for place in places if place.start < place.end), tuple(headings)


def _first_line(line: int, lines: Sequence[Line]) -> int:
    """The first of the comments and decorators that stand directly above a definition."""
    first = line
    while first > 0 and _LEADS_IN.match(lines[first - 1].text):
        first -= 1
    return first


def _code_spans(
    tokens: Sequence[tuple[int, "_TokenType", str]], length: int
) -> tuple[CharSpan, ...]:
    """All text but documentation and comments of several lines."""
    from pygments.token import Token

    prose = [
        (offset, offset + len(value))
        for offset, kind, value in tokens
        if (_is(kind, Token.Literal.String.Doc) or _is(kind, Token.Comment))
        and value.count("\n") > 1
    ]
    edges = [(0, 0), *prose, (length, length)]
    return tuple((end, start) for (_, end), (start, _) in pairwise(edges) if end < start)
