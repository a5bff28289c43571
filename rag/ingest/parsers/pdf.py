"""Reads PDF files: pages in the order of reading, paragraphs joined, rows of tables apart."""

from dataclasses import dataclass
from zlib import crc32

from rag.ingest.pdf.options import OcrOptions
from rag.types import ParsedDocument

_VERSION = 1


@dataclass(frozen=True, slots=True)
class PdfParser:
    """PDF; see `rag.ingest.pdf.reading`.

    Attributes:
        ocr: How pages without text are read; None where they are not.
    """

    ocr: OcrOptions | None = None
    media_type: str = "application/pdf"
    suffixes: tuple[str, ...] = (".pdf",)

    @property
    def version(self) -> int:
        """Another one with recognition, and for each of its languages, so that switching it on
        reads files again.
        """
        return (
            _VERSION if self.ocr is None else (crc32(self.ocr.languages.encode()) << 8) + _VERSION
        )

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.pdf.parsing import parse_pdf

        return parse_pdf(data, self.media_type, self.ocr)
