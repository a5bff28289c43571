import pytest

from rag.ingest.office.properties import real_author, real_date, real_title


@pytest.mark.parametrize(
    "words",
    ["", "Microsoft Word - Draft.doc", "report.docx", "Document1", "PowerPoint Presentation", "  "],
)
def test_what_programs_fill_in_is_no_title(words: str) -> None:
    assert real_title(words) is None


def test_a_title_that_a_person_gave_stays() -> None:
    assert real_title(" Report on\n ferries ") == "Report on ferries"


@pytest.mark.parametrize(
    "words", ["python-docx", "Microsoft Office User", "admin", "openpyxl", "-"]
)
def test_what_programs_fill_in_is_no_author(words: str) -> None:
    assert real_author(words) is None


def test_an_author_that_a_person_gave_stays() -> None:
    assert real_author("Mary Jones") == "Mary Jones"


@pytest.mark.parametrize("words", ["2013-12-23T23:15:00Z", "0001-01-01", "2024-13-01", "today", ""])
def test_a_template_s_day_and_an_impossible_one_are_no_date(words: str) -> None:
    assert real_date(words) is None


def test_a_time_gives_its_day() -> None:
    assert real_date("2024-03-05T10:11:12Z") == "2024-03-05"
