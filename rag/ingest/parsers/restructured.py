"""Reads reStructuredText."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class RestructuredParser:
    """Sections by their adornments, as docutils has them; see `rag.ingest.restructured`."""

    media_type: str = "text/x-rst"
    suffixes: tuple[str, ...] = (".rst", ".rest")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.restructured import parse_restructured

        return parse_restructured(data, self.media_type)
