"""Reads saved web pages, alone or with what they show (`.mhtml`)."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class HtmlParser:
    """HTML; see `rag.ingest.web_page`."""

    media_type: str = "text/html"
    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml", ".mhtml", ".mht")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.web_archive import page_in, page_text
        from rag.ingest.web_page import parse_web_page

        return parse_web_page(page_text(page_in(data)), self.media_type)
