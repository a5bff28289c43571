"""Reads plain text in any encoding that can be told."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class TextParser:
    """Plain text; see `rag.ingest.plain_text`."""

    media_type: str = "text/plain"
    suffixes: tuple[str, ...] = (".txt", ".text", ".log")
    version: int = 1
    trusted: bool = True

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.plain_text import parse_plain_text

        return parse_plain_text(data, self.media_type)
