from io import BytesIO
from zipfile import ZipFile

import pytest

from rag.errors import FileUnreadable
from rag.types import ParsedDocument
from tests.rag.ingest.office.fixtures import FORMATS, headings, parsed_bytes, placed

NAMES = (
    'xmlns:office="urn:o" xmlns:text="urn:t" xmlns:table="urn:b" xmlns:style="urn:s"'
    ' xmlns:draw="urn:d" xmlns:meta="urn:m"'
)


def package(suffix: str, body: str, **parts: str) -> ParsedDocument:
    kind = {".odt": "text", ".ods": "spreadsheet", ".odp": "presentation"}[suffix]
    content = (
        f"<office:document-content {NAMES}><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("content.xml", content)
        for name, xml in parts.items():
            folder = "META-INF/" if name == "manifest" else ""
            archive.writestr(f"{folder}{name}.xml", xml)
    return parsed_bytes(f"a{suffix}", buffer.getvalue())


def cell(words: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{words}</text:p></table:table-cell>"


def test_white_space_is_what_the_standard_makes_of_it() -> None:
    body = (
        "<text:p>a\n   b<text:s text:c='2'/>c<text:tab/>d<text:line-break/>e"
        "<office:annotation><text:p>no</text:p></office:annotation></text:p>"
    )
    assert package(".odt", body).text == "a b  c\td\ne"


def test_what_was_deleted_while_changes_were_recorded_is_left_out() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        "<text:p>stays<text:change text:change-id='1'/>.</text:p>"
    )
    assert package(".odt", body).text == "stays."


def test_a_table_of_contents_is_furniture() -> None:
    contents = (
        "<text:table-of-content><text:index-body><text:p>Fees 1</text:p></text:index-body>"
        "</text:table-of-content><text:p>Text.</text:p>"
    )
    document = package(".odt", contents)
    assert [document.text[a:b] for a, b in document.furniture] == ["Fees 1"]


def test_a_cell_that_spans_rows_stands_in_each_of_them() -> None:
    rows = "".join(
        (
            "<table:table-header-rows><table:table-row>",
            *(cell(words) for words in ("Region", "Phase", "Fee")),
            "</table:table-row></table:table-header-rows><table:table-row>",
            cell("North", "table:number-rows-spanned='2'"),
            cell("one") + cell("1"),
            "</table:table-row><table:table-row><table:covered-table-cell/>",
            cell("two") + cell("2"),
            "</table:table-row>",
        )
    )
    document = package(".odt", f"<table:table>{rows}</table:table>")
    assert placed(document)["table 1, row 3"] == "Region: North; Phase: two; Fee: 2."


@pytest.mark.parametrize(("pages", "starts"), [(2, (0, 3)), (5, ())])
def test_pages_are_told_only_where_the_document_s_own_count_agrees(
    pages: int, starts: tuple[int, ...]
) -> None:
    meta = f"<m {NAMES}><meta:document-statistic meta:page-count='{pages}'/></m>"
    body = "<text:p>one<text:soft-page-break/>two</text:p>"
    assert package(".odt", body, meta=meta).page_starts == starts


def test_headings_show_the_numbers_of_the_outline() -> None:
    styles = (
        f"<s {NAMES}><text:outline-style><text:outline-level-style text:level='1'"
        " style:num-format='1' style:num-suffix='.'/><text:outline-level-style text:level='2'"
        " style:num-format='a' style:num-prefix='(' style:num-suffix=')'/></text:outline-style></s>"
    )
    body = "".join(
        f"<text:h text:outline-level='{level}'>{words}</text:h>"
        for level, words in [(1, "Term"), (2, "Start"), (2, "End"), (1, "Fees")]
    )
    found = headings(package(".odt", body, styles=styles))
    assert found == [(1, "1. Term"), (2, "(a) Start"), (2, "(b) End"), (1, "2. Fees")]


def test_repeated_cells_and_rows_keep_their_columns_and_numbers() -> None:
    rows = "".join(
        (
            f"<table:table-row>{cell('A')}<table:table-cell table:number-columns-repeated='2'/>",
            f"{cell('B')}{cell('C')}</table:table-row>",
            "<table:table-row table:number-rows-repeated='3'>",
            cell("x", "table:number-columns-repeated='4'") + cell("1") + "</table:table-row>",
            "<table:table-row table:number-rows-repeated='1048000'><table:table-cell/>",
            "</table:table-row>",
        )
    )
    document = package(".ods", f"<table:table table:name='S'>{rows}</table:table>")
    assert list(placed(document)) == [f"S, row {row}" for row in (1, 2, 3, 4)]
    assert placed(document)["S, row 4"] == "A: x; x; x; B: x; C: 1."


def test_a_password_is_told() -> None:
    manifest = "<m><file-entry><encryption-data/></file-entry></m>"
    with pytest.raises(FileUnreadable, match="protected with a password"):
        package(".odt", "<text:p>x</text:p>", manifest=manifest)


def test_a_spreadsheet_under_the_name_of_a_text_is_refused() -> None:
    data = (FORMATS / "budget_libreoffice.ods").read_bytes()
    with pytest.raises(FileUnreadable, match="no intact OpenDocument text"):
        parsed_bytes("a.odt", data)
