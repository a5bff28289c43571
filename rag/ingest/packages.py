"""Reads documents that are ZIP files with XML inside (Office Open XML, OpenDocument, EPUB) within
bounds: a member that unpacks to more than it may is refused before it has filled the memory, and
XML can neither reach outside nor blow up by its entities.
"""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from rag.errors import FileUnreadable

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_MEMBERS = 20_000
MAX_MEMBER_BYTES = 256 * 2**20
MAX_TOTAL_BYTES = 512 * 2**20
MAX_TREE_BYTES = 96 * 2**20
"""XML that is read whole takes several times its size in memory."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)
_READ_BYTES = 2**20


class Package:
    """The members of such a file, by name. What a package lacks reads as absent, never as an error:
    writers leave out what they do not need.
    """

    def __init__(self, data: bytes, kind: str) -> None:
        """Reads the directory only.

        Args:
            data: The file.
            kind: What it should be, for the sentence when it is not, as `Word file`.

        Raises:
            FileUnreadable: It is empty, no ZIP file, damaged, or protected with a password.
        """
        if not data:
            raise FileUnreadable("The file is empty.")
        if data.startswith(_OLE):
            raise _compound(data, kind)
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
            infos = self._archive.infolist()
        except _DAMAGES as exc:
            raise damaged(kind) from exc
        if len(infos) > MAX_MEMBERS:
            raise FileUnreadable(
                f"The {kind} has {len(infos):,} parts, more than the {MAX_MEMBERS:,} that are read."
            )
        self._kind = kind
        self._infos = {info.filename.lstrip("/").lower(): info for info in infos}
        self._bytes_left = MAX_TOTAL_BYTES

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._infos

    def names(self) -> Iterator[str]:
        """The names of all members, in the order of the file."""
        return (info.filename for info in self._infos.values())

    def read(self, name: str) -> bytes | None:
        """A member's bytes; None where there is no such member.

        Raises:
            FileUnreadable: It is damaged, protected, or too large when unpacked.
        """
        info = self._infos.get(_key(name))
        if info is None:
            return None
        if info.flag_bits & 1:
            raise protected(self._kind)
        limit = min(MAX_MEMBER_BYTES, self._bytes_left)
        parts: list[bytes] = []
        size = 0
        try:
            with self._archive.open(info) as stream:
                while part := stream.read(_READ_BYTES):
                    size += len(part)
                    if size > limit:
                        raise _too_large(self._kind, name)
                    parts.append(part)
        except _DAMAGES as exc:
            raise damaged(self._kind) from exc
        self._bytes_left -= size
        return b"".join(parts)

    def tree(self, name: str) -> "_Element | None":
        """The root element of an XML member; None where there is no such member.

        Raises:
            FileUnreadable: It is damaged, or too large to be read whole.
        """
        data = self.read(name)
        if data is None:
            return None
        if len(data) > MAX_TREE_BYTES:
            raise _too_large(self._kind, name)
        return parse_xml(data, self._kind)

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """What an Office Open XML part points to inside the package: by id the last word of the
        relation's type, as `slide`, and the target's name.
        """
        tree = self.tree(join(dirname(name), "_rels", name.rpartition("/")[2] + ".rels"))
        if tree is None:
            return {}
        return {
            relation.get("Id", ""): (
                relation.get("Type", "").rpartition("/")[2],
                resolved(name, relation.get("Target", "")),
            )
            for relation in tree
            if isinstance(relation.tag, str) and relation.get("TargetMode") != "External"
        }


def parse_xml(data: bytes, kind: str) -> "_Element":
    """The root element of some XML; entities stay unresolved and nothing outside is read.

    Raises:
        FileUnreadable: It is damaged, or nested too deep.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError, LookupError) as exc:
        raise damaged(kind) from exc


def resolved(base: str, target: str) -> str:
    """The name of a member that a part at `base` points to."""
    path = unquote(target.partition("#")[0])
    if path.startswith("/"):
        return normpath(path).lstrip("/")
    return normpath(join(dirname(base), path))


def damaged(kind: str) -> FileUnreadable:
    """The error for a file that is not what its name says, or was cut off."""
    return FileUnreadable(
        f"The file is no intact {kind}: open it in its program, save it again, and ingest it again."
    )


def protected(kind: str) -> FileUnreadable:
    """The error for a file that is encrypted."""
    return FileUnreadable(
        f"The {kind} is protected with a password: save it without one, and ingest it again."
    )


def _key(name: str) -> str:
    return name.lstrip("/").lower()


def _compound(data: bytes, kind: str) -> FileUnreadable:
    if _ENCRYPTED_PACKAGE in data:
        return protected(kind)
    return FileUnreadable(
        f"The file is an old Office document and no {kind}, whatever its name says: open it in its"
        " program, save it in today's format, and ingest it again."
    )


def _too_large(kind: str, name: str) -> FileUnreadable:
    return FileUnreadable(
        f"The {kind} unpacks to more than is read ({name!r} is over the limit): split it, or leave"
        " it out."
    )
