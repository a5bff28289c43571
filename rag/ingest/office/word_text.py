"""The words of a Word paragraph as they stand on the page once every change is accepted: what was
inserted is there; what was deleted or hidden is not.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.ingest.building import PAGE_BREAK
from rag.ingest.office.elements import attribute, child, descendants, is_on, local

if TYPE_CHECKING:
    from lxml.etree import _Element

_TRANSPARENT = (
    *("ins", "moveTo", "hyperlink", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml"),
    *("dir", "bdo", "ruby", "rubyBase", "oMathPara"),
)
_CHARACTERS = {"tab": "\t", "ptab": "\t", "cr": "\n", "br": "\n", "noBreakHyphen": "\u2011"}
_DRAWINGS = frozenset(("drawing", "pict", "object", "AlternateContent"))


@dataclass(slots=True)
class Words:
    """What one paragraph holds.

    Attributes:
        parts: Its words, with `PAGE_BREAK` where a page began when it was last saved.
        notes: Kind (`footnote` or `endnote`) and id of the notes that it points to.
        boxes: The content of text boxes that hang on it.
        is_bold: Whether all that is seen of it is bold; None without words.
    """

    parts: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: "list[_Element]" = field(default_factory=list)
    is_bold: bool | None = None

    @property
    def text(self) -> str:
        return "".join(self.parts)


def words_of(paragraph: "_Element") -> Words:
    """The words of a `w:p` element."""
    words = Words()
    _take(paragraph, words)
    return words


def _take(element: "_Element", words: Words) -> None:
    for each in element:
        name = local(each)
        if name == "r":
            _take_run(each, words)
        elif name in _TRANSPARENT:
            _take(each, words)
        elif name == "oMath":
            words.parts.extend(text.text or "" for text in descendants(each, "t"))


def _take_run(run: "_Element", words: Words) -> None:
    properties = child(run, "rPr")
    if properties is not None and is_on(properties, "vanish"):
        return
    length = len(words.parts)
    for each in run:
        name = local(each)
        if name == "t":
            words.parts.append(each.text or "")
        elif name in _CHARACTERS:
            if name != "br" or attribute(each, "type") not in ("page", "column"):
                words.parts.append(_CHARACTERS[name])
        elif name == "lastRenderedPageBreak":
            words.parts.append(PAGE_BREAK)
        elif name in ("footnoteReference", "endnoteReference"):
            words.notes.append((name.removesuffix("Reference"), attribute(each, "id") or ""))
        elif name in _DRAWINGS:
            words.boxes.extend(_boxes(each))
        elif name == "ruby":
            _take(each, words)
    if any(part.strip() for part in words.parts[length:]):
        is_bold = properties is not None and is_on(properties, "b")
        words.is_bold = is_bold and words.is_bold is not False


def _boxes(element: "_Element") -> "list[_Element]":
    """The text boxes in a drawing; of alternatives for older programs only the first."""
    if local(element) == "txbxContent":
        return [element]
    found: list[_Element] = []
    is_alternative = local(element) == "AlternateContent"
    for each in element:
        if is_alternative and local(each) == "Fallback" and len(element) > 1:
            continue
        found.extend(_boxes(each))
    return found
