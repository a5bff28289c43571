import time

import pytest

from rag.ingest.building import TextBuilder
from rag.ingest.sentences import MAX_SENTENCE_CHARS
from rag.ingest.tables import (
    Layout,
    is_value,
    row_sentence,
    row_sentences,
    table_layout,
    write_table,
)


@pytest.mark.parametrize(
    "words",
    [
        "12",
        "1,234.5",
        "-7%",
        "€ 300",
        "12 kg",
        "2024-03-05",
        "5/3/24",
        "10:30",
        "yes",
        "#REF!",
        "-",
    ],
)
def test_values_are_told_from_names(words: str) -> None:
    assert is_value(words)


@pytest.mark.parametrize("words", ["Region", "Q1", "Phase 2", "x", "Total cost", "2nd half"])
def test_names_are_told_from_values(words: str) -> None:
    assert not is_value(words)


def test_a_cell_of_a_million_digits_takes_no_time() -> None:
    started = time.perf_counter()
    is_value("1" * 1_000_000 + "!!")
    assert time.perf_counter() - started < 1


def test_text_above_values_names_them() -> None:
    sample = [["Name", "Age"], ["Anna", "30"], ["Bob", "31"]]
    assert table_layout(sample) == Layout(0, 1, ("Name", "Age"))


def test_a_row_of_values_names_nothing() -> None:
    assert table_layout([["Anna", "30"], ["Bob", "31"]]).headers == 0


def test_a_row_whose_words_stand_again_below_names_nothing() -> None:
    sample = [["Anna", "Berlin", "x"], ["Bob", "Paris", "y"], ["Anna", "Rome", "z"]]
    assert table_layout(sample).headers == 0


def test_a_form_of_names_and_values_has_no_row_of_names() -> None:
    sample = [["Name", "Anna"], ["Age", "30"], ["City", "Berlin"]]
    assert table_layout(sample).headers == 0
    assert table_layout(sample, assume_names=True).headers == 1


def test_lines_above_the_names_are_captions() -> None:
    sample = [["Sales"], ["all figures in euros"], ["Name", "Sum", "Day"], ["Anna", "30", "Monday"]]
    assert table_layout(sample) == Layout(2, 1, ("Name", "Sum", "Day"))


def test_upper_names_stand_over_the_gaps_behind_them() -> None:
    sample = [["", "2023", "", "2024", ""], ["Region", "Q1", "Q2", "Q1", "Q2"], list("a1234")]
    assert table_layout(sample).names == ("Region", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2")


def test_what_the_file_says_of_its_names_counts_more_than_their_looks() -> None:
    assert table_layout([["1", "2"], ["3", "4"]], headers=1).names == ("1", "2")


def test_a_table_of_one_row_has_no_names() -> None:
    assert table_layout([["Name", "Age"]], headers=1).headers == 0


@pytest.mark.parametrize(
    ("names", "cells", "sentence"),
    [
        (("Region", "Q1"), ("North", "120"), "Region: North; Q1: 120."),
        (("Region", "Q1"), ("North", ""), "Region: North"),
        (("Region", "Q1"), ("", ""), ""),
        (("", "Q1"), ("North", "120"), "North; Q1: 120."),
        (("A", "A"), ("x", "x"), "x"),
        (("Note", "N"), ("Why?", "So what?"), "Note: Why?; N: So what?"),
        ((), ("Name", "Anna"), "Name: Anna"),
        ((), ("5", "5"), "5; 5."),
        (("A",), ("x", "more"), "A: x; more."),
    ],
)
def test_a_row_is_a_sentence(names: tuple[str, ...], cells: tuple[str, ...], sentence: str) -> None:
    assert row_sentence(names, cells) == sentence


def test_rows_that_are_missing_part_tables() -> None:
    builder = TextBuilder()
    rows = [(1, ["A", "B"]), (2, ["x", "1"]), (5, ["C", "D"]), (6, ["y", "2"])]
    write_table(builder, rows, lambda row: f"row {row}")
    document = builder.build("x")
    assert document.text == "A | B\nA: x; B: 1.\n\nC | D\nC: y; D: 2."
    assert [place.label for place in document.places] == ["row 1", "row 2", "row 5", "row 6"]
    assert len(document.verbatim) == len(document.furniture) == 2


def test_a_wide_row_is_several_sentences_that_each_name_the_row() -> None:
    names = ["Region", *(f"Month {n}" for n in range(60))]
    sentences = row_sentences(names, ["North", *(f"{n},000 euros" for n in range(60))])
    assert len(sentences) > 2
    assert all(len(sentence) <= MAX_SENTENCE_CHARS for sentence in sentences)
    assert all(sentence.startswith("Region: North; Month ") for sentence in sentences)
    assert sum(sentence.count("Month") for sentence in sentences) == 60


def test_the_sentences_of_a_wide_row_stand_at_one_place() -> None:
    builder = TextBuilder()
    cells = [f"a rather long value number {n}" for n in range(40)]
    write_table(builder, [(7, cells)], lambda row: f"row {row}")
    (place,) = builder.build("x").places
    assert place.label == "row 7"
    assert place.end == len(builder.build("x").text)
