import pytest

from rag.types import ParsedDocument, Place
from tests.fuzz_formats import FORMATS, check_document, fixtures, fuzz, read


def test_every_file_of_the_formats_is_read() -> None:
    refused = ("locked.pdf", "scanned.pdf", ".doc", ".xls", ".ppt")
    for name in fixtures():
        expected = "refused" if name.endswith(refused) else "read"
        assert read(name, (FORMATS / name).read_bytes()) == expected, name


def test_broken_files_of_every_format_are_read_or_refused() -> None:
    outcomes = fuzz(fixtures(), seed=20, seconds=20, rounds=4)
    assert {outcome for _, outcome in outcomes} <= {"read", "refused"}


def test_a_document_that_breaks_its_promises_is_noticed() -> None:
    with pytest.raises(AssertionError):
        check_document(ParsedDocument("abc", "text/plain", places=(Place(2, 9, "line"),)))
