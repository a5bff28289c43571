"""Reads XML: records as lines that can be read alone, running text as prose. Nothing that the file
names is fetched, and entities are not expanded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.errors import FileUnreadable
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from rag.ingest.records import Value

DEEPEST = 150
_NAMESPACE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class XmlParser:
    """Any XML; see `rag.ingest.records` for how its elements are written."""

    media_type: str = "application/xml"
    suffixes: tuple[str, ...] = (".xml", ".rss", ".atom", ".xsd")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.records import rendered

        root = _root(data)
        name = _name(root)
        found = rendered(_value(root, 0), name)
        title = next(
            (
                words
                for element in root.iter()
                if _name(element).lower() == "title" and (words := _words(element.text))
            ),
            None,
        )
        return ParsedDocument(
            text=found.text,
            media_type=self.media_type,
            title=title[:300] if title else None,
            verbatim=found.verbatim,
            places=found.places,
        )


def _root(data: bytes) -> "Element":
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(data, forbid_dtd=False)
    except DefusedXmlException as exc:
        raise FileUnreadable(
            "It defines or names entities, which are not expanded.",
            hint="Write them out, or leave the file out.",
        ) from exc
    except (ParseError, ValueError, LookupError) as exc:
        raise FileUnreadable(
            f"It is no well-formed XML: {exc}.", hint="Mend it, or name it .txt."
        ) from exc
    return root


def _value(element: "Element", depth: int) -> "Value":
    """An element as a value: its text, or its attributes and children by name."""
    if depth > DEEPEST:
        raise FileUnreadable(
            f"It is nested more than {DEEPEST} levels deep.", hint="Flatten it, or leave it out."
        )
    if _is_prose(element):
        return _words("".join(_texts(element)))
    values: dict[str, Value] = {_name_of(key): words for key, words in element.attrib.items()}
    children: dict[str, list[Value]] = {}
    for child in element:
        if isinstance(child.tag, str):
            children.setdefault(_name(child), []).append(_value(child, depth + 1))
    own = _words(element.text)
    if not values and not children:
        return own
    if own:
        values["text" if children else _name(element)] = own
    for name, found in children.items():
        values[name] = found[0] if len(found) == 1 else found
    return values


def _is_prose(element: "Element") -> bool:
    """Whether words stand between an element's children, as in a paragraph with links."""
    return len(element) > 0 and any(_words(child.tail) for child in element)


def _texts(element: "Element") -> Iterator[str]:
    """All text below an element; a loop, since `itertext` recurses."""
    pending: list[tuple[Element, str | None]] = [(element, None)]
    while pending:
        current, tail = pending.pop()
        if tail is not None:
            yield tail
            continue
        yield current.text or ""
        for child in reversed(current):
            pending.append((child, child.tail or ""))
            pending.append((child, None))


def _name(element: "Element") -> str:
    return _name_of(element.tag)


def _name_of(tag: object) -> str:
    return _NAMESPACE.sub("", str(tag))


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
