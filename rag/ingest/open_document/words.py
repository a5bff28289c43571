"""The words of an OpenDocument paragraph, with white space as the standard collapses it."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.ingest.building import PAGE_BREAK
from rag.ingest.office.elements import attribute, child, children, local, number

if TYPE_CHECKING:
    from lxml.etree import _Element

_WHITE = re.compile(r"[ \t\r\n]+")
_NO_WORDS = frozenset(
    ("annotation", "annotation-end", "note-citation", "ruby-text", "title", "desc")
)
_BOXES = frozenset(("frame", "custom-shape", "rect", "ellipse", "g", "polygon", "path", "line"))
_MAX_SPACES = 100


@dataclass(slots=True)
class Words:
    """What one paragraph holds: its words, the notes it points to, the shapes that hang on it."""

    parts: list[str] = field(default_factory=list)
    notes: "list[_Element]" = field(default_factory=list)
    shapes: "list[_Element]" = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)


def words_of(paragraph: "_Element") -> Words:
    """The words of a `text:p` or `text:h` element."""
    words = Words()
    _take(paragraph, words)
    return words


def plain_words(element: "_Element") -> str:
    """The words of all paragraphs right below an element, without notes and shapes."""
    paragraphs = (words_of(each).text.strip() for each in children(element, "p"))
    return "\n".join(paragraphs).replace(PAGE_BREAK, "")


def note_words(note: "_Element") -> tuple[str, str]:
    """The mark and the words of a `text:note`."""
    mark = child(note, "note-citation")
    body = child(note, "note-body")
    words = "" if body is None else plain_words(body)
    return "" if mark is None else (mark.text or "").strip(), words


def _take(element: "_Element", words: Words) -> None:
    _add(element.text, words)
    for each in element:
        name = local(each)
        if name == "s":
            words.parts.append(" " * min(_MAX_SPACES, number(attribute(each, "c"), 1)))
        elif name == "tab":
            words.parts.append("\t")
        elif name == "line-break":
            words.parts.append("\n")
        elif name == "soft-page-break":
            words.parts.append(PAGE_BREAK)
        elif name == "note":
            words.notes.append(each)
        elif name in _BOXES:
            words.shapes.append(each)
        elif name not in _NO_WORDS:
            _take(each, words)
        _add(each.tail, words)


def _add(text: str | None, words: Words) -> None:
    if not text:
        return
    text = _WHITE.sub(" ", text)
    if text[0] == " " and (not words.parts or words.parts[-1].endswith((" ", "\n", "\t"))):
        text = text[1:]
    if text:
        words.parts.append(text)
