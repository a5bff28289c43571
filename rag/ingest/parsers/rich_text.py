"""Reads RTF documents."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class RichTextParser:
    """Rich Text Format; see `rag.ingest.rich_text.reader`."""

    media_type: str = "application/rtf"
    suffixes: tuple[str, ...] = (".rtf",)
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.rich_text.reader import parse_rich_text

        return parse_rich_text(data, self.media_type)
