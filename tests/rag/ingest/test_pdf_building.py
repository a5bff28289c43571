from rag.ingest.pdf.building import PdfTextBuilder
from rag.ingest.pdf.flow import placed
from rag.ingest.pdf.page_lines import SPLIT_WORD, PdfLine


def line(text: str) -> PdfLine:
    return PdfLine(text, range(len(text)), (0.0, 0.0, 100.0, 10.0), 10.0, is_bold=False)


def test_pages_begin_in_order_where_a_split_word_goes_on_behind_one_without_words() -> None:
    builder = PdfTextBuilder()
    builder.add_page(list(placed([line(f"It was a har{SPLIT_WORD}")], 1)))
    builder.add_page([])
    builder.add_page(list(placed([line("bour town.")], 3)))
    builder.finish()
    assert builder.text == "It was a harbour town."
    assert builder.page_starts == [0, 12, 12]
