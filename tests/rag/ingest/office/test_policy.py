"""One document as four programs write it: pandoc and LibreOffice, in four formats."""

import pytest

from tests.rag.ingest.office.fixtures import headings, parsed, placed

BODY = """\
Scope

This policy covers all staff. It is binding from the first day. Two rules come first:

Note 1: Interns are staff too.

1. Book early.
2. Keep receipts.
a. Paper ones go to the cashier.
b. Digital ones go to the archive.

What is never paid:
- minibars
- parking fines

Rates

Region | Per day | Hotel
Region: North; Per day: 120; Hotel: 80.
Region: South; Per day: 95; Hotel: 60.

Contacts

Write to travel@example.org, or call the cashier."""

FILES = (
    *("policy_pandoc.docx", "policy_pandoc.odt", "policy_pandoc.rtf"),
    *("policy_libreoffice.docx", "policy_libreoffice.odt", "policy_libreoffice.rtf"),
)


@pytest.mark.parametrize("name", FILES)
def test_every_program_s_file_gives_the_same_text(name: str) -> None:
    assert parsed(name).text == f"Travel policy\n\nMary Jones\n\n2024-03-05\n\n{BODY}"


@pytest.mark.parametrize("name", FILES)
def test_headings_have_the_levels_of_their_styles(name: str) -> None:
    found = [each for each in headings(parsed(name)) if each[1] != "Travel policy"]
    assert found == [(1, "Scope"), (2, "Rates"), (1, "Contacts")]


@pytest.mark.parametrize("name", FILES)
def test_a_row_is_placed_in_its_table(name: str) -> None:
    assert placed(parsed(name))["table 1, row 3"] == "Region: South; Per day: 95; Hotel: 60."


@pytest.mark.parametrize("name", FILES)
def test_the_names_of_the_columns_are_furniture_since_every_row_has_them(name: str) -> None:
    document = parsed(name)
    assert [document.text[a:b] for a, b in document.furniture] == ["Region | Per day | Hotel"]


@pytest.mark.parametrize("name", [name for name in FILES if name != "policy_pandoc.rtf"])
def test_title_author_and_date_are_the_document_s_own(name: str) -> None:
    document = parsed(name)
    assert (document.title, document.date) == ("Travel policy", "2024-03-05")
    assert document.metadata == {"author": "Mary Jones"}


def test_a_book_has_chapters_as_places_and_its_notes_at_the_end_of_them() -> None:
    book = parsed("policy_pandoc.epub")
    scope = placed(book)["Scope"]
    assert scope.startswith("Scope\n\nThis policy covers all staff. It is binding")
    assert scope.endswith("1. Interns are staff too.")
    assert "\nRegion: North; Per day: 120; Hotel: 80.\n" in scope
    assert "a. Paper ones go to the cashier.\nb. Digital ones" in scope
    assert headings(book) == [
        (1, "Travel policy"),
        (1, "Scope"),
        (2, "Rates"),
        (1, "Contacts"),
    ]
    assert (book.title, book.date, book.metadata["author"]) == (
        "Travel policy",
        "2024-03-05",
        "Mary Jones",
    )
