import pytest

from rag.errors import FileUnreadable
from rag.types import ParsedDocument
from tests.rag.ingest.office.fixtures import headings, parsed_bytes


def rich(body: str) -> ParsedDocument:
    return parsed_bytes("a.rtf", f"{{\\rtf1\\ansi\\ansicpg1252 {body}}}".encode("latin-1"))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"caf\'e9 \u8364?5 \u-10179?\u-8704?", "café €5 😀"),
        (r"\uc2\u1046 xxA", "ЖA"),
        (r"{\fonttbl{\f0\fcharset204 Arial;}}\f0\'cf\'f0\plain \'e9", "Прé"),
        (r"seen{\v hidden}{\deleted gone}.", "seen."),
        (r"a\~b\_c\{\}\\", "a\xa0b\u2011c{}\\"),
        (r"{\header top}{\*\unknown {inner}no}body{\pict 00ff}", "body"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt shown}}", "shown"),
        (r"one\par two\line three", "one\n\ntwo\nthree"),
        (r"x{\footnote \pard a note}\par y", "x\n\nNote 1: a note\n\ny"),
        (r"{\pict\bin5 }}}}}}end", "end"),
    ],
)
def test_what_people_see_is_read(body: str, text: str) -> None:
    assert rich(body).text == text


def test_headings_are_told_by_outline_level_and_by_style() -> None:
    styles = r"{\stylesheet{\s0 Normal;}{\s3\b heading 2;}}"
    document = rich(styles + r"\pard\outlinelevel0 One\par\pard\s3 Two\par\pard text\par")
    assert headings(document) == [(1, "One"), (2, "Two")]


def test_rows_name_their_columns() -> None:
    cells = r"\trowd\intbl Name\cell Age\cell\row\trowd\intbl Anna\cell 30\cell\row\pard after"
    assert rich(cells).text == "Name | Age\nName: Anna; Age: 30.\n\nafter"


def test_title_author_and_date_come_from_the_information_group() -> None:
    document = rich(r"{\info{\title A title}{\author Ann}{\creatim\yr2024\mo3\dy5}}words")
    assert (document.title, document.date) == ("A title", "2024-03-05")
    assert document.metadata == {"author": "Ann"}


def test_a_file_that_is_no_rtf_is_refused() -> None:
    with pytest.raises(FileUnreadable, match="no RTF document"):
        parsed_bytes("a.rtf", b"just text")


def test_groups_without_end_cost_no_more_than_their_length() -> None:
    with pytest.raises(FileUnreadable, match="holds no text"):
        rich("{" * 200_000)
