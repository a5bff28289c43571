"""Excel workbooks into text: each sheet under its name, each row a sentence that names its columns,
numbers and dates as people see them, formulas by the value that was last computed.

Hidden sheets are left out, and the document says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from rag.errors import FileUnreadable
from rag.ingest.building import TextBuilder, one_line
from rag.ingest.office.cell_styles import cell_formats
from rag.ingest.office.elements import attribute, child, children
from rag.ingest.office.properties import core_properties
from rag.ingest.office.sheet_rows import KIND, Sheet, rich_text
from rag.ingest.packages import Package, damaged
from rag.ingest.tables import write_table
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_NAMED_SHEETS = 5


@dataclass(frozen=True, slots=True)
class _Entry:
    """A worksheet in the workbook's list."""

    name: str
    part: str
    is_hidden: bool


def parse_workbook(data: bytes, media_type: str) -> ParsedDocument:
    """The document in an .xlsx file.

    Raises:
        FileUnreadable: It is damaged, protected, too large, or no Excel workbook.
    """
    package = Package(data, KIND)
    main = next(
        (to for kind, to in package.relations("").values() if kind == "officeDocument"),
        "xl/workbook.xml",
    )
    root = package.tree(main)
    if root is None:
        raise damaged(KIND)
    entries = list(_entries(root, package, main))
    if not entries:
        raise damaged(KIND)
    builder = TextBuilder()
    warnings = _write_sheets(builder, package, main, root, entries)
    if builder.is_empty:
        raise FileUnreadable(f"The {KIND} holds no text in a visible sheet.")
    properties = core_properties(package)
    return builder.build(
        media_type,
        title=properties.title,
        heading_as_title=False,
        date=properties.date,
        metadata=properties.metadata,
        warnings=warnings,
    )


def _entries(root: "_Element", package: Package, main: str) -> Iterator[_Entry]:
    relations = package.relations(main)
    sheets = child(root, "sheets")
    for sheet in () if sheets is None else children(sheets, "sheet"):
        relation_id = next(
            (str(value) for key, value in sheet.attrib.items() if key.endswith("}id")), ""
        )
        kind, part = relations.get(relation_id, ("", ""))
        if kind == "worksheet":
            is_hidden = attribute(sheet, "state") in ("hidden", "veryHidden")
            yield _Entry(one_line(attribute(sheet, "name") or ""), part, is_hidden)


def _write_sheets(
    builder: TextBuilder, package: Package, main: str, root: "_Element", entries: list[_Entry]
) -> tuple[str, ...]:
    parts = dict(package.relations(main).values())
    properties = child(root, "workbookPr")
    is_1904 = properties is not None and attribute(properties, "date1904") in ("1", "true")
    styles = package.tree(parts.get("styles", "xl/styles.xml"))
    formats = cell_formats(styles, is_1904=is_1904)
    strings = _strings(package.read(parts.get("sharedStrings", "xl/sharedStrings.xml")))
    uncached = 0
    for entry in entries:
        data = None if entry.is_hidden else package.read(entry.part)
        if data is None:
            continue
        sheet = Sheet(data, strings, formats)
        _write_sheet(builder, entry.name, sheet)
        uncached += sheet.uncached
    return tuple(_warnings([entry.name for entry in entries if entry.is_hidden], uncached))


def _write_sheet(builder: TextBuilder, name: str, sheet: Sheet) -> None:
    rows = sheet.rows()
    first = next((row for row in rows if any(row[1])), None)
    if first is None:
        return

    def with_first() -> Iterator[tuple[int, list[str]]]:
        yield first
        yield from rows

    builder.heading(name, 1)
    write_table(builder, with_first(), lambda row: f"{name}, row {row}")


def _strings(data: bytes | None) -> list[str]:
    from lxml import etree

    if data is None:
        return []
    strings = []
    parsing = etree.iterparse(
        BytesIO(data), tag="{*}si", resolve_entities=False, no_network=True, huge_tree=False
    )
    try:
        for _, element in parsing:
            strings.append(rich_text(element))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as exc:
        raise damaged(KIND) from exc
    return strings


def _warnings(hidden: list[str], uncached: int) -> Iterator[str]:
    yield from hidden_warning(hidden)
    if uncached:
        formulas = "1 formula has" if uncached == 1 else f"{uncached:,} formulas have"
        yield (
            f"{formulas} no stored value, and nothing is read there: open the workbook in a"
            " spreadsheet program, save it, and ingest it again."
        )


def hidden_warning(names: list[str]) -> Iterator[str]:
    """The sentence about sheets that were left out, where there are any."""
    if names:
        shown = ", ".join(repr(name) for name in names[:_MAX_NAMED_SHEETS])
        more = f" and {len(names) - _MAX_NAMED_SHEETS} more" * (len(names) > _MAX_NAMED_SHEETS)
        yield f"Left out what is hidden: the sheet{'s' * (len(names) > 1)} {shown}{more}."
