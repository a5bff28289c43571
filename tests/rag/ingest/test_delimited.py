import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import FileUnreadable
from rag.ingest.delimited import parse_delimited
from rag.types import ParsedDocument
from tests.rag.ingest.office.fixtures import parsed, placed


def table(text: str) -> ParsedDocument:
    return parse_delimited(text.encode(), "text/csv")


def test_each_row_stands_on_its_line_of_the_file_and_names_its_columns() -> None:
    document = parsed("prices.csv")
    assert document.text.split("\n") == [
        "Artikel | Preis | Hinweis",
        "Artikel: Brötchen; Preis: 0,45; Hinweis: frisch, jeden Morgen.",
        "",
        "",
        "Artikel: Brezel; Preis: 0,80; Hinweis: mit Salz.",
    ]


def test_rows_are_counted_as_a_spreadsheet_program_counts_them() -> None:
    document = parsed("prices.csv")
    assert placed(document)["row 4"] == "Artikel: Brezel; Preis: 0,80; Hinweis: mit Salz."


def test_the_names_of_the_columns_are_furniture() -> None:
    document = parsed("stock.tsv")
    assert [document.text[a:b] for a, b in document.furniture] == ["part | count | shelf"]
    assert placed(document)["row 3"] == "part: nut; count: 900; shelf: B1."


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    rows = ["name{}count", "a, b{}1", "c{}2", "d e{}3"]
    text = "\n".join(row.format(delimiter) for row in rows).replace("a, b", '"a, b"')
    assert placed(table(text))["row 2"] == "name: a, b; count: 1."


def test_a_line_that_states_the_delimiter_is_believed() -> None:
    document = table("sep=|\nname|a,b\nx|1,2\n")
    assert placed(document)["row 3"] == "name: x; a,b: 1,2."


def test_a_table_without_names_keeps_its_cells() -> None:
    assert table("1,2\n3,4").text == "1; 2.\n3; 4."


def test_a_quotation_mark_that_is_never_closed_swallows_nothing() -> None:
    lines = ["name,size", 'pipe,3"', 'tube,"4', *(f"part {n},{n}" for n in range(2_000))]
    document = table("\n".join(lines))
    assert len(document.places) == len(lines)
    assert placed(document)["row 2003"] == "name: part 1999; size: 1999."


def test_other_encodings_are_told_as_in_text_files() -> None:
    document = parse_delimited("Ort;Zahl\nKöln;3\nMünchen;4\nGörlitz;5\n".encode("cp1252"), "x")
    assert placed(document)["row 2"] == "Ort: Köln; Zahl: 3."
    assert "a guess" in document.warnings[0]


def test_a_workbook_under_the_wrong_name_is_refused() -> None:
    with pytest.raises(FileUnreadable, match="ZIP archive"):
        parse_delimited(b"PK\x03\x04", "text/csv")


def test_a_cell_without_end_is_refused_in_a_sentence() -> None:
    with pytest.raises(FileUnreadable, match=r"give it the suffix \.txt\.$"):
        table("a,b\n" + "x" * 200_000 + ",1\n")


@given(st.text(alphabet='ab1,;"\n\r\t|: ', max_size=120))
def test_every_row_lies_on_the_line_where_it_begins(text: str) -> None:
    document = table(text)
    lines = document.text.split("\n")
    assert len(lines) <= len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for place in document.places:
        assert "\n" not in document.text[place.start : place.end]
    ends = [place.end for place in document.places]
    assert ends == sorted(ends)
