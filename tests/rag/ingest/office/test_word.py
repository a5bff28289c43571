import pytest

from rag.errors import FileUnreadable
from tests.rag.ingest.office.fixtures import headings, parsed, parsed_bytes, placed
from tests.rag.ingest.office.word_files import STRICT, paragraph, word_file

BREAK = "<w:r><w:lastRenderedPageBreak/></w:r>"
CONTRACT = """\
Service contract

Parties

This contract is between Alder Ltd and Birch GmbH. It ends after thirty days' notice.

Fees

1. Fees are due monthly.
2. Late fees are two percent.
- Fees are never refunded.

Service | Phase | Fee
Service: Support; Phase: Set-up; Fee: € 1,200.
Service: Support; Phase: Running; Fee: € 300.
Service: Training; Phase: Running; Fee: € 150.

The seat of the court is Kiel.

Signed copies are kept in the archive.

Signed by: Anna Berg
Place: Kiel"""


def text_of(body: str, **parts: str) -> str:
    return parsed_bytes("a.docx", word_file(body, **parts)).text


def test_a_contract_reads_as_on_paper_with_its_changes_accepted() -> None:
    assert parsed("contract.docx").text == CONTRACT


def test_a_title_on_the_page_is_the_title() -> None:
    contract = parsed("contract.docx")
    assert contract.title == "Service contract"
    assert headings(contract) == [(1, "Service contract"), (1, "Parties"), (1, "Fees")]


def test_a_cell_that_spans_rows_stands_in_each_of_them() -> None:
    row = placed(parsed("contract.docx"))["table 1, row 3"]
    assert row == "Service: Support; Phase: Running; Fee: € 300."


def test_a_form_names_its_values_by_its_first_column() -> None:
    assert placed(parsed("contract.docx"))["table 2, row 1"] == "Signed by: Anna Berg"


def test_the_day_of_saving_is_the_date_where_the_text_states_none() -> None:
    assert parsed("contract.docx").date == "2024-04-02"


def test_the_strict_edition_of_the_format_is_read_alike() -> None:
    data = word_file(paragraph("Some words."), namespace=STRICT)
    assert parsed_bytes("a.docx", data).text == "Some words."


def test_the_alternative_for_older_programs_is_not_read_twice() -> None:
    box = "<w:pict><w:txbxContent><w:p><w:r><w:t>Boxed.</w:t></w:r></w:p></w:txbxContent></w:pict>"
    twice = (
        f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    assert text_of(f"<w:p><w:r><w:t>Text.</w:t>{twice}</w:r></w:p>") == "Text.\n\nBoxed."


def test_a_table_of_contents_is_furniture_and_gives_no_headings() -> None:
    line = paragraph("Fees 1", '<w:outlineLvl w:val="0"/>')
    contents = (
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj>"
        f"</w:sdtPr><w:sdtContent>{line}</w:sdtContent></w:sdt>"
    )
    document = parsed_bytes("a.docx", word_file(contents + paragraph("Fees are due.")))
    assert [document.text[a:b] for a, b in document.furniture] == ["Fees 1"]
    assert document.headings == ()


def test_numbers_that_word_shows_stand_before_headings_and_clauses() -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for level, (style, text) in enumerate(
            [("decimal", "%1."), ("decimal", "%1.%2"), ("lowerRoman", "(%3)")]
        )
    )
    numbering = (
        f'<w:root><w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
        '<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:root>'
    )

    def clause(words: str, level: int, more: str = "") -> str:
        numbers = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="3"/></w:numPr>'
        return paragraph(words, numbers + more)

    body = (
        clause("Term", 0, '<w:outlineLvl w:val="0"/>')
        + clause("It begins now.", 1)
        + clause("It ends later.", 1)
        + clause("unless extended,", 2)
        + clause("or renewed.", 2)
        + clause("Fees", 0, '<w:outlineLvl w:val="0"/>')
        + clause("They are due.", 1)
    )
    document = parsed_bytes("a.docx", word_file(body, numbering=numbering))
    assert document.text.split("\n\n") == [
        "1. Term",
        "1.1 It begins now.\n1.2 It ends later.\n(i) unless extended,\n(ii) or renewed.",
        "2. Fees",
        "2.1 They are due.",
    ]
    assert headings(document) == [(1, "1. Term"), (1, "2. Fees")]


@pytest.mark.parametrize(("pages", "starts"), [("2", (0, 13)), ("3", ())])
def test_pages_are_told_only_where_word_s_own_count_agrees(
    pages: str, starts: tuple[int, ...]
) -> None:
    body = (
        f"<w:p><w:r><w:t>First page.</w:t></w:r></w:p><w:p>{BREAK}<w:r><w:t>Next.</w:t></w:r></w:p>"
    )
    app = f"<Properties><Pages>{pages}</Pages></Properties>"
    document = parsed_bytes("a.docx", word_file(body, app=app))
    assert document.text == "First page.\n\nNext."
    assert document.page_starts == starts


def test_a_table_that_only_arranges_the_page_is_read_as_paragraphs() -> None:
    long = paragraph("A sentence of some length. " * 50)
    table = f"<w:tbl><w:tr><w:tc>{long}</w:tc><w:tc>{paragraph('Aside.')}</w:tc></w:tr></w:tbl>"
    assert text_of(table).endswith("length.\n\nAside.")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 but no more", "no intact Word document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "an old Office document"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "protected with a password",
        ),
        (word_file(""), "holds no text"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(FileUnreadable, match=words):
        parsed_bytes("a.docx", data)
