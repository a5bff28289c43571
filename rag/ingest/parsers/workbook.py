"""Reads Excel workbooks, without their macros."""

from dataclasses import dataclass

from rag.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class WorkbookParser:
    """Office Open XML spreadsheets; see `rag.ingest.office.workbook`."""

    media_type: str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    suffixes: tuple[str, ...] = (".xlsx", ".xlsm", ".xltx", ".xltm")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.office.workbook import parse_workbook

        return parse_workbook(data, self.media_type)
