"""Opens OpenDocument files and says what is in them."""

from typing import TYPE_CHECKING

from rag.ingest.office.elements import attribute, child, descendants, number
from rag.ingest.packages import Package, damaged, protected

if TYPE_CHECKING:
    from lxml.etree import _Element


def open_package(data: bytes, kind: str) -> Package:
    """The members of an OpenDocument file.

    Raises:
        FileUnreadable: It is empty, damaged, or protected with a password.
    """
    package = Package(data, kind)
    if "content.xml" not in package:
        raise damaged(kind)
    manifest = package.tree("META-INF/manifest.xml")
    if manifest is not None and next(descendants(manifest, "encryption-data"), None) is not None:
        raise protected(kind)
    return package


def body_of(package: Package, name: str, kind: str) -> "tuple[_Element, _Element]":
    """The content's root and its body, as `text` or `presentation`.

    Raises:
        FileUnreadable: It is damaged, or another kind of document.
    """
    root = package.tree("content.xml")
    body = None if root is None else child(root, "body", name)
    if root is None or body is None:
        raise damaged(kind)
    return root, body


def page_count(package: Package) -> int:
    """How many pages the document says it has; 0 where it says nothing."""
    tree = package.tree("meta.xml")
    if tree is None:
        return 0
    statistic = next(descendants(tree, "document-statistic"), None)
    return 0 if statistic is None else number(attribute(statistic, "page-count"))
