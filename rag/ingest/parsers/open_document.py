"""Reads OpenDocument texts, spreadsheets and presentations."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class OpenTextParser:
    """See `rag.ingest.open_document.text`."""

    media_type: str = "application/vnd.oasis.opendocument.text"
    suffixes: tuple[str, ...] = (".odt", ".ott")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.open_document.text import parse_open_text

        return parse_open_text(data, self.media_type)


@dataclass(frozen=True, slots=True)
class OpenSheetsParser:
    """See `rag.ingest.open_document.sheets`."""

    media_type: str = "application/vnd.oasis.opendocument.spreadsheet"
    suffixes: tuple[str, ...] = (".ods", ".ots")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.open_document.sheets import parse_open_sheets

        return parse_open_sheets(data, self.media_type)


@dataclass(frozen=True, slots=True)
class OpenSlidesParser:
    """See `rag.ingest.open_document.slides`."""

    media_type: str = "application/vnd.oasis.opendocument.presentation"
    suffixes: tuple[str, ...] = (".odp", ".otp")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.open_document.slides import parse_open_slides

        return parse_open_slides(data, self.media_type)
