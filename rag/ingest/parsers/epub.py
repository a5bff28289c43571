"""Reads EPUB books."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class EpubParser:
    """EPUB 2 and 3; see `rag.ingest.epub`."""

    media_type: str = "application/epub+zip"
    suffixes: tuple[str, ...] = (".epub",)
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.epub import parse_epub

        return parse_epub(data, self.media_type)
