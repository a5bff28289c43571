"""PDF files that LibreOffice, Chromium and a scanner's software wrote (`tests/data/formats`)."""

import re
import shutil
from pathlib import Path

import pypdfium2
import pytest

from embeddings.hashing import HashingEncoder
from rag.errors import FileUnreadable
from rag.ingest.chunker import Chunker
from rag.ingest.files import parser_key
from rag.ingest.parsers.pdf import PdfParser
from rag.ingest.pdf.options import OcrOptions
from rag.types import ParsedDocument

FORMATS = Path("tests/data/formats")
HARBOUR, FERRIES, LOCKED, SCANNED = (
    (FORMATS / f"{name}.pdf").read_bytes() for name in ("harbour", "ferries", "locked", "scanned")
)


@pytest.fixture(scope="module")
def harbour() -> ParsedDocument:
    return PdfParser().parse(HARBOUR)


@pytest.fixture(scope="module")
def ferries() -> ParsedDocument:
    return PdfParser().parse(FERRIES)


def letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def pages_of(document: ParsedDocument) -> list[str]:
    ends = [*document.page_starts[1:], len(document.text)]
    return [document.text[a:b] for a, b in zip(document.page_starts, ends, strict=True)]


def test_every_words_of_a_page_is_on_that_page(harbour: ParsedDocument):
    pdf = pypdfium2.PdfDocument(HARBOUR)
    for number, (page, said) in enumerate(zip(pdf, pages_of(harbour), strict=True), start=1):
        written = letters(page.get_textpage().get_text_range())
        footer = f"Page{number}"
        if number > 1:
            written = written.replace("PortAuthorityofAldmere", "", 1)
        assert letters(said) == written.replace(footer, "")
    pdf.close()


def test_columns_are_read_one_after_the_other_and_line_ends_are_joined(harbour: ParsedDocument):
    assert (
        "Passenger ferries leave the eastern quay every forty minutes between six in the morning "
        "and ten at night; the crossing to the island of Brenn takes twelve minutes in calm weather"
    ) in harbour.text
    paragraphs = harbour.text.split("\n\n")
    closed = [each for each in paragraphs if "Remark" in each]
    assert len(closed) == 30
    assert all(each.endswith("responsibilities involved.") for each in closed)


def test_a_word_that_was_split_at_a_line_end_is_whole_again(harbour: ParsedDocument):
    raw = pypdfium2.PdfDocument(HARBOUR)[0].get_textpage().get_text_range()
    assert re.search("responsibili[\x02\ufffe]ties", raw)
    assert harbour.text.count("responsibilities involved.") == 30
    assert not re.search("[\x02\u00ad\ufffe]", harbour.text)
    assert "north-west" in harbour.text


def test_headers_and_page_numbers_that_come_back_are_left_out(harbour: ParsedDocument):
    assert harbour.text.count("Port Authority of Aldmere") == 1
    assert harbour.text.startswith("Port Authority of Aldmere")
    assert not re.search(r"\bPage \d", harbour.text)


def test_a_sentence_that_runs_over_a_page_is_one(harbour: ParsedDocument):
    text, starts = harbour.text, harbour.page_starts[1:]
    assert any(text[start - 12 : start + 4] == "responsibilities" for start in starts)
    inside = [start for start in starts if text[start - 1] == " "]
    assert inside
    sentences = [
        span for chunk in Chunker(HashingEncoder(), 200).split(harbour) for span in chunk.sentences
    ]
    assert any(first < start < last for first, last in sentences for start in inside)


def test_headings_title_author_and_pages_are_those_of_the_file(harbour: ParsedDocument):
    assert harbour.title == "Harbour report 2024"
    assert harbour.metadata == {"author": "Ana Petrov", "pages": "4"}
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", harbour.date or "")
    assert [(each.level, each.text) for each in harbour.headings] == [
        (1, f"Section on topic {number}") for number in range(1, 6)
    ]


def test_headings_without_bookmarks_are_told_by_their_size(ferries: ParsedDocument):
    assert [(each.level, each.text) for each in ferries.headings] == [
        (1, "Ferries of Aldmere"),
        (2, "1. Part 1"),
        (2, "2. Part 2"),
    ]
    for each in ferries.headings:
        assert ferries.text[each.start : each.end] == each.text


@pytest.mark.parametrize("data", [HARBOUR, FERRIES], ids=["office", "browser"])
def test_rows_of_a_table_stand_for_themselves(data: bytes):
    document = PdfParser().parse(data)
    ((start, end),) = document.verbatim
    assert document.text[start:end].splitlines() == [
        "Region\tSpring\tSummer",
        "North\t120\t135",
        "South\t98\t77",
    ]


def test_a_justified_line_with_wide_gaps_is_no_row(ferries: ParsedDocument):
    assert ferries.text.count("\t") == 6
    assert "closes this paragraph with an extraordinarily straightforward" in ferries.text


def test_the_pages_of_chunks_are_those_of_their_words(harbour: ParsedDocument):
    pages = pages_of(harbour)
    for chunk in Chunker(HashingEncoder(), 100).split(harbour):
        assert chunk.first_page is not None and chunk.last_page is not None
        assert chunk.text in "".join(pages[chunk.first_page - 1 : chunk.last_page])


def test_a_file_with_a_password_fails_with_a_sentence():
    with pytest.raises(FileUnreadable, match="locked with a password"):
        PdfParser().parse(LOCKED)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"words", HARBOUR[:200]])
def test_what_is_no_whole_pdf_fails_with_a_sentence(data: bytes):
    with pytest.raises(FileUnreadable, match=r"no PDF, or a damaged one"):
        PdfParser().parse(data)


def test_a_scan_without_text_is_reported_as_such():
    with pytest.raises(FileUnreadable, match=r"pictures of pages and no text.*QUOTH_OCR=true"):
        PdfParser().parse(SCANNED)


def test_pages_without_text_among_others_are_named():
    both = pypdfium2.PdfDocument(FERRIES)
    scan = pypdfium2.PdfDocument(SCANNED)
    both.import_pages(scan)
    document = PdfParser().parse(saved(both))
    assert len(document.page_starts) == 3
    (warning,) = document.warnings
    assert "pages 2–3" in warning and "quoth[ocr]" in warning


def test_a_document_of_blank_pages_is_not_taken_for_a_scan():
    blank = pypdfium2.PdfDocument.new()
    blank.new_page(200, 200)
    with pytest.raises(FileUnreadable, match="its pages are empty"):
        PdfParser().parse(saved(blank))


def test_a_title_that_is_a_programs_gives_way_to_the_largest_words():
    assert PdfParser().parse(FERRIES).title == "Ferries"
    named = FERRIES.replace(b"/Title (Ferries)", b"/Title (a.docx )")
    assert PdfParser().parse(named).title == "Ferries of Aldmere"


def test_pages_that_are_all_alike_are_kept():
    document = PdfParser().parse(pages_that_say("Nothing was written down today.", pages=5))
    assert document.text.count("Nothing was written down today.") == 5


def pages_that_say(words: str, *, pages: int) -> bytes:
    """A PDF file by hand, whose pages share one content."""
    content = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET"
    kids = " ".join(f"{number} 0 R" for number in range(5, 5 + pages))
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>"
    bodies = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
        *[f"{page}/Contents 4 0 R>>"] * pages,
    ]
    objects = "".join(f"{n} 0 obj\n{body}\nendobj\n" for n, body in enumerate(bodies, 1))
    # pdfium finds the objects without their table.
    return f"%PDF-1.4\n{objects}trailer<</Root 1 0 R>>\n%%EOF\n".encode()


def test_switching_recognition_on_reads_files_again():
    keys = {
        parser_key(PdfParser(ocr))
        for ocr in (None, OcrOptions("eng"), OcrOptions("eng+deu"), OcrOptions("eng"))
    }
    assert len(keys) == 3


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Tesseract")
def test_a_scan_is_read_with_recognition():
    document = PdfParser(OcrOptions("eng")).parse(SCANNED)
    assert document.page_starts[0] == 0
    first, second = pages_of(document)
    assert "takes twelve minutes in calm weather" in first
    assert "sixty-one volumes" in second
    assert document.warnings == ()


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Tesseract")
def test_a_language_that_tesseract_does_not_have_is_named():
    with pytest.raises(FileUnreadable, match="'klingon'"):
        PdfParser(OcrOptions("klingon")).parse(SCANNED)


def test_pages_that_there_is_no_time_to_recognise_are_named():
    both = pypdfium2.PdfDocument(FERRIES)
    both.import_pages(pypdfium2.PdfDocument(SCANNED))
    document = PdfParser(OcrOptions("eng", budget_s=0.0)).parse(saved(both))
    assert document.warnings == (
        "There was no time to read pages 2–3; raise QUOTH_PARSE_TIMEOUT_S.",
    )


def saved(document: pypdfium2.PdfDocument) -> bytes:
    import io

    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()
