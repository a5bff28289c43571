from pathlib import Path

import pytest

from rag.ingest.parsers.text import TextParser
from rag.types import ParsedDocument

SEEDS = Path(__file__).parents[4] / "seeds"


def seed(number: str) -> ParsedDocument:
    (path,) = SEEDS.glob(f"{number}_*.txt")
    return TextParser().parse(path.read_bytes())


def test_the_text_is_the_file_character_for_character() -> None:
    data = "a\r\nb\rc\n\u2028é".encode()
    assert TextParser().parse(data).text == data.decode()


def test_a_guess_at_the_encoding_becomes_a_warning() -> None:
    parsed = TextParser().parse("Правила внутреннего распорядка на рабочем месте.".encode("cp1251"))
    assert parsed.metadata["encoding"] == "windows-1251"
    assert "a guess" in parsed.warnings[0]


def test_an_empty_file_has_neither_title_nor_date() -> None:
    parsed = TextParser().parse(b"")
    assert (parsed.text, parsed.title, parsed.date, parsed.warnings) == ("", None, None, ())


def test_each_article_of_a_scraped_file_has_its_title_as_heading() -> None:
    assert [heading.text[:40] for heading in seed("000").headings] == [
        "Latest news with #China-CentralAsia",
        "Full text of keynote speech by Chinese P",
        "China, Central Asia chart shared path to",
        "'China-Central Asia Spirit' drives pursu",
        "China-Central Asia cooperation grows dee",
        "CCTV-4's Special Central Asia Season",
    ]


@pytest.mark.parametrize(
    ("number", "title", "date"),
    [
        ("000", "Latest news with #China-CentralAsia", None),
        ("001", None, "2025-06-18"),
        (
            "002",
            "Global Times: Xi meets Tokayev, calls on two nations to promote cooperation",
            "2025-06-16",
        ),
        ("003", "Xi’s Kazakhstan Trip Charts New Chapter for Cooperation", None),
    ],
)
def test_title_and_date_come_from_the_content(
    number: str, title: str | None, date: str | None
) -> None:
    parsed = seed(number)
    assert (parsed.title, parsed.date) == (title, date)


@pytest.mark.parametrize(
    ("number", "count", "chars"),
    [("000", 8, 1_451), ("001", 1, 15), ("002", 2, 253), ("003", 1, 383)],
)
def test_the_furniture_of_a_scraped_file_is_found_and_no_more(
    number: str, count: int, chars: int
) -> None:
    furniture = seed(number).furniture
    assert (len(furniture), sum(end - start for start, end in furniture)) == (count, chars)
