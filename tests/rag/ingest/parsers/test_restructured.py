from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.parsers.restructured import RestructuredParser
from tests.rag.ingest.parsers.fixtures import FORMATS, content, parsed


def test_sections_are_headings_in_the_order_of_their_adornments() -> None:
    guide = parsed("guide.rst")
    assert (guide.title, guide.date) == ("The Guide", "2024-05-06")
    assert guide.metadata["author"] == "Anna Keller"
    assert [(each.text, each.level) for each in guide.headings] == [
        ("The Guide", 1),
        ("Install", 2),
        ("Remove", 3),
    ]
    assert guide.text == (FORMATS / "guide.rst").read_text(encoding="utf-8")


def test_what_only_instructs_is_no_content_and_a_note_is() -> None:
    said = content(parsed("guide.rst"))
    assert "contents::" not in said
    assert ":depth:" not in said
    assert "nobody reads" not in said
    assert "Never switch the machine off while it installs." in said


def test_a_table_is_no_section() -> None:
    table = RestructuredParser().parse(b"Rates\n=====\n\n=====  =====\nA      B\n=====  =====\n")
    assert [each.text for each in table.headings] == ["Rates"]


def test_no_file_is_included() -> None:
    page = RestructuredParser().parse(b".. include:: /etc/passwd\n\nThe words.\n")
    assert "root:" not in page.text


@given(st.text(alphabet="ab .:=-~_|\n", max_size=200))
def test_headings_and_furniture_are_in_order_whatever_the_file(text: str) -> None:
    page = RestructuredParser().parse(text.encode())
    for spans in (page.furniture, tuple((each.start, each.end) for each in page.headings)):
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(edges)
