"""The contracts of a parser, which makes a document of one file's bytes, and of a container, which
makes files of them.

A class may be both: an e-mail is a document, and its attachments are documents too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from rag.types import ParsedDocument


class Parser(Protocol):
    """Reads one family of files. Pure: the same bytes give the same document.

    A parser runs in a process of its own, with a limit of time and memory, unless it has an
    attribute `trusted` that is true: then it is our own code, linear in the size of the file, and
    small files are read where they are.

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


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside a container.

    Attributes:
        path: Inside the container, with forward slashes; its suffix chooses the parser, which may
            be a container again.
        data: Its bytes; empty where there is a problem.
        problem: Why it cannot be read, in one sentence; it costs this member only.
    """

    path: str
    data: bytes = b""
    problem: str | None = None


class Container(Protocol):
    """Reads files that hold files: each member is a file of the folder that the container lies in,
    as `archive.zip/inner/a.md`.

    It runs in a process of its own, with a limit of time and memory; its caller also limits how
    many members, how many bytes and how many containers inside each other are taken, and refuses
    paths that lead elsewhere.

    Attributes:
        media_type: As `application/zip`.
        suffixes: Of the files it reads, lower case, with the dot.
        version: Grows when the same bytes may give other members than before.
    """

    @property
    def media_type(self) -> str: ...

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    @property
    def version(self) -> int: ...

    def members(self, data: bytes) -> Iterator[Member]:
        """The files inside, in the order of the container, one in memory at a time; none that is
        hidden or a folder. Two members never have the same path.

        Raises:
            FileUnreadable: The bytes are not what the container reads.
        """
        ...
