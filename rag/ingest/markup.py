"""Writes the visible text of (X)HTML as it stands, block by block: for books and e-mails, where
everything in the body is content.
"""

import re
from typing import TYPE_CHECKING

from rag.ingest.building import TextBuilder, one_line
from rag.ingest.office.elements import attribute, local, number
from rag.ingest.office.numbering import written_number
from rag.ingest.tables import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html"),
        *("li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "ul", *_HEADINGS),
    )
)
_UNSEEN = frozenset(
    (
        *("head", "script", "style", "template", "noscript", "title", "svg", "math", "audio"),
        *("video", "object", "iframe", "select", "button", "input", "textarea", "rt", "rp", "nav"),
    )
)
# Of a `style` without white space: not shown, of no size, see-through, or moved off the page.
_UNSEEN_STYLE = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|opacity:0*(?:\.0+)?(?=;|!|$)"
    r"|font-size:0*(?:\.0+)?(?:px|pt|em|rem|%)?(?=;|!|$)"
    r"|color:(?:transparent|rgba\(\d+,\d+,\d+,0(?:\.0+)?\))(?=;|!|$)"
    r"|(?:left|right|top|text-indent|margin-left):-\d{3,}(?:\.\d+)?(?:px|pt|em|rem|vw|%)"
    r"|clip:rect\(0|clip-path:inset\((?:50|100)%\))"
)
_WHITE = re.compile(r"(?:^|;)color:(?:white|#fff(?:fff)?|rgba?\(255,255,255(?:,1)?\))(?=;|!|$)")
_MARKS = ("doc-noteref", "doc-backlink", "noteref", "backlink")
_LABELS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_LINE_BREAK = "\v"
_MAX_DEPTH = 100
_MAX_CELL_CHARS = 1_000
_MAX_SPAN = 1_000


class MarkupWriter:
    """Writes elements into a builder."""

    def __init__(self, builder: TextBuilder, *, first_level: int = 1) -> None:
        """Prepares.

        Args:
            builder: Takes the blocks.
            first_level: Of `h1` headings; others lie below.
        """
        self._builder = builder
        self._first_level = first_level
        self._tables = 0

    def write(self, element: "_Element", *, depth: int = 0) -> None:
        """Writes all that is seen of an element."""
        inline: list[str] = [element.text or ""]
        for each in element:
            name = local(each).lower()
            if name in _UNSEEN or is_hidden(each):
                pass
            elif name in _BLOCKS or _holds_blocks(each, name):
                self._flush(inline)
                if depth < _MAX_DEPTH:
                    self._block(each, name, depth)
            else:
                inline.append(_LINE_BREAK if name == "br" else _outer_text(each))
            inline.append(each.tail or "")
        self._flush(inline)

    def _flush(self, inline: list[str]) -> None:
        self._builder.paragraph(_flowing("".join(inline)))
        inline.clear()

    def _block(self, element: "_Element", name: str, depth: int) -> None:
        if name in _HEADINGS:
            level = _HEADINGS[name] + self._first_level - 1
            self._builder.heading(one_line(inline_text(element)), level)
        elif name == "pre":
            self._builder.paragraph(inline_text(element, keep_white=True).strip("\n"))
        elif name in ("ol", "ul"):
            self._list(element, name, depth)
        elif name == "table":
            self._table(element, depth)
        else:
            self.write(element, depth=depth + 1)

    def _list(self, element: "_Element", kind: str, depth: int) -> None:
        count = number(attribute(element, "start"), 1) - 1
        style = _LABELS.get(element.get("type") or "", "decimal")
        for item in element:
            if local(item).lower() != "li":
                continue
            count += 1
            label = f"{written_number(count, style)}." if kind == "ol" else "-"
            if any(_is_block(each) for each in item):
                self._mixed_item(item, label, depth)
            else:
                self._builder.item(f"{label} {_flowing(inline_text(item)).strip()}")

    def _mixed_item(self, item: "_Element", label: str, depth: int) -> None:
        """An item with blocks inside: its first words take the label."""
        words = item.text or ""
        rest = list(item)
        while rest and not _is_block(rest[0]):
            words += _outer_text(rest[0]) + (rest[0].tail or "")
            rest.pop(0)
        if not words.strip() and rest and local(rest[0]).lower() in ("p", "div"):
            first = rest[0]
            if not any(_is_block(each) for each in first):
                words = inline_text(first) + (first.tail or "")
                rest.pop(0)
        if words.strip():
            self._builder.item(f"{label} {_flowing(words).strip()}")
        for each in rest:
            if depth < _MAX_DEPTH:
                if _is_block(each):
                    self._block(each, local(each).lower(), depth + 1)
                else:
                    self._builder.paragraph(_flowing(_outer_text(each)))
            self._builder.paragraph(_flowing(each.tail or ""))

    def _table(self, table: "_Element", depth: int) -> None:
        rows = list(_rows(table))
        if _is_layout(rows):
            for row in rows:
                for cell in _cells(row):
                    self.write(cell, depth=depth + 1)
            return
        self._tables += 1
        heads = 0
        for row in rows:
            if any(local(cell).lower() != "th" for cell in _cells(row)):
                break
            heads += 1
        write_table(
            self._builder,
            enumerate(_grid(rows), 1),
            lambda _: None,
            headers=heads or None,
            caption_level=0,
        )


def inline_text(element: "_Element", *, keep_white: bool = False) -> str:
    """The words of an element, line breaks as line ends."""
    parts: list[str] = []

    def take(current: "_Element", depth: int) -> None:
        parts.append(
            (current.text or "") if keep_white else (current.text or "").replace("\n", " ")
        )
        for each in current:
            name = local(each).lower()
            if name == "br":
                parts.append("\n" if keep_white else _LINE_BREAK)
            elif not isinstance(each.tag, str):
                parts.append(_entity(each))
            elif name not in _UNSEEN and not is_hidden(each) and depth < _MAX_DEPTH:
                take(each, depth + 1)
                if name in _BLOCKS or name in ("td", "th"):
                    parts.append(_LINE_BREAK if name in _BLOCKS else " ")
            tail = each.tail or ""
            parts.append(tail if keep_white else tail.replace("\n", " "))

    take(element, 0)
    return "".join(parts)


def _outer_text(element: "_Element") -> str:
    """The words of an element inside running text, be it an entity or nothing at all."""
    if not isinstance(element.tag, str):
        return _entity(element)
    if local(element).lower() in _UNSEEN or is_hidden(element):
        return ""
    return inline_text(element)


def is_hidden(element: "_Element") -> bool:
    """Whether an element says that it is not shown, or only marks a note."""
    if not isinstance(element.tag, str):
        return False
    if (element.get("role") or _type(element)) in _MARKS:
        return True
    style = "".join((element.get("style") or "").lower().split())
    return (
        element.get("hidden") is not None
        or _UNSEEN_STYLE.search(style) is not None
        or (_WHITE.search(style) is not None and not _may_have_a_ground(element))
    )


def _may_have_a_ground(element: "_Element") -> bool:
    """Whether an element or one around it may stand on another colour than the page's white."""
    return any(
        each.get("class") is not None
        or each.get("bgcolor") is not None
        or "background" in (each.get("style") or "")
        for each in (element, *element.iterancestors())
    )


def _type(element: "_Element") -> str:
    return str(element.get("{http://www.idpf.org/2007/ops}type") or "")


def _entity(element: "_Element") -> str:
    """The character of an entity that the XML parser left alone; nothing for a comment."""
    from html import unescape

    text = element.text or ""
    return unescape(text) if text.startswith("&") else ""


def _flowing(words: str) -> str:
    """White space as a browser shows it; a vertical tab marks a line break."""
    return "\n".join(one_line(line) for line in words.split(_LINE_BREAK))


def _is_block(element: "_Element") -> bool:
    name = local(element).lower()
    return name in _BLOCKS or _holds_blocks(element, name)


def _holds_blocks(element: "_Element", name: str) -> bool:
    """Whether an inline element, as a link, is put around blocks."""
    return name not in _UNSEEN and any(
        local(each).lower() in _BLOCKS for each in element.iter() if each is not element
    )


def _rows(table: "_Element") -> "Iterator[_Element]":
    for each in table:
        name = local(each).lower()
        if name == "tr":
            yield each
        elif name in ("thead", "tbody", "tfoot"):
            yield from (row for row in each if local(row).lower() == "tr")


def _cells(row: "_Element") -> "Iterator[_Element]":
    return (each for each in row if local(each).lower() in ("td", "th"))


def _is_layout(rows: "list[_Element]") -> bool:
    """Whether a table only arranges text on the page."""
    cells = [cell for row in rows for cell in _cells(row)]
    return len(cells) <= len(rows) or any(
        next(cell.iter("{*}table"), None) is not None or len(inline_text(cell)) > _MAX_CELL_CHARS
        for cell in cells
    )


def _grid(rows: "list[_Element]") -> "Iterator[list[str]]":
    """The texts by column; a cell that spans rows or columns stands in each of them."""
    carried: dict[int, tuple[int, str]] = {}
    for row in rows:
        texts: list[str] = []
        for cell in _cells(row):
            _fill(texts, carried)
            text = one_line(inline_text(cell))
            down = number(attribute(cell, "rowspan"), 1, most=_MAX_SPAN)
            for _ in range(max(1, number(attribute(cell, "colspan"), 1, most=_MAX_SPAN))):
                carried[len(texts)] = max(0, down - 1), text
                texts.append(text)
        _fill(texts, carried)
        yield texts


def _fill(texts: list[str], carried: dict[int, tuple[int, str]]) -> None:
    """Adds the cells that reach down from rows above."""
    while (above := carried.get(len(texts), (0, "")))[0] > 0:
        carried[len(texts)] = above[0] - 1, above[1]
        texts.append(above[1])
