import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.reading.training.rows import Row
from rag.reading.training.twins import Materials, gather_names, twins
from tests.rag.reading.training.small_training import PASSAGE, ROWS, row

OTHERS = (
    row("Who?", "Anna Schmidt", passage="There was Anna Schmidt of Krakow, near the Vistula."),
    row("Where?", "Gdansk", passage="A port lies at Gdansk, and then comes Hamburg.", id="e"),
)
NEIGHBOURS = {"oldest": ("longest",), "people": ("horses",), "bridge": ("tunnel",)}
MATERIALS = Materials(gather_names([*ROWS, *OTHERS]), lambda word: NEIGHBOURS.get(word, ()))


def made(seed: int) -> list[Row]:
    return list(twins(ROWS, MATERIALS, seed))


def test_the_same_seed_gives_the_same_twins() -> None:
    assert made(3) == made(3)


def test_many_kinds_of_change_are_made() -> None:
    kinds = {twin.id.split("-")[0] for seed in range(40) for twin in made(seed)}
    assert {"opposite", "figure", "neighbour", "name_in_question", "name_in_both"} <= kinds


@given(st.integers(0, 5_000))
def test_an_answer_stays_where_its_passage_was_changed(seed: int) -> None:
    originals = {each.id: each for each in ROWS}
    for twin in made(seed):
        original = originals[twin.id.split("-")[1]]
        said = [twin.passage[start:end] for start, end in twin.spans]
        if twin.answerable:
            assert said == [original.passage[start:end] for start, end in original.spans]
        else:
            assert said == []
        assert (twin.question, twin.passage) != (original.question, original.passage)
        if twin.anchor:
            assert 0 <= twin.anchor[0] < twin.anchor[1] <= len(twin.passage)


def test_a_year_that_the_passage_names_is_not_put_in() -> None:
    years = {twin.question for seed in range(60) for twin in made(seed) if twin.id == "figure-d"}
    assert years
    assert not any("1997" in question for question in years)


@pytest.mark.parametrize("passage", ["", "Nothing."])
def test_rows_without_an_answer_have_no_twin(passage: str) -> None:
    bare = Row("x", "quoref", "Who?", passage, answerable=False)
    assert list(twins([bare], MATERIALS, 1)) == []


def test_names_at_the_start_of_a_sentence_are_not_taken_for_names() -> None:
    names = gather_names(ROWS)["squad_train_part\n"]
    assert "Karl Weber" in names
    assert "Moravia" in names
    assert not {"The", "In", "It"} & set(names)
    assert all(name in PASSAGE for name in names)
