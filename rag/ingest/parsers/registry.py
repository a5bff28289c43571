"""Which parser reads which file, by its suffix, and which files hold other files. A new parser or
container is one file beside this and one line here. They import what they need when they first read
a file.
"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import PurePath

from rag.errors import ExtraMissing
from rag.ingest.parsers.base import Container, Parser
from rag.ingest.parsers.delimited import CSV, TSV
from rag.ingest.parsers.epub import EpubParser
from rag.ingest.parsers.html import HtmlParser
from rag.ingest.parsers.json_values import JsonLinesParser, JsonParser
from rag.ingest.parsers.mail import MailboxContainer, MailParser
from rag.ingest.parsers.markdown import MarkdownParser
from rag.ingest.parsers.notebook import NotebookParser
from rag.ingest.parsers.old_office import OLD_OFFICE
from rag.ingest.parsers.open_document import OpenSheetsParser, OpenSlidesParser, OpenTextParser
from rag.ingest.parsers.pdf import PdfParser
from rag.ingest.parsers.restructured import RestructuredParser
from rag.ingest.parsers.rich_text import RichTextParser
from rag.ingest.parsers.slides import SlidesParser
from rag.ingest.parsers.source_code import SOURCE_CODE
from rag.ingest.parsers.subtitles import SubtitleParser
from rag.ingest.parsers.text import TextParser
from rag.ingest.parsers.word import WordParser
from rag.ingest.parsers.workbook import WorkbookParser
from rag.ingest.parsers.xml_values import XmlParser
from rag.ingest.parsers.yaml_values import YamlParser
from rag.ingest.parsers.zip import ZipContainer
from rag.ingest.pdf.options import OcrOptions

PARSERS: tuple[Parser, ...] = (
    TextParser(),
    MarkdownParser(),
    PdfParser(),
    HtmlParser(),
    RestructuredParser(),
    MailParser(),
    NotebookParser(),
    JsonParser(),
    JsonLinesParser(),
    YamlParser(),
    XmlParser(),
    SubtitleParser(),
    WordParser(),
    WorkbookParser(),
    SlidesParser(),
    OpenTextParser(),
    OpenSheetsParser(),
    OpenSlidesParser(),
    RichTextParser(),
    EpubParser(),
    CSV,
    TSV,
    *OLD_OFFICE,
    *SOURCE_CODE,
)

CONTAINERS: tuple[Container, ...] = (ZipContainer(), MailParser(), MailboxContainer())

_BY_SUFFIX = {suffix: parser for parser in PARSERS for suffix in parser.suffixes}

_CONTAINERS_BY_SUFFIX = {
    suffix: container for container in CONTAINERS for suffix in container.suffixes
}


def parser_for(path: PurePath | str) -> Parser | None:
    """The parser for a file's name, whatever its case; None where no parser reads such files."""
    return _BY_SUFFIX.get(PurePath(path).suffix.lower())


def parsers_reading_pictures(ocr: OcrOptions | None) -> Callable[[PurePath | str], Parser | None]:
    """As `parser_for`, with parsers that read the words off pictures of pages, unless it is None.

    Raises:
        ExtraMissing: What reads them is not installed.
    """
    if ocr is None:
        return parser_for
    if find_spec("pytesseract") is None:
        raise ExtraMissing(
            "Pictures of pages cannot be read: the package 'pytesseract' is not installed.",
            hint="Run `pip install 'quoth[ocr]'`, or unset QUOTH_OCR.",
        )
    pdf = PdfParser(ocr)

    def choose(path: PurePath | str) -> Parser | None:
        parser = parser_for(path)
        return pdf if isinstance(parser, PdfParser) else parser

    return choose


def container_for(path: PurePath | str) -> Container | None:
    """What reads the files inside a file, by its name; None where it holds none."""
    return _CONTAINERS_BY_SUFFIX.get(PurePath(path).suffix.lower())
