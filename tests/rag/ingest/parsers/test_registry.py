from pathlib import PurePath

import pytest

from rag.ingest.parsers.pdf import PdfParser
from rag.ingest.parsers.registry import PARSERS, parser_for, parsers_reading_pictures
from rag.ingest.pdf.options import OcrOptions


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/plain"),
        ("A.TXT", "text/plain"),
        ("a.text", "text/plain"),
        ("server.log", "text/plain"),
        ("a.md", "text/markdown"),
        ("a.b.markdown", "text/markdown"),
    ],
)
def test_the_suffix_chooses_the_parser(name: str, media_type: str) -> None:
    parser = parser_for(PurePath("folder") / name)
    assert parser is not None
    assert parser.media_type == media_type


@pytest.mark.parametrize("name", ["a.xyz", "README", ".txt", "a.txt.gz"])
def test_files_that_no_parser_reads_have_none(name: str) -> None:
    assert parser_for(name) is None


def test_no_suffix_is_claimed_twice() -> None:
    suffixes = [suffix for parser in PARSERS for suffix in parser.suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_pictures_of_pages_are_read_where_that_is_asked_for() -> None:
    options = OcrOptions("eng+deu", budget_s=5)
    choose = parsers_reading_pictures(options)
    assert choose("a.PDF") == PdfParser(options)
    assert choose("a.md") is parser_for("a.md")
    assert choose("a.xyz") is None
    assert parsers_reading_pictures(None) is parser_for
