from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.reading.windows import LONGEST_TOKENS, WHOLE_TOKENS, WINDOW_TOKENS, windows_of
from tests.reading.passages import passage_of

SENTENCE = "The tunnel was dug through granite by some hundred men. "[:-1]
CHARS_PER_TOKEN = 4.2


def numbered(count: int, fits: dict[int, float]) -> list[tuple[str, float]]:
    return [(f"{place} {SENTENCE}", fits.get(place, 0.1)) for place in range(count)]


def test_a_passage_that_fits_is_one_window() -> None:
    passage = passage_of(numbered(4, {2: 0.9}), at=100)

    [window] = windows_of(passage)

    chunk = passage.hit.chunk
    assert (window.text, window.start, window.end) == (chunk.text, 100, chunk.end)


def test_of_a_longer_one_the_best_sentence_is_read_with_its_better_neighbours() -> None:
    [window] = windows_of(passage_of(numbered(20, {9: 0.9, 8: 0.5, 7: 0.4, 6: 0.3})))

    assert [int(word) for word in window.text.split() if word.isdigit()] == list(range(6, 10))
    assert len(window.text) <= WINDOW_TOKENS * CHARS_PER_TOKEN


def test_a_second_window_is_cut_where_another_sentence_fits_as_well() -> None:
    first, second = windows_of(passage_of(numbered(20, {1: 0.85, 17: 0.9})))

    assert f"17 {SENTENCE}" in first.text
    assert f"1 {SENTENCE}" in second.text
    assert second.end <= first.start


def test_windows_of_dense_text_hold_fewer_characters() -> None:
    sentences = numbered(20, {9: 0.9})
    [english] = windows_of(passage_of(sentences))
    [dense] = windows_of(passage_of(sentences, tokens=len(SENTENCE) * 10))

    assert len(dense.text) < len(english.text) / 2


def test_a_sentence_that_alone_is_too_long_is_cut_before_a_word() -> None:
    [window] = windows_of(passage_of([("word " * 400, 0.5)]))

    most = LONGEST_TOKENS * CHARS_PER_TOKEN
    assert most >= len(window.text) > 0.9 * most
    assert window.text.endswith("word")


def test_the_title_of_the_content_is_read_with_it_and_a_file_name_is_not() -> None:
    assert windows_of(passage_of([(SENTENCE, 0.5)], title="Tunnels"))[0].title == "Tunnels"
    assert windows_of(passage_of([(SENTENCE, 0.5)], title="file"))[0].title is None


def test_a_passage_without_sentences_is_read_from_its_beginning() -> None:
    passage = replace(passage_of(numbered(30, {})), sentences=())

    [window] = windows_of(passage)

    assert window.start == 0
    assert window.text == passage.hit.chunk.text[: window.end]
    assert windows_of(replace(passage_of([("  \n", 0.1)]), sentences=())) == ()


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

    windows = windows_of(passage)

    assert len(windows) <= 2
    assert bool(windows) == bool(chunk.text.strip())
    for window in windows:
        assert window.text == chunk.text[window.start - at : window.end - at]
        assert window.text == window.text.strip() != ""
        assert len(window.text) <= max(WHOLE_TOKENS, LONGEST_TOKENS) * CHARS_PER_TOKEN
    if len(windows) == 2:
        first, second = sorted(windows, key=lambda each: each.start)
        assert first.end <= second.start
