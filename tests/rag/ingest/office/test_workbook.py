from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest

from rag.errors import FileUnreadable
from rag.types import ParsedDocument
from tests.rag.ingest.office.fixtures import headings, parsed, parsed_bytes, placed

BUDGETS = ("budget_openpyxl.xlsx", "budget_libreoffice.xlsx", "budget_libreoffice.ods")
NORTH = "Region: North; Share: 25.6%; Cost: 1,234,567.50 €; Due: 5 Mar 2024."


def workbook(rows: list[list[object]]) -> ParsedDocument:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    buffer = BytesIO()
    book.save(buffer)
    return parsed_bytes("a.xlsx", buffer.getvalue())


@pytest.mark.parametrize("name", BUDGETS)
def test_a_row_names_its_columns_and_shows_numbers_as_people_see_them(name: str) -> None:
    rows = placed(parsed(name))
    assert rows["Budget, row 3"] == NORTH
    assert rows["Budget, row 4"].endswith("Share: 50.0%; Cost: 12.00 €; Due: 1 Apr 2024.")


@pytest.mark.parametrize("name", BUDGETS)
def test_sheets_and_titles_above_tables_are_headings(name: str) -> None:
    document = parsed(name)
    assert headings(document) == [(1, "Budget"), (2, "Budget 2024"), (1, "Growth")]
    assert document.title == "The budget"


@pytest.mark.parametrize("name", BUDGETS)
def test_each_of_several_tables_in_a_sheet_has_its_own_columns(name: str) -> None:
    rows = placed(parsed(name))
    assert rows["Budget, row 9"] == "Name: Anna; Phone: 030 1234; City: Berlin."


@pytest.mark.parametrize("name", BUDGETS)
def test_merged_cells_stand_in_every_row_and_column_that_they_span(name: str) -> None:
    rows = placed(parsed(name))
    assert rows["Budget, row 10"] == "Name: Anna; City: Hamburg."
    assert rows["Growth, row 3"] == (
        "Region: North; 2023 Q1: 1; 2023 Q2: 2; 2024 Q1: 3; 2024 Q2: 4."
    )
    assert rows["Growth, row 4"].endswith("2024 Q2: TRUE.")
    assert rows["Growth, row 5"] == "Figures in millions"


@pytest.mark.parametrize("name", BUDGETS)
def test_a_hidden_sheet_is_left_out_and_named(name: str) -> None:
    document = parsed(name)
    assert "Nobody" not in document.text
    assert "Left out what is hidden: the sheet 'Secret'." in document.warnings


def test_a_formula_shows_the_value_that_was_last_computed() -> None:
    assert "Cost: 1234579.5" in placed(parsed("budget_libreoffice.xlsx"))["Budget, row 5"]
    assert "Cost: 1,234,579.50 €" in placed(parsed("budget_libreoffice.ods"))["Budget, row 5"]


def test_a_formula_that_was_never_computed_is_told() -> None:
    (_, warning) = parsed("budget_openpyxl.xlsx").warnings
    assert warning.startswith("1 formula has no stored value")


def test_a_sheet_s_first_table_does_not_lend_its_title_to_the_document() -> None:
    assert workbook([["Name", "Age"], ["Anna", 30]]).title is None


def test_numbers_alone_have_no_names() -> None:
    assert placed(workbook([[1, 2], [3, 4]]))["Sheet, row 2"] == "3; 4."


def test_years_in_a_row_are_names() -> None:
    rows = placed(workbook([["Region", 2022, 2023], ["North", 5, 6]]))
    assert rows["Sheet, row 2"] == "Region: North; 2022: 5; 2023: 6."


def test_line_breaks_in_a_cell_leave_the_row_on_one_line() -> None:
    rows = placed(workbook([["Name", "Note", "N"], ["Anna", "one\ntwo. Three", 1]]))
    assert rows["Sheet, row 2"] == "Name: Anna; Note: one two. Three; N: 1."


def test_thousands_of_rows_keep_their_numbers() -> None:
    rows = [["Name", "Count", "Kind"], *([f"n{i}", i, "x"] for i in range(5_000))]
    document = workbook(rows)
    assert document.places[-1].label == "Sheet, row 5001"
    assert document.text.endswith("Name: n4999; Count: 4999; Kind: x.")


def test_cells_without_addresses_and_strings_in_place_are_read() -> None:
    sheet = (
        "<x:worksheet xmlns:x='urn:x'><x:sheetData><x:row>"
        "<x:c t='inlineStr'><x:is><x:t>Name</x:t></x:is></x:c><x:c t='str'><x:v>N</x:v></x:c>"
        "</x:row><x:row><x:c t='str'><x:v>a_x000D_b</x:v></x:c><x:c><x:v>7</x:v></x:c></x:row>"
        "</x:sheetData></x:worksheet>"
    )
    assert placed(parsed_bytes("a.xlsx", bare_workbook(sheet)))["S, row 2"] == "Name: a b; N: 7."


def test_too_many_cells_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.ingest.office.sheet_rows.MAX_CELLS", 5)
    with pytest.raises(FileUnreadable, match="more than 5 cells"):
        workbook([[1, 2], [3, 4], [5, 6]])


def bare_workbook(sheet: str) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr(
            "xl/workbook.xml",
            "<workbook xmlns:r='urn:r'><sheets><sheet name='S' r:id='i'/></sheets></workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            "<R><Relationship Id='i' Type='x/worksheet' Target='sheet.xml'/></R>",
        )
        archive.writestr("xl/sheet.xml", sheet)
    return buffer.getvalue()
