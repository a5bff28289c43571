"""The office files that `tests/data/formats/make.py` makes, and what the tests look at in them."""

from pathlib import Path

from rag.ingest.parsers.registry import parser_for
from rag.types import ParsedDocument

FORMATS = Path(__file__).parents[3] / "data" / "formats"
OFFICE_SUFFIXES = (
    *(".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".rtf", ".epub", ".csv", ".tsv"),
    *(".doc", ".xls"),
)


def office_files() -> list[Path]:
    return sorted(path for path in FORMATS.iterdir() if path.suffix in OFFICE_SUFFIXES)


def parsed_bytes(name: str, data: bytes) -> ParsedDocument:
    parser = parser_for(name)
    assert parser is not None
    return parser.parse(data)


def parsed(name: str) -> ParsedDocument:
    return parsed_bytes(name, (FORMATS / name).read_bytes())


def headings(document: ParsedDocument) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in document.headings]


def placed(document: ParsedDocument) -> dict[str, str]:
    """The text at each place, by its label."""
    return {place.label: document.text[place.start : place.end] for place in document.places}
