"""Small helpers for XML whose namespaces vary between writers and editions of a standard: elements
and attributes go by their local names.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element


def local(element: "_Element") -> str:
    """The element's name without its namespace; empty for a comment or an entity."""
    return _local_name(element.tag)


@lru_cache(maxsize=4_096)
def _local_name(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: "_Element", name: str) -> str | None:
    """The value of an attribute, in whatever namespace."""
    value = element.get(name)
    if value is not None:
        return str(value)
    for key, found in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(found)
    return None


def child(element: "_Element", *path: str) -> "_Element | None":
    """The first element below by local names, one for each level."""
    for name in path:
        found = next(element.iterchildren("{*}" + name), None)
        if found is None:
            return None
        element = found
    return element


def children(element: "_Element", name: str) -> "Iterator[_Element]":
    """The elements right below that have a name."""
    yield from element.iterchildren("{*}" + name)


def descendants(element: "_Element", name: str) -> "Iterator[_Element]":
    """All elements below that have a name, in order."""
    yield from element.iter("{*}" + name)


def value_of(element: "_Element", *path: str) -> str | None:
    """The `val` of the element at a path."""
    found = child(element, *path)
    return None if found is None else attribute(found, "val")


def is_on(element: "_Element", *path: str) -> bool:
    """Whether a switch is there and not set to false."""
    found = child(element, *path)
    return found is not None and attribute(found, "val") not in ("0", "false", "off", "none")


def number(words: str | None, default: int = 0, *, most: int = 10**6) -> int:
    """A whole number from 0 to `most` in an attribute; the default where there is none."""
    try:
        return min(most, max(0, int(words or default)))
    except ValueError:
        return default
