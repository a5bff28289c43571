"""The contract of a parser: one file's bytes in, its text and what is known of it out."""

from typing import Protocol

from rag.types import ParsedDocument


class Parser(Protocol):
    """Reads one family of files. Pure: the same bytes give the same document.

    Attributes:
        media_type: What its documents are, as `text/plain`.
        suffixes: Of the files it reads, lower case, with the dot.
        version: Grows when the same bytes may give another document than before.
    """

    @property
    def media_type(self) -> str: ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    @property
    def version(self) -> int: ...

    def parse(self, data: bytes) -> ParsedDocument:
        """The document in a file.

        Raises:
            FileUnreadable: The bytes are not what the parser reads.
        """
        ...
