"""The files in the repository are what the programs write: made anew, they read the same."""

import shutil
from pathlib import Path

import pytest

from tests.data.formats.make import make
from tests.rag.ingest.office.fixtures import FORMATS, parsed, parsed_bytes

CONVERTED = ("budget_libreoffice.ods", "policy_libreoffice.docx", "policy_libreoffice.rtf")


@pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pandoc")), reason="needs LibreOffice and pandoc"
)
def test_files_made_anew_read_like_those_that_are_kept(tmp_path: Path) -> None:
    made = make(tmp_path, converted=CONVERTED)
    assert {path.name for path in made} <= {path.name for path in FORMATS.iterdir()}
    for path in made:
        again = parsed_bytes(path.name, path.read_bytes())
        kept = parsed(path.name)
        assert again.text == kept.text
        assert again.places == kept.places
