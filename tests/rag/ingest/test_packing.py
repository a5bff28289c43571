from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.packing import Unit, pack


def units(*weights: int, cut_cost: float = 0.0) -> list[Unit]:
    return [Unit(weight, cut_cost) for weight in weights]


def test_what_fits_stays_together() -> None:
    assert pack(units(30, 30, 30), 100) == [0]


def test_a_little_too_much_makes_two_halves_and_no_crumb() -> None:
    assert pack(units(*[10] * 11), 100) in ([0, 5], [0, 6])


def test_chunks_begin_where_it_costs_least() -> None:
    text = [Unit(30, 0.3), Unit(30, 0.3), Unit(30, 0.0), Unit(30, 0.3)]
    assert pack(text, 100) == [0, 2]


def test_a_unit_over_the_limit_stands_alone() -> None:
    assert pack(units(10, 300, 10), 100) == [0, 1, 2]


def test_nothing_makes_no_chunk() -> None:
    assert pack([], 100) == []


@given(
    st.lists(st.builds(Unit, st.integers(1, 150), st.floats(0, 0.5)), min_size=1, max_size=60),
    st.integers(1, 120),
)
def test_no_chunk_of_several_units_is_over_the_limit(units: list[Unit], limit: int) -> None:
    starts = pack(units, limit)
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    for first, last in zip(starts, [*starts[1:], len(units)], strict=True):
        assert last - first == 1 or sum(unit.weight for unit in units[first:last]) <= limit
