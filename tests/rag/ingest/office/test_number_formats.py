import pytest

from rag.ingest.office.number_formats import BUILT_IN, number_format


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("General", 0.1 + 0.2, "0.3"),
        ("General", 1e20, "1E+20"),
        ("0", 2.5, "3"),
        ("0%", 0.285, "29%"),
        ("0.0%", 0.256, "25.6%"),
        ("#,##0.00", 1234567.891, "1,234,567.89"),
        (r"#,##0.00\ [$€-407]", 1234.5, "1,234.50 €"),
        ("[$$-409]#,##0.00", -5.5, "-$5.50"),
        ("#,##0;[Red](#,##0)", -1234, "(1,234)"),
        ('0;-0;"none"', 0, "none"),
        ("0000", 42, "0042"),
        ('0.0,,"M"', 12345678, "12.3M"),
        ("0.0#", 1.25, "1.25"),
        ("0.###", 2, "2"),
        ("0.00E+00", 12345, "1.23E+04"),
        ("yyyy-mm-dd", 45356, "2024-03-05"),
        ("dddd, d mmmm yyyy", 45356, "Tuesday, 5 March 2024"),
        ("dd/mm/yyyy hh:mm:ss", 45356.5, "05/03/2024 12:00:00"),
        ("h:mm AM/PM", 0.75, "6:00 PM"),
        ("[h]:mm", 1.5, "36:00"),
        ("mm:ss", 0.0101, "14:33"),
        ('"Q"0', 3, "Q3"),
        ("@", 5, "5"),
    ],
)
def test_a_number_is_shown_as_spreadsheet_programs_show_it(
    code: str, value: float, shown: str
) -> None:
    assert number_format(code)(value) == shown


def test_the_day_whose_order_a_country_decides_is_written_without_doubt() -> None:
    assert number_format(BUILT_IN[14])(45356) == "2024-03-05"


def test_workbooks_that_count_from_1904_show_the_same_days() -> None:
    assert number_format("yyyy-mm-dd", is_1904=True)(45356 - 1462) == "2024-03-05"


@pytest.mark.parametrize("code", ["", ";;;", "[", '"', "\\", "yyyy", "0" * 500, "?/?", "%%%%"])
@pytest.mark.parametrize("value", [0.0, -1.5, 1e300, -1e300, 1e-300, float("nan"), float("inf")])
def test_no_code_and_no_number_is_too_odd(code: str, value: float) -> None:
    assert isinstance(number_format(code)(value), str)
