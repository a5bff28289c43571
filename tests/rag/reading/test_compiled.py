from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import ReaderFailed
from rag.reading.base import Reading, Window
from rag.reading.compiled import CompiledReader
from rag.reading.inputs import InputMaker, Texts
from rag.reading.loading import find_reader
from tests.reading.tiny import MAX_TOKENS, tables, tiny_reader, write_tiny_reader

TEXT = "The rail tunnel was opened in 1882. It is 15 km long; about 200 men died in 10 years."
WINDOWS = [
    Window(TEXT[:size], 100, 100 + size, title)
    for size in (85, 35, 60, 20, 50, 5)
    for title in (None, "Swiss tunnels")
]


def close_to(reading: Reading, other: Reading) -> bool:
    logits = [(each.margin, each.answerable, each.relevant) for each in (reading, other)]
    return reading.span == other.span and np.allclose(logits[0], logits[1], atol=0.05)


def test_a_reading_is_the_models_best_span_within_the_window(
    tiny: CompiledReader, tiny_folder: Path
) -> None:
    [made] = InputMaker(find_reader(tiny_folder)).inputs([Texts("When?", "Swiss", TEXT)])
    edges, shares = tables()
    inside = range(made.low, made.high)
    score, first, last = max(
        (edges[made.ids[first], 0] + edges[made.ids[last], 1], first, last)
        for first in inside
        for last in inside
        if first <= last < first + 30
    )

    [reading] = tiny.read("When?", [Window(TEXT, 7, 7 + len(TEXT), "Swiss")])

    start, end = reading.span
    offsets = made.encoding.offsets
    assert start - 7 <= offsets[first - made.low][0]
    assert end - 7 >= offsets[last - made.low][1] - 1  # a full stop or a half of quotes may go
    assert reading.margin == pytest.approx(score - edges[made.ids[0]].sum())
    weights = np.where(np.arange(len(made.ids)) < made.second, 1, 2)
    means = (shares[made.ids] * weights[:, None]).sum(axis=0) / len(made.ids)
    assert (reading.answerable, reading.relevant) == pytest.approx(means[:2], abs=0.05)


def test_a_reading_does_not_depend_on_what_is_read_with_it(
    tiny: CompiledReader, tiny_folder: Path
) -> None:
    alone = [tiny.read("How long is it?", [window])[0] for window in WINDOWS]

    assert all(map(close_to, tiny.read("How long is it?", WINDOWS), alone))
    small = CompiledReader(find_reader(tiny_folder), token_budget=1, length_multiple=1)
    assert all(map(close_to, small.read("How long is it?", WINDOWS), alone))
    small.close()


def test_several_questions_are_read_together_each_with_its_own_windows(
    tiny: CompiledReader,
) -> None:
    asked = [("When?", WINDOWS[:3]), ("Who?", []), ("How long is the tunnel?", WINDOWS[2:])]

    together = tiny.read_together(asked)

    assert [len(readings) for readings in together] == [3, 0, len(WINDOWS) - 2]
    for (question, windows), readings in zip(asked, together, strict=True):
        assert all(map(close_to, readings, tiny.read(question, windows)))


def test_many_threads_get_their_own_readings(tiny: CompiledReader) -> None:
    questions = [f"Question {number} of {number * 7}?" for number in range(40)]
    expected = [tiny.read(question, WINDOWS[:4]) for question in questions]

    with ThreadPoolExecutor(8) as executor:
        found = list(executor.map(lambda question: tiny.read(question, WINDOWS[:4]), questions))

    for readings, wanted in zip(found, expected, strict=True):
        assert all(map(close_to, readings, wanted))


def test_what_is_too_long_is_cut(tiny_folder: Path) -> None:
    maker = InputMaker(find_reader(tiny_folder))
    [made] = maker.inputs([Texts("why " * 2000, "a very long title", "word " * 9000)])

    assert len(made.ids) == MAX_TOKENS
    assert (made.second, made.low, made.high) == (18, 22, MAX_TOKENS - 1)


def test_a_title_stands_before_the_window_as_in_training(tiny_folder: Path) -> None:
    maker = InputMaker(find_reader(tiny_folder))
    plain, titled = maker.inputs([Texts("q", None, "word"), Texts("q", "Swiss", "word")])

    colon = maker.inputs([Texts("q", None, ":")])[0].ids[3]
    swiss = maker.inputs([Texts("q", None, "swiss")])[0].ids[3]
    assert titled.ids == [*plain.ids[:3], swiss, colon, *plain.ids[3:]]


def test_a_passage_supports_what_any_part_of_it_does(tiny: CompiledReader) -> None:
    words = [f"men{number} " for number in range(100)]
    beginning, end = "".join(words[:12]), "".join(words[-12:])

    long, first, last, nothing = tiny.supported(
        [("It was.", passage) for passage in ("".join(words), beginning, end, "")]
    )

    assert long >= max(first, last) - 2  # pieces begin elsewhere, so that their means differ
    assert nothing < min(first, last)
    assert tiny.supported([]).shape == (0,)


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60),
    st.none() | st.text(max_size=20),
    st.text(st.characters(codec=None), min_size=1, max_size=120).filter(str.strip),
    st.integers(0, 9),
)
def test_any_text_is_read_and_its_span_lies_inside_the_window(
    tiny: CompiledReader, question: str, title: str | None, text: str, at: int
) -> None:
    [reading] = tiny.read(question, [Window(text, at, at + len(text), title)])

    start, end = reading.span
    assert at <= start < end <= at + len(text)
    said = text[start - at : end - at]
    assert said == said.strip()
    assert np.isfinite([reading.margin, reading.answerable, reading.relevant]).all()


@pytest.mark.parametrize("question", ["", " ", "\ud800", "\x00\x07", "😀" * 3000, "why " * 2000])
@pytest.mark.parametrize(
    "text", ["\x00\x01", "\ud800 x", "a\u0301\u200d", "𝔘nicode ﬁ İstanbul", "‮x"]
)
def test_no_text_is_too_strange(tiny: CompiledReader, question: str, text: str) -> None:
    [reading] = tiny.read(question, [Window(text, 3, 3 + len(text), text)])

    assert 3 <= reading.span[0] < reading.span[1] <= 3 + len(text)


def test_a_model_that_cannot_be_run_is_one_sentence(tmp_path: Path) -> None:
    folder = write_tiny_reader(tmp_path / "reader", names=("words", "kinds", "kept"))
    reader = tiny_reader(folder)

    with pytest.raises(ReaderFailed, match="failed while it read"):
        reader.read("When?", WINDOWS[:1])
    reader.close()
