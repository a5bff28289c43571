"""The number formats of a workbook's cells, by the index that cells name."""

from typing import TYPE_CHECKING

from rag.ingest.office.elements import attribute, child, children, number
from rag.ingest.office.number_formats import BUILT_IN, Show, general, number_format

if TYPE_CHECKING:
    from lxml.etree import _Element


def cell_formats(tree: "_Element | None", *, is_1904: bool) -> list[Show]:
    """What shows the numbers of cells with each style; empty where the workbook has no styles."""
    if tree is None:
        return []
    codes = dict(BUILT_IN)
    own = child(tree, "numFmts")
    for each in () if own is None else children(own, "numFmt"):
        codes[number(attribute(each, "numFmtId"))] = attribute(each, "formatCode") or "General"
    styles = child(tree, "cellXfs")
    return [
        _format(codes.get(number(attribute(each, "numFmtId")), "General"), is_1904)
        for each in (() if styles is None else children(styles, "xf"))
    ]


def _format(code: str, is_1904: bool) -> Show:
    return general if code == "General" else number_format(code, is_1904=is_1904)
