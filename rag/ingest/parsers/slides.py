"""Reads PowerPoint presentations, without their macros."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class SlidesParser:
    """Office Open XML presentations; see `rag.ingest.office.slides`."""

    media_type: str = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    suffixes: tuple[str, ...] = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.office.slides import parse_slides

        return parse_slides(data, self.media_type)
