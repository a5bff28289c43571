"""Reads Markdown, with optional front matter between lines of `---`."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class MarkdownParser:
    """CommonMark; see `rag.ingest.markdown`."""

    media_type: str = "text/markdown"
    suffixes: tuple[str, ...] = (".md", ".markdown")
    version: int = 1
    trusted: bool = True

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.markdown import parse_markdown

        return parse_markdown(data, self.media_type)
