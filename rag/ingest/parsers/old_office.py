"""Names what is to be done with files of formats that Quoth does not read; some bear an old suffix
and hold a newer format, which is read.
"""

from dataclasses import dataclass

from rag.errors import FileUnreadable
from rag.ingest.parsers.base import Parser
from rag.ingest.parsers.rich_text import RichTextParser
from rag.ingest.parsers.slides import SlidesParser
from rag.ingest.parsers.word import WordParser
from rag.ingest.parsers.workbook import WorkbookParser
from rag.types import ParsedDocument

_RICH_TEXT = b"{\\rtf"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class OldOfficeParser:
    """One of the binary formats of Office up to 2003, or of a program that keeps its own.

    Attributes:
        kind: As `Word document`.
        modern: The suffix to save it under.
        modern_parser: Reads files with that suffix.
    """

    media_type: str
    suffixes: tuple[str, ...]
    kind: str
    modern: str
    modern_parser: Parser
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        """The document, where the file holds a format that is read.

        Raises:
            FileUnreadable: It does not; the sentence says what to do.
        """
        if data.startswith(_RICH_TEXT):
            return RichTextParser().parse(data)
        if data.startswith(_ZIP):
            return self.modern_parser.parse(data)
        raise FileUnreadable(
            f"The file is {self.kind}, a format that is not read: save it as {self.modern} in its"
            f" program or in LibreOffice (`soffice --convert-to {self.modern[1:]} FILE`), and"
            " ingest that."
        )


OLD_OFFICE = (
    OldOfficeParser(
        "application/msword",
        (".doc", ".dot"),
        "a Word document of before 2007",
        ".docx",
        WordParser(),
    ),
    OldOfficeParser(
        "application/vnd.ms-excel",
        (".xls", ".xlt", ".xlsb"),
        "an Excel workbook in a binary format",
        ".xlsx",
        WorkbookParser(),
    ),
    OldOfficeParser(
        "application/vnd.ms-powerpoint",
        (".ppt", ".pps"),
        "a PowerPoint presentation of before 2007",
        ".pptx",
        SlidesParser(),
    ),
)
