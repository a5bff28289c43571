"""Spans beside sets of single characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.spans import Place, SpanFigures, first_characters, span_figures

places = st.builds(
    lambda file, start, length: Place(file, start, start + length),
    st.sampled_from("ab"),
    st.integers(0, 40),
    st.integers(1, 20),
)


def characters(spans: list[Place]) -> set[tuple[str, int]]:
    return {(span.file, at) for span in spans for at in range(span.start, span.end)}


@given(st.lists(places, max_size=5), st.lists(places, min_size=1, max_size=5))
def test_figures_are_those_of_sets_of_characters(
    returned: list[Place], evidence: list[Place]
) -> None:
    wanted, total = characters(evidence), sum(span.length for span in returned)
    covered = len(wanted & characters(returned))
    assert span_figures(returned, evidence) == SpanFigures(
        recall=covered / len(wanted),
        precision=covered / total if total else 0.0,
        iou=covered / (total + len(wanted) - covered),
    )


def test_what_is_returned_twice_costs_precision_twice() -> None:
    place = Place("a", 0, 10)
    assert span_figures([place, place], [place]).precision == 0.5


@pytest.mark.parametrize(("most", "kept"), [(0, []), (4, [(0, 4)]), (12, [(0, 10), (30, 32)])])
def test_the_last_place_is_cut(most: int, kept: list[tuple[int, int]]) -> None:
    first = first_characters([Place("a", 0, 10), Place("a", 30, 40)], most)
    assert [(place.start, place.end) for place in first] == kept


def test_places_of_different_files_do_not_overlap() -> None:
    assert Place("a", 0, 5).overlaps(Place("a", 4, 9))
    assert not Place("a", 0, 5).overlaps(Place("a", 5, 9))
    assert not Place("a", 0, 5).overlaps(Place("b", 0, 5))
