"""Saved web pages: their content without what stands around it."""

from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from rag.errors import FileUnreadable
from rag.ingest.chunker import Chunker
from rag.ingest.parsers.html import HtmlParser
from rag.types import ParsedDocument

NEWS = Path("tests/data/formats/news.html").read_bytes()
BODY = (
    "<p>The harbour of Aldmere was opened in 1904 and widened twice, in 1931 and in 1968.</p>"
    "<p>Its northern breakwater shelters the fishing fleet from the storms of the winter.</p>"
) * 3


@pytest.fixture(scope="module")
def news() -> ParsedDocument:
    return HtmlParser().parse(NEWS)


def parse(markup: str) -> ParsedDocument:
    return HtmlParser().parse(markup.encode())


@pytest.mark.parametrize(
    "around",
    [
        "cookies",
        "Accept all",
        "Weather",
        "Most read",
        "chess cup",
        "All rights reserved",
        "Scripts are never read",
        "Hidden words",
        "display",
    ],
)
def test_what_stands_around_the_content_is_left_out(news: ParsedDocument, around: str):
    assert around in NEWS.decode("cp1252")
    assert around not in news.text


def test_the_content_is_there_in_order(news: ParsedDocument):
    parts = [
        "Ferry to Brenn gets a new quay",
        "ferry to Brenn – at a cost of 14.2 million crowns",
        "What it will cost",
        "Work begins in September",
        "quay --length 120\nquay --depth 6",
        "- The old quay was built in 1931",
        "- It will become a place for small boats and a market",
        "The vote was eleven to four.",
    ]
    places = [news.text.index(part) for part in parts]
    assert places == sorted(places)


def test_title_author_and_date_are_those_that_the_page_states(news: ParsedDocument):
    assert news.title == "Ferry to Brenn gets a new quay"
    assert news.metadata["author"] == "Marta Ilves"
    assert news.date == "2024-03-05"


def test_headings_have_their_levels_and_offsets(news: ParsedDocument):
    assert [(each.level, each.text) for each in news.headings] == [
        (1, "Ferry to Brenn gets a new quay"),
        (2, "What it will cost"),
    ]
    for each in news.headings:
        assert news.text[each.start : each.end] == each.text


def test_a_row_of_a_table_names_its_columns_and_is_one_sentence(news: ParsedDocument):
    row = "Part: Waiting hall; Crowns: 3.4 million; Ready: July."
    spans = [
        news.text[start:end]
        for chunk in Chunker(HashingEncoder(), 200).split(news)
        for start, end in chunk.sentences
    ]
    assert row in spans


def test_a_part_that_the_page_calls_main_is_all_that_is_read():
    document = parse(f"<body><div><p>Before it.</p></div><main>{BODY}<p>Short.</p></main></body>")
    assert "Before it." not in document.text
    assert document.text.endswith("Short.")


def test_a_page_with_next_to_nothing_is_read_whole():
    assert parse("<p>Open on Mondays.").text == "Open on Mondays."
    assert parse("Just words, no markup").text == "Just words, no markup"


def test_broken_markup_is_read():
    document = parse(f"<html><body><div><p>One<b>bold<p>Two</i></div>{BODY}</table></bod")
    assert "The harbour of Aldmere" in document.text


@pytest.mark.parametrize(
    ("stated", "codec"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta charset="iso-8859-1">', "cp1252"),
        ('<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=koi8-r">', "koi8-r"),
        ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251"),
        ("<meta charset=shift_jis>", "cp932"),
        ('<meta charset="utf-8">', "utf-16"),
        ('<meta charset="nonsense">', "utf-8"),
    ],
)
def test_the_encoding_that_a_page_states_is_believed(stated: str, codec: str):
    said = {"koi8-r": "Гавань открыта", "cp1251": "Гавань открыта", "cp932": "港は開いている"}
    words = said.get(codec, "Café Müller öffnet")
    assert HtmlParser().parse(f"{stated}<p>{words}</p>".encode(codec)).text == words


def test_the_page_in_a_web_archive_is_read():
    archive = (
        "From: <Saved by a browser>\r\nSubject: Quay\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; boundary="--x"\r\n\r\n'
        "----x\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        "<p>The quay is 120 metres =\r\nlong and caf=C3=A9s line it.</p>\r\n"
        "----x\r\nContent-Type: image/png\r\n\r\nnothing\r\n----x--\r\n"
    )
    document = HtmlParser().parse(archive.encode())
    assert document.text == "The quay is 120 metres long and cafés line it."


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"<script>x = 1</script>", b"<!-- a -->"])
def test_a_page_without_text_fails_with_a_sentence(data: bytes):
    with pytest.raises(FileUnreadable, match="without text"):
        HtmlParser().parse(data)


def test_deep_nesting_ends_with_words_or_a_sentence():
    for depth in (300, 50_000):
        try:
            document = parse("<div>" * depth + "<p>Words deep down.</p>" + "</div>" * depth)
        except FileUnreadable:
            continue
        assert "Words" in document.text


def test_a_date_that_the_page_only_speaks_of_is_not_its_own():
    assert parse(f"<body>{BODY}<p>It burned on 2019-04-15, they say.</p></body>").date is None


def test_characters_that_no_tree_can_hold_are_left_out():
    markup = f"<body>{BODY}<nav>x</nav>\x01\x0b<p>One&#1;two&#x1F;three&#65;.</p></body>"
    assert parse(markup).text.endswith("One two threeA.")
