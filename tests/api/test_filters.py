import pytest

from api.filters import filters_from_json, parse_filters
from rag.errors import FilterInvalid
from rag.filters import NO_FILTERS, DateRange, Filters


def test_no_conditions_are_no_filters() -> None:
    assert parse_filters([]) == NO_FILTERS
    assert filters_from_json(None) == NO_FILTERS
    assert filters_from_json({}) == NO_FILTERS


def test_a_key_and_a_value_are_a_condition() -> None:
    assert parse_filters(["filename=*.pdf"]) == Filters(filename=("*.pdf",))


def test_a_value_may_hold_an_equals_sign() -> None:
    assert parse_filters(["folder=a=b"]) == Filters(folder=("a=b",))


def test_the_same_key_again_means_any_of_the_values() -> None:
    assert parse_filters(["filename=*.pdf", "filename=*.md"]) == Filters(filename=("*.pdf", "*.md"))


def test_a_slash_after_a_folder_makes_no_difference() -> None:
    assert parse_filters(["folder=./hr/"]) == Filters(folder=("hr",))


def test_dates_are_compared() -> None:
    filters = parse_filters(["date>=2025-01-01", "date < 2026-01-01"])
    assert filters.date == DateRange(gte="2025-01-01", lt="2026-01-01")


@pytest.mark.parametrize(
    ("date", "after"),
    [
        ("2025", "2026"),
        ("2025-06", "2025-07"),
        ("2025-12", "2026-01"),
        ("2025-06-16", "2025-06-17"),
        ("2024-02-29", "2024-03-01"),
    ],
)
def test_a_date_alone_means_all_of_it(date: str, after: str) -> None:
    assert parse_filters([f"date={date}"]).date == DateRange(gte=date, lt=after)
    assert filters_from_json({"date": date}).date == DateRange(gte=date, lt=after)


def test_metadata_is_named_by_its_key() -> None:
    filters = parse_filters(["metadata.team=legal", "metadata.team=hr"])
    assert filters.metadata == (("team", ("legal", "hr")),)


def test_both_written_forms_read_alike() -> None:
    written = parse_filters(["media_type=text/plain", "collection=a", "date>2025"])
    as_json = filters_from_json(
        {"media_type": "text/plain", "collection": ["a"], "date": {"gt": "2025"}}
    )
    assert written == as_json


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("pdf", "'pdf' is no condition"),
        ("=x", "'=x' is no condition"),
        ("author=Ada", "no filter 'author'"),
        ("filename>=a", "only dates can be compared"),
        ("filename=", "'filename' cannot be ''"),
        ("date>=yesterday", "date 'yesterday' cannot be read"),
        ("date>=2025-02-30", "date '2025-02-30' cannot be read"),
        ("date=9999", "date '9999' cannot be read"),
        ("date=", "date '' cannot be read"),
        ("metadata.=x", "no filter 'metadata.'"),
    ],
)
def test_a_condition_that_cannot_be_read_is_named(condition: str, said: str) -> None:
    with pytest.raises(FilterInvalid, match=said):
        parse_filters([condition])


def test_a_bound_of_the_date_is_given_once() -> None:
    with pytest.raises(FilterInvalid, match="'gte' of the date again"):
        parse_filters(["date>=2025", "date>=2024"])


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"filename": 3}, "'filename' cannot be 3"),
        ({"filename": []}, "'filename' is an empty list"),
        ({"date": 2025}, "'date' cannot be 2025"),
        ({"date": {}}, "'date' cannot be {}"),
        ({"date": {"from": "2025"}}, "no bound 'from'"),
        ({"date": {"gte": None}}, "date None cannot be read"),
    ],
)
def test_a_json_value_that_cannot_be_used_is_named(
    conditions: dict[str, object], said: str
) -> None:
    with pytest.raises(FilterInvalid, match=said):
        filters_from_json(conditions)
