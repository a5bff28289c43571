from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.reading.windows import (
    LONGEST_TOKENS,
    WHOLE_TOKENS,
    WINDOW_TOKENS,
    wide_window_of,
    window_of,
)
from tests.reading.passages import passage_of

SENTENCE = "The tunnel was dug through granite by some hundred men. "[:-1]
CHARS_PER_TOKEN = 4.2


def numbered(count: int, fits: dict[int, float]) -> list[tuple[str, float]]:
    return [(f"{place} {SENTENCE}", fits.get(place, 0.1)) for place in range(count)]


def test_a_passage_that_fits_is_one_window() -> None:
    passage = passage_of(numbered(4, {2: 0.9}), at=100)

    window = window_of(passage)

    chunk = passage.hit.chunk
    assert (window.text, window.start, window.end) == (chunk.text, 100, chunk.end)


def test_of_a_longer_one_the_best_sentence_is_read_with_its_better_neighbours() -> None:
    window = window_of(passage_of(numbered(20, {9: 0.9, 8: 0.5, 7: 0.4, 6: 0.3})))

    assert [int(word) for word in window.text.split() if word.isdigit()] == list(range(6, 10))
    assert len(window.text) <= WINDOW_TOKENS * CHARS_PER_TOKEN


def test_the_wide_window_holds_as_much_as_a_reader_sees_around_the_same_sentence() -> None:
    passage = passage_of(numbered(40, {17: 0.9}))

    narrow, wide = window_of(passage), wide_window_of(passage)

    assert f"17 {SENTENCE}" in wide.text
    assert wide.start <= narrow.start < narrow.end <= wide.end
    most = LONGEST_TOKENS * CHARS_PER_TOKEN
    assert most - 2 * len(SENTENCE) < len(wide.text) <= most


def test_of_a_passage_that_fits_the_wide_window_is_the_same() -> None:
    passage = passage_of(numbered(3, {1: 0.9}))

    assert wide_window_of(passage) == window_of(passage)


def test_windows_of_dense_text_hold_fewer_characters() -> None:
    sentences = numbered(20, {9: 0.9})
    english = window_of(passage_of(sentences))
    dense = window_of(passage_of(sentences, tokens=len(SENTENCE) * 10))

    assert len(dense.text) < len(english.text) / 2


def test_a_sentence_that_alone_is_too_long_is_cut_before_a_word() -> None:
    window = window_of(passage_of([("word " * 400, 0.5)]))

    most = LONGEST_TOKENS * CHARS_PER_TOKEN
    assert most >= len(window.text) > 0.9 * most
    assert window.text.endswith("word")


def test_the_title_of_the_content_is_read_with_it_and_a_file_name_is_not() -> None:
    window = window_of(passage_of([(SENTENCE, 0.5)], title="Tunnels"))
    assert window is not None
    assert window.title == "Tunnels"
    window = window_of(passage_of([(SENTENCE, 0.5)], title="file"))
    assert window is not None
    assert window.title is None


def test_a_passage_without_sentences_is_read_from_its_beginning() -> None:
    passage = replace(passage_of(numbered(30, {})), sentences=())

    window = window_of(passage)

    assert window.start == 0
    assert window.text == passage.hit.chunk.text[: window.end]
    assert window_of(replace(passage_of([("  \n", 0.1)]), sentences=())) is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(st.sampled_from("ab é中.\n"), min_size=1, max_size=400), st.floats(0, 1)),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 50),
    st.sampled_from([" ", "\n\n", ""]),
    st.integers(0, 4000),
)
def test_windows_are_exact_pieces_of_the_passage(
    sentences: list[tuple[str, float]], at: int, between: str, tokens: int
) -> None:
    passage = passage_of(sentences, at=at, between=between, tokens=tokens)
    chunk = passage.hit.chunk

    for window in (window_of(passage), wide_window_of(passage)):
        assert (window is not None) == bool(chunk.text.strip())
        if window is not None:
            assert window.text == chunk.text[window.start - at : window.end - at]
            assert window.text == window.text.strip() != ""
            assert len(window.text) <= max(WHOLE_TOKENS, LONGEST_TOKENS) * CHARS_PER_TOKEN
