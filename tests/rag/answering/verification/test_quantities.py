import pytest

from rag.answering.verification.quantities import quantities


def read(text):
    return [(each.kind, each.values) for each in quantities(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30 million people", "thirty million people"),
        ("30,000,000 people", "30 million people"),
        ("1.500 Einwohner", "1,500 inhabitants"),
        ("30 000 people", "30,000 people"),
        ("12,5 %", "12.5 percent"),
        ("$3.5 million", "3.5 million dollars"),
        ("US$30 bn", "30 billion dollars"),
        ("two hundred and five thousand", "205,000"),
        ("a dozen eggs", "12 eggs"),
        ("the 3rd floor", "the third floor"),
        ("half of them", "50 % of them"),
        ("two thirds of them", "2/3 of them"),
        ("1 May 2024", "May 1st, 2024"),
        ("1 May 2024", "2024-05-01"),
        ("the 1st of May 2024", "May 1 , 2024"),
        ("2024年5月1日", "1 May 2024"),
        ("300万人", "3 million people"),
        ("on Fridays", "on Friday"),
    ],
)
def test_the_same_number_or_date_is_read_from_either_form(one, other):
    first, second = quantities(one), quantities(other)
    assert first
    assert len(first) == len(second)
    assert all(a.is_same(b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("30 million", "30 billion"),
        ("12 %", "12"),
        ("12 %", "21 %"),
        ("$5", "€5"),
        ("the third", "three"),
        ("1 May 2024", "2 May 2024"),
        ("May 2024", "June 2024"),
        ("10:30", "10:20"),
        ("-5 degrees", "5 degrees"),
        ("version 1.2.3", "version 1.2.4"),
    ],
)
def test_different_numbers_and_dates_are_told_apart(one, other):
    first, second = quantities(one), quantities(other)
    assert first
    assert second
    assert not all(any(a.is_same(b) for b in second) for a in first)


def test_words_that_only_look_like_numbers_are_none():
    assert read("One may ask whether GPX4 and COVID-19 march on.") == []


def test_each_knows_where_it_stands():
    text = "It rose by 12 % to $3.5 million on 1 May 2024."
    assert [text[each.start : each.end] for each in quantities(text)][:2] == [
        "12 %",
        "$3.5 million",
    ]
    assert all(text[each.start : each.end] == each.text for each in quantities(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at 07:40", "at 7:40"),
        ("at 7:40 p.m.", "at 19:40"),
        ("within 48 hours", "within 2 days"),
        ("for 1.5 km", "for 1,500 metres"),
        ("in drei Monaten", "in three months"),
        ("zwölf Personen", "12 people"),
    ],
)
def test_the_same_measure_is_read_from_either_form(one, other):
    (first,), (second,) = quantities(one), quantities(other)
    assert first.is_same(second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("95 minutes", "95 seconds"),
        ("95 minutes", "95 km"),
        ("at 7:40 pm", "at 07:40"),
        ("at 19:40", "at 7:40 a.m."),
        ("in drei Monaten", "in sechs Monaten"),
    ],
)
def test_another_measure_is_not_the_same(one, other):
    (first,), (second,) = quantities(one), quantities(other)
    assert not first.is_same(second)
