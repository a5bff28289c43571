"""Cut, changed and random PDF files cost a sentence, never a crash; a real office program's file is
read as the kept one is.
"""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import FileUnreadable
from rag.ingest.parsers.html import HtmlParser
from rag.ingest.parsers.pdf import PdfParser
from rag.types import ParsedDocument

FORMATS = Path("tests/data/formats")
FERRIES = (FORMATS / "ferries.pdf").read_bytes()
NEWS = (FORMATS / "news.html").read_bytes()
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def changes_of(data: bytes) -> st.SearchStrategy[list[tuple[int, int]]]:
    return st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=60)


def check(document: ParsedDocument) -> None:
    assert list(document.page_starts) == sorted(document.page_starts)
    assert all(0 <= start <= len(document.text) for start in document.page_starts)
    for each in document.headings:
        assert " ".join(document.text[each.start : each.end].split()) == each.text
    assert all(0 <= start < end <= len(document.text) for start, end in document.verbatim)
    document.text.encode()


@FEW
@given(cut=st.integers(0, len(FERRIES)))
def test_a_pdf_that_is_cut_off_is_read_or_refused(cut: int):
    try:
        check(PdfParser().parse(FERRIES[:cut]))
    except FileUnreadable as exc:
        assert exc.message.endswith(".")


@FEW
@given(changes=changes_of(FERRIES))
def test_a_pdf_with_changed_bytes_is_read_or_refused(changes: list[tuple[int, int]]):
    data = bytearray(FERRIES)
    for at, value in changes:
        data[at] = value
    try:
        check(PdfParser().parse(bytes(data)))
    except FileUnreadable as exc:
        assert exc.message.endswith(".")


@FEW
@given(changes=changes_of(NEWS))
def test_a_web_page_with_changed_bytes_is_read_or_refused(changes: list[tuple[int, int]]):
    data = bytearray(NEWS)
    for at, value in changes:
        data[at] = value
    try:
        check(HtmlParser().parse(bytes(data)))
    except FileUnreadable as exc:
        assert exc.message.endswith(".")


@FEW
@given(tail=st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(tail: bytes):
    for parser, head in ((PdfParser(), b"%PDF-1.7\n"), (HtmlParser(), b"<p>")):
        for data in (tail, head + tail):
            try:
                check(parser.parse(data))
            except FileUnreadable as exc:
                assert exc.message


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_what_libreoffice_writes_now_is_read_as_the_kept_file_is(tmp_path: Path):
    from tests.data.formats.make_pdf import fodt

    source = tmp_path / "harbour.fodt"
    source.write_text(fodt(), encoding="utf-8")
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"]
    command += ["--convert-to", "pdf:writer_pdf_Export", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    now = PdfParser().parse((tmp_path / "harbour.pdf").read_bytes())
    kept = PdfParser().parse((FORMATS / "harbour.pdf").read_bytes())
    # Other fonts break lines elsewhere; the words and the paragraphs are the same.
    assert now.text.split() == kept.text.split()
    assert [each.text for each in now.headings] == [each.text for each in kept.headings]
