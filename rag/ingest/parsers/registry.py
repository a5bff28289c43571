"""Which parser reads which file, by its suffix. A new parser is one file beside this and one line
here. Parsers import what they need when they first read a file.
"""

from pathlib import PurePath

from rag.ingest.parsers.base import Parser
from rag.ingest.parsers.markdown import MarkdownParser
from rag.ingest.parsers.text import TextParser

PARSERS: tuple[Parser, ...] = (
    TextParser(),
    MarkdownParser(),
)

_BY_SUFFIX = {suffix: parser for parser in PARSERS for suffix in parser.suffixes}


def parser_for(path: PurePath | str) -> Parser | None:
    """The parser for a file's name, whatever its case; None where no parser reads such files."""
    return _BY_SUFFIX.get(PurePath(path).suffix.lower())
