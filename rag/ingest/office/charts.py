"""The numbers and words behind the charts and diagrams of office documents."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.ingest.building import one_line
from rag.ingest.office.elements import attribute, child, children, descendants, local, number
from rag.ingest.office.number_formats import general, number_format

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_POINTS = 10_000


def chart_rows(tree: "_Element | None") -> list[tuple[int, list[str]]]:
    """The table that a chart draws: a row for each category, a column for each series, their names
    first. Empty for charts without categories.
    """
    series = [] if tree is None else list(descendants(tree, "ser"))
    columns = []
    names = []
    categories: dict[int, str] = {}
    for each in series:
        names.append(" ".join(_points(child(each, "tx")).values()))
        categories = categories or _points(child(each, "cat"))
        columns.append(_points(child(each, "val")))
    rows = [["", *names]]
    for index, category in categories.items():
        rows.append([category, *(column.get(index, "") for column in columns)])
    return list(enumerate(rows, 1)) if len(rows) > 1 else []


def diagram_lines(tree: "_Element | None") -> Iterator[str]:
    """The texts of a diagram's shapes, in order."""
    for point in () if tree is None else descendants(tree, "pt"):
        for paragraph in descendants(point, "p"):
            words = one_line("".join(text.text or "" for text in descendants(paragraph, "t")))
            if words:
                yield words


def _points(element: "_Element | None") -> dict[int, str]:
    """The stored values of a reference, by their index."""
    points: dict[int, str] = {}
    for cache in () if element is None else element.iter():
        if not local(cache).endswith(("Cache", "Lit")):
            continue
        code = child(cache, "formatCode")
        for point in children(cache, "pt"):
            value = child(point, "v")
            if value is not None and len(points) < _MAX_POINTS:
                words = value.text or ""
                index = number(attribute(point, "idx"), len(points))
                is_number = local(cache).startswith("num")
                points[index] = _shown(words, code.text if code is not None else None, is_number)
    return points


def _shown(words: str, code: str | None, is_number: bool) -> str:
    if not is_number:
        return words
    try:
        value = float(words)
    except ValueError:
        return words
    return number_format(code)(value) if code and code != "General" else general(value)
