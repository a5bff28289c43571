"""What the tests of parsers share: the files that they read, and questions about what was read."""

from pathlib import Path

from rag.ingest.parsers.registry import parser_for
from rag.types import ParsedDocument

FORMATS = Path(__file__).parents[3] / "data" / "formats"


def parsed(name: str) -> ParsedDocument:
    """The document in one of the files, read by the parser for its name."""
    parser = parser_for(name)
    assert parser is not None
    return parser.parse((FORMATS / name).read_bytes())


def place_of(document: ParsedDocument, words: str) -> str | None:
    """The label of the place where some words begin."""
    at = document.text.index(words)
    return next((each.label for each in document.places if each.start <= at < each.end), None)


def content(document: ParsedDocument) -> str:
    """The text without what is no content."""
    kept, at = [], 0
    for start, end in (*document.furniture, (len(document.text),) * 2):
        kept.append(document.text[at:start])
        at = end
    return "".join(kept)
