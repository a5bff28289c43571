from io import BytesIO
from zipfile import ZipFile

import pytest

from rag.errors import FileUnreadable
from rag.ingest.epub import parse_epub
from rag.types import ParsedDocument
from tests.rag.ingest.office.fixtures import headings, placed

CONTAINER = "<container><rootfiles><rootfile full-path='in/book.opf'/></rootfiles></container>"
NCX = (
    "<ncx><navMap><navPoint><navLabel><text>The sea</text></navLabel><content src='b.html#x'/>"
    "<navPoint><navLabel><text>The ship</text></navLabel><content src='a%20b.html'/></navPoint>"
    "</navPoint></navMap></ncx>"
)
BOOK = """
<package><metadata><title>Voyages</title><creator>Ann Lee</creator><date>1998</date></metadata>
<manifest>
<item id='n' href='toc.ncx' media-type='application/x-dtbncx+xml'/>
<item id='two' href='a%20b.html' media-type='application/xhtml+xml'/>
<item id='one' href='b.html' media-type='application/xhtml+xml'/>
</manifest><spine toc='n'><itemref idref='one'/><itemref idref='two'/></spine></package>
"""
SEA = """<html><head><title>x</title></head>
<body><p>It is&nbsp;wide.</p><p hidden=''>No.</p></body></html>"""
SHIP = "<html><body><h2>The ship</h2><p>It sails <i>well</i>.<br/>Always.</p></body></html>"


def book(**changed: str) -> ParsedDocument:
    members = {
        "META-INF/container.xml": CONTAINER,
        "in/book.opf": BOOK,
        "in/toc.ncx": NCX,
        "in/b.html": SEA,
        "in/a b.html": SHIP,
        **{f"META-INF/{name}.xml": xml for name, xml in changed.items()},
    }
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return parse_epub(buffer.getvalue(), "application/epub+zip")


def test_chapters_come_in_reading_order_under_their_titles() -> None:
    found = book()
    assert found.text.replace("\xa0", " ") == (
        "The sea\n\nIt is wide.\n\nThe ship\n\nIt sails well.\nAlways."
    )
    assert headings(found) == [(1, "The sea"), (2, "The ship")]
    assert list(placed(found)) == ["The sea", "The ship"]


def test_title_author_and_year_are_the_book_s() -> None:
    found = book()
    assert (found.title, found.date, found.metadata) == ("Voyages", "1998", {"author": "Ann Lee"})


def test_protection_against_copying_is_told() -> None:
    encryption = "<e><EncryptionMethod Algorithm='http://ns.adobe.com/adept'/></e>"
    with pytest.raises(FileUnreadable, match="protected against copying"):
        book(encryption=encryption)


def test_fonts_that_are_obfuscated_do_no_harm() -> None:
    encryption = "<e><EncryptionMethod Algorithm='http://www.idpf.org/2008/embedding'/></e>"
    assert book(encryption=encryption).title == "Voyages"
