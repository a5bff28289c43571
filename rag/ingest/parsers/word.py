"""Reads Word documents, without their macros."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class WordParser:
    """Office Open XML text documents; see `rag.ingest.office.word`."""

    media_type: str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    suffixes: tuple[str, ...] = (".docx", ".docm", ".dotx", ".dotm")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.office.word import parse_word

        return parse_word(data, self.media_type)
