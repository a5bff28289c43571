"""A language model's Markdown as parts of rich text.

Links and pictures lose their power: the address stands behind the words, as text, so that nothing a
document talked a model into can be followed with one press. HTML is text.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from api.slack.rendering.rich_text import Kind, Part, Run

_WIDEST_TABLE = 90
"""In characters; a wider one is said row by row, as nobody can read a table whose lines wrap."""


def markdown_parts(text: str) -> tuple[Part, ...]:
    """The parts of a Markdown text, in order; any text is Markdown."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return tuple(_Reader(parser.parse(text)).parts())


@dataclass
class _List:
    number: int | None


@dataclass
class _Reader:
    """Walks the tokens of a document once."""

    tokens: list[Token]
    lists: list[_List] = field(default_factory=list)
    quotes: int = 0
    item_begins: bool = False

    def parts(self) -> Iterator[Part]:
        tokens = iter(self.tokens)
        heading = False
        for token in tokens:
            if token.type == "table_open":
                yield from _table(_rows(tokens))
            elif token.type in ("fence", "code_block"):
                yield Part("preformatted", (Run(token.content.rstrip("\n")),))
            elif token.type == "hr":
                yield Part("section", (Run("———"),))
            elif token.type == "inline":
                yield self._part(token, heading)
            elif token.type in ("heading_open", "heading_close"):
                heading = token.nesting == 1
            else:
                self._step(token)

    def _step(self, token: Token) -> None:
        """Goes into a list, an item or a quote, or leaves it."""
        if token.type == "blockquote_open":
            self.quotes += 1
        elif token.type == "blockquote_close":
            self.quotes -= 1
        elif token.type == "bullet_list_open":
            self.lists.append(_List(None))
        elif token.type == "ordered_list_open":
            self.lists.append(_List(int(token.attrGet("start") or 1) - 1))
        elif token.type.endswith("_list_close"):
            self.lists.pop()
        elif token.type == "list_item_open":
            self.item_begins = True
            if self.lists[-1].number is not None:
                self.lists[-1].number += 1

    def _part(self, token: Token, heading: bool) -> Part:
        runs = tuple(_runs(token.children or ()))
        if heading:
            runs = tuple(replace(run, bold=True) for run in runs)
        if self.lists and self.item_begins:
            self.item_begins = False
            return Part("item", runs, min(len(self.lists) - 1, 8), self.lists[-1].number)
        kind: Kind = "quote" if self.quotes else "section"
        return Part(kind, runs)


def _runs(tokens: "list[Token] | tuple[Token, ...]") -> Iterator[Run]:
    """The words of one line or paragraph, with their style."""
    bold = italic = strike = 0
    addresses: list[str] = []
    for token in tokens:
        bold += token.nesting * (token.tag == "strong")
        italic += token.nesting * (token.tag == "em")
        strike += token.nesting * (token.tag == "s")
        styled = Run("", bold=bold > 0, italic=italic > 0, strike=strike > 0)
        if token.tag in ("strong", "em", "s"):
            continue
        if token.type == "link_open":
            addresses.append(str(token.attrGet("href")))
        elif token.type == "link_close":
            yield replace(styled, text=f" ({addresses.pop()})")
        elif token.type == "image":
            yield replace(styled, text=f"{token.content} ({token.attrGet('src')})")
        elif token.type in ("softbreak", "hardbreak"):
            yield replace(styled, text="\n")
        elif token.content:
            yield replace(styled, text=token.content, code=token.type == "code_inline")


def _rows(tokens: Iterator[Token]) -> list[list[str]]:
    """The cells of a table, row by row, up to its end."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append("".join(run.text for run in _runs(token.children or ())))
    return rows


def _table(rows: list[list[str]]) -> Iterator[Part]:
    """A table that is narrow enough as it is, a wide one with each row as a line that names its
    columns.
    """
    columns = max(len(row) for row in rows)
    widths = [max(len(row[at]) if at < len(row) else 0 for row in rows) for at in range(columns)]
    if sum(widths) + 3 * columns <= _WIDEST_TABLE:
        lines = (" | ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        yield Part("preformatted", (Run("\n".join(lines)),))
        return
    head = rows[0]
    for row in rows[1:]:
        cells = (f"{name}: {cell}" for name, cell in zip(head, row, strict=False) if cell)
        yield Part("item", (Run("; ".join(cells)),))
