import pytest

from tests.rag.ingest.office.fixtures import headings, parsed, placed

SHOWS = ("review_pptx.pptx", "review_libreoffice.odp")


@pytest.mark.parametrize("name", SHOWS)
def test_slides_are_places_with_their_titles_as_headings(name: str) -> None:
    show = parsed(name)
    titles = ["Annual review", "Results", "Costs", "Growth"]
    assert headings(show) == [(1, title) for title in titles]
    assert placed(show)["slide 1"] == "Annual review\n\nMary Jones, finance"
    assert placed(show)["slide 2"] == (
        "Results\n\n- Sales rose by 12 percent.\n- Returns fell for the first time."
    )


@pytest.mark.parametrize("name", SHOWS)
def test_notes_are_told_apart_from_what_was_shown(name: str) -> None:
    assert placed(parsed(name))["slide 2, notes"] == "Mention the new warehouse in Kiel."


@pytest.mark.parametrize("name", SHOWS)
def test_tables_and_groups_are_read(name: str) -> None:
    slide = placed(parsed(name))["slide 3"]
    assert "\nRegion: South; Rent: 95; Staff: 5.\n" in slide
    assert slide.endswith("The accounts are audited.")


def test_the_numbers_behind_a_chart_are_rows() -> None:
    slide = placed(parsed("review_pptx.pptx"))["slide 4"]
    assert slide.endswith("2022; North: 10%; South: 5%.\n2023; North: 12%; South: 7%.")


@pytest.mark.parametrize("name", SHOWS)
def test_the_first_slide_s_title_stands_in_for_a_program_s_own(name: str) -> None:
    show = parsed(name)
    assert show.title == "Annual review"
    assert show.metadata == {"author": "Mary Jones"}
