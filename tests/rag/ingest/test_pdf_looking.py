"""Pictures of pages and the boxes of quotes: the boxes cover the ink of the quoted words."""

import io
import re
import shutil
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from rag.ingest.parsers.pdf import PdfParser
from rag.ingest.pdf.looking import AskBoxes, AskPicture, PageSpan, QuoteBoxes
from rag.ingest.pdf.options import OcrOptions
from rag.types import ParsedDocument

FORMATS = Path("tests/data/formats")
HARBOUR, FERRIES, SCANNED = (
    (FORMATS / f"{name}.pdf").read_bytes() for name in ("harbour", "ferries", "scanned")
)
DARK = 128


def spans(document: ParsedDocument, start: int, end: int) -> tuple[PageSpan, ...]:
    """The parts of a quote by page, as whoever asks knows them."""
    found = []
    ends = [*document.page_starts[1:], len(document.text)]
    for number, (first, last) in enumerate(zip(document.page_starts, ends, strict=True), start=1):
        if start < last and first < end:
            begins = max(start, first)
            part = document.text[begins : min(end, last)]
            found.append(PageSpan(number, begins - first, part))
    return tuple(found)


def boxes_of(data: bytes, quote: str, ocr: OcrOptions | None = None) -> QuoteBoxes:
    document = PdfParser(ocr).parse(data)
    start = document.text.index(quote)
    return AskBoxes(spans(document, start, start + len(quote)), ocr)(data)


def letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def words_under(data: bytes, found: QuoteBoxes) -> str:
    """What pdfium says stands in the boxes."""
    pdf = pypdfium2.PdfDocument(data)
    said = []
    for each in found.pages:
        text = pdf[each.page - 1].get_textpage()
        for left, top, right, bottom in each.boxes:
            said.append(
                text.get_text_bounded(
                    left - 0.2, each.height - bottom - 0.2, right + 0.2, each.height - top + 0.2
                )
            )
    return " ".join(said)


HARBOUR_QUOTES = [
    "Prepared by the harbour office.",
    "It now fills sixty-one volumes, which the municipal archive has begun to transcribe with the "
    "help of volunteers from the secondary school.",
    "Remark 3.2 closes this paragraph with an extraordinarily straightforward characterisation of "
    "the administrative responsibilities involved.",
    "North\t120\t135",
]


@pytest.mark.parametrize("quote", HARBOUR_QUOTES)
def test_the_text_under_the_boxes_is_the_quote(quote: str):
    found = boxes_of(HARBOUR, quote)
    assert letters(words_under(HARBOUR, found)) == letters(quote)


def test_every_sentence_of_a_document_is_found_again():
    document = PdfParser().parse(FERRIES)
    for match in re.finditer(r"[A-Z][^.\t\n]{20,}\.", document.text):
        found = AskBoxes(spans(document, *match.span()))(FERRIES)
        assert letters(words_under(FERRIES, found)) == letters(match.group())


def test_a_quote_over_a_page_has_boxes_on_both():
    document = PdfParser().parse(HARBOUR)
    border = document.page_starts[2]
    start, end = border - 40, border + 20
    found = AskBoxes(spans(document, start, end))(HARBOUR)
    assert [each.page for each in found.pages] == [2, 3]
    assert found.page_count == len(document.page_starts)
    assert all(each.boxes for each in found.pages)
    assert letters(words_under(HARBOUR, found)) == letters(document.text[start:end])


@pytest.mark.parametrize(
    ("turn", "is_upright"),
    [(0, True), (90, True), (180, True), (270, True), (90, False), (270, False)],
)
def test_the_boxes_cover_the_ink_of_the_quote_and_of_nothing_else(turn: int, is_upright: bool):
    quote = "Three new cranes were ordered from Norway."
    page_alone = turned(FERRIES, turn, is_upright=is_upright)
    found = boxes_of(page_alone, quote)
    (page,) = found.pages
    # Writing a page anew changes its letters' edges, so both pictures are of such pages.
    picture = picture_of(without_words(page_alone, ""), 1)
    assert picture.width / picture.height == pytest.approx(page.width / page.height, rel=0.01)
    scale = picture.width / page.width
    assert len(page.boxes) == 1
    assert has_ink(picture, page.boxes[0], scale)
    without = picture_of(without_words(page_alone, quote), 1)
    assert not any(has_ink(without, box, scale) for box in page.boxes)
    assert same_outside(picture, without, page.boxes, scale)


def test_a_quote_in_two_columns_has_a_box_for_each_line():
    found = boxes_of(HARBOUR, HARBOUR_QUOTES[1])
    (page,) = found.pages
    assert 4 <= len(page.boxes) <= 6
    assert all(right - left < page.width / 2 for left, _, right, _ in page.boxes)


def test_words_that_are_not_where_they_should_be_have_no_boxes():
    found = AskBoxes((PageSpan(1, 0, "Something that is not written there"),))(HARBOUR)
    assert [(each.page, each.boxes) for each in found.pages] == [(1, ())]
    assert AskBoxes((PageSpan(99, 0, "x"),))(HARBOUR).pages == ()


def test_a_picture_is_as_wide_as_asked_for_and_none_where_there_is_no_page():
    assert picture_of(HARBOUR, 4, 300).width == pytest.approx(300, abs=1)
    assert AskPicture(5, 300)(HARBOUR) is None
    assert AskPicture(0, 300)(HARBOUR) is None


def test_a_picture_of_a_huge_page_has_a_bounded_size():
    huge = pypdfium2.PdfDocument.new()
    huge.new_page(14_000, 14_000)
    picture = picture_of(saved(huge), 1, 20_000)
    assert picture.width * picture.height <= 12_100_000


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs Tesseract")
def test_words_that_were_recognised_have_boxes_over_their_ink():
    found = boxes_of(SCANNED, "It now fills sixty-one volumes", OcrOptions())
    (page,) = found.pages
    assert page.page == 2
    picture = picture_of(SCANNED, 2)
    assert page.boxes
    assert all(has_ink(picture, box, picture.width / page.width) for box in page.boxes)


def picture_of(data: bytes, page: int, width_px: int = 1200) -> Image.Image:
    made = AskPicture(page, width_px)(data)
    assert made is not None
    return Image.open(io.BytesIO(made)).convert("L")


def cut(picture: Image.Image, box: tuple[float, float, float, float], scale: float) -> Image.Image:
    left, top, right, bottom = (side * scale for side in box)
    return picture.crop((int(left) - 1, int(top) - 1, int(right) + 2, int(bottom) + 2))


def has_ink(picture: Image.Image, box: tuple[float, float, float, float], scale: float) -> bool:
    return cut(picture, box, scale).getextrema()[0] < DARK


def same_outside(
    one: Image.Image,
    other: Image.Image,
    boxes: tuple[tuple[float, float, float, float], ...],
    scale: float,
) -> bool:
    """Whether two pictures differ nowhere but in the boxes."""
    from PIL import ImageChops

    difference = ImageChops.difference(one, other)
    for left, top, right, bottom in boxes:
        area = [round(side * scale) for side in (left - 1, top - 1, right + 1, bottom + 1)]
        difference.paste(0, tuple(area))
    return difference.getextrema()[1] < DARK


def turned(data: bytes, degrees: int, *, is_upright: bool = True) -> bytes:
    """The first page written sideways, and turned so that it is read upright all the same, or
    not.
    """
    pdf = pypdfium2.PdfDocument(data)
    page = pdf[0]
    width, height = page.get_size()
    shift = {0: (0, 0), 90: (height, 0), 180: (width, height), 270: (0, width)}[degrees]
    matrix = pypdfium2.PdfMatrix().rotate(degrees, ccw=True).translate(*shift)
    for each in page.get_objects(max_depth=1):
        each.transform(matrix)
    page.gen_content()
    if degrees in (90, 270):
        page.set_mediabox(0, 0, height, width)
    page.set_rotation(degrees if is_upright else 0)
    left, bottom, right, top = page.get_mediabox()
    page.set_cropbox(left + 20, bottom + 10, right - 30, top - 20)
    return saved(pdf)


def without_words(data: bytes, quote: str) -> bytes:
    """The first page without the objects that hold the words of a quote."""
    pdf = pypdfium2.PdfDocument(data)
    page = pdf[0]
    text = page.get_textpage()
    kinds = [pypdfium2.raw.FPDF_PAGEOBJ_TEXT]
    objects = list(page.get_objects(filter=kinds, max_depth=1, textpage=text))
    said = ["".join(each.extract().split()) for each in objects]
    for first in range(len(objects)):
        for last in range(first + 1, min(first + 60, len(objects)) + 1):
            if quote and "".join(said[first:last]) == "".join(quote.split()):
                for each in objects[first:last]:
                    page.remove_obj(each)
                page.gen_content()
                return saved(pdf)
    assert not quote
    page.gen_content()
    return saved(pdf)


def saved(document: pypdfium2.PdfDocument) -> bytes:
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()
