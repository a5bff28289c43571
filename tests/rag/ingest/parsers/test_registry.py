from pathlib import PurePath

import pytest

from rag.ingest.parsers.registry import PARSERS, parser_for


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
