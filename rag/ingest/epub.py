"""EPUB books into text: the chapters in reading order, under the titles that the table of contents
gives them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.errors import FileUnreadable
from rag.ingest.building import TextBuilder, one_line
from rag.ingest.markup import MarkupWriter, inline_text
from rag.ingest.office.elements import attribute, child, children, descendants, local
from rag.ingest.office.properties import real_author, real_date, real_title
from rag.ingest.packages import Package, damaged, parse_xml, resolved
from rag.types import ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

KIND = "EPUB book"
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_MAX_DEPTH = 6


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the table of contents. Levels are counted from 1."""

    title: str
    level: int


def parse_epub(data: bytes, media_type: str) -> ParsedDocument:
    """The document in an EPUB file.

    Raises:
        FileUnreadable: It is damaged, its content is encrypted, or it is no EPUB book.
    """
    package = Package(data, KIND)
    _refuse_encrypted(package)
    container = package.tree("META-INF/container.xml")
    root_file = None if container is None else next(descendants(container, "rootfile"), None)
    path = "" if root_file is None else attribute(root_file, "full-path") or ""
    book = package.tree(path)
    if book is None:
        raise damaged(KIND)
    builder = TextBuilder()
    _write_chapters(package, path, book, builder)
    if builder.is_empty:
        raise FileUnreadable(f"The {KIND} holds no text.")
    metadata = child(book, "metadata")
    author = real_author(_first(metadata, "creator"))
    return builder.build(
        media_type,
        title=real_title(_first(metadata, "title")),
        date=real_date(_first(metadata, "date")) or _year(_first(metadata, "date")),
        metadata={"author": author} if author else {},
    )


def _write_chapters(package: Package, path: str, book: "_Element", builder: TextBuilder) -> None:
    items = {
        attribute(item, "id") or "": item
        for item in descendants(book, "item")
        if attribute(item, "media-type") in _CHAPTERS
    }
    contents = _contents(package, path, book)
    spine = child(book, "spine")
    for reference in () if spine is None else children(spine, "itemref"):
        item = items.get(attribute(reference, "idref") or "")
        if item is None or "nav" in (attribute(item, "properties") or "").split():
            continue
        name = resolved(path, attribute(item, "href") or "")
        root = _page(package, name)
        body = None if root is None else next(descendants(root, "body"), root)
        if body is not None:
            _write_chapter(builder, body, contents.get(name))


def _write_chapter(builder: TextBuilder, body: "_Element", entry: _Entry | None) -> None:
    """Writes a chapter; its title from the table of contents stands above it, unless the chapter
    begins with a heading of its own.
    """
    level = entry.level if entry else 1
    headings = [each for each in body.iter() if local(each).lower() in ("h1", "h2", "h3", "h4")]
    before = one_line("".join(body.itertext()))[:500] if headings else ""
    first = one_line(inline_text(headings[0])) if headings else ""
    has_own = bool(first) and 0 <= before.find(first) < 200
    top = min((int(local(each)[1]) for each in headings), default=1)
    if entry:
        builder.place(entry.title)
    if entry and not has_own:
        builder.heading(entry.title, level)
        level += 1
    MarkupWriter(builder, first_level=max(1, level - top + 1)).write(body)
    builder.place(None)


def _page(package: Package, name: str) -> "_Element | None":
    data = package.read(name)
    if not data:
        return None
    try:
        return parse_xml(data, KIND)
    except FileUnreadable:
        from lxml import etree, html

        try:
            return html.document_fromstring(data, parser=html.HTMLParser(huge_tree=False))
        except (etree.LxmlError, ValueError, LookupError, AssertionError) as exc:
            raise damaged(KIND) from exc


def _contents(package: Package, path: str, book: "_Element") -> dict[str, _Entry]:
    """What the table of contents calls each file; the first entry for a file counts."""
    entries: dict[str, _Entry] = {}
    for item in descendants(book, "item"):
        name = resolved(path, attribute(item, "href") or "")
        if "nav" in (attribute(item, "properties") or "").split():
            root = _page(package, name)
            navigation = () if root is None else descendants(root, "nav")
            for nav in navigation:
                if attribute(nav, "type") in (None, "toc"):
                    _note_links(nav, name, 0, entries)
        elif attribute(item, "media-type") == "application/x-dtbncx+xml" and not entries:
            root = package.tree(name)
            navigation_map = None if root is None else child(root, "navMap")
            points = () if navigation_map is None else children(navigation_map, "navPoint")
            for point in points:
                _note_points(point, name, 1, entries)
    return entries


def _note_links(element: "_Element", base: str, level: int, entries: dict[str, _Entry]) -> None:
    for each in element:
        name = local(each).lower()
        if name == "a":
            _note(entries, base, attribute(each, "href"), inline_text(each), level)
        elif level <= _MAX_DEPTH:
            _note_links(each, base, level + (name == "ol"), entries)


def _note_points(point: "_Element", base: str, level: int, entries: dict[str, _Entry]) -> None:
    label, content = child(point, "navLabel", "text"), child(point, "content")
    if label is not None and content is not None:
        _note(entries, base, attribute(content, "src"), label.text or "", level)
    for each in children(point, "navPoint"):
        if level < _MAX_DEPTH:
            _note_points(each, base, level + 1, entries)


def _note(
    entries: dict[str, _Entry], base: str, target: str | None, title: str, level: int
) -> None:
    title = one_line(title)
    if target and title:
        entries.setdefault(resolved(base, target), _Entry(title, max(1, level)))


def _refuse_encrypted(package: Package) -> None:
    tree = package.tree("META-INF/encryption.xml")
    for method in () if tree is None else descendants(tree, "EncryptionMethod"):
        if attribute(method, "Algorithm") not in _FONT_OBFUSCATION:
            raise FileUnreadable(
                f"The {KIND} is protected against copying, and its text cannot be read: get an"
                " unprotected copy, or leave it out."
            )


def _first(metadata: "_Element | None", name: str) -> str:
    found: Iterator[_Element] = iter(()) if metadata is None else descendants(metadata, name)
    return next((each.text for each in found if each.text), "")


def _year(words: str) -> str | None:
    return words.strip() if len(words.strip()) == 4 and words.strip().isdecimal() else None
