from rag.reading.passages import PassageReader
from rag.reading.windows import wide_window_of, window_of
from tests.reading.passages import passage_of
from tests.reading.scripted import ScriptedReader, nothing, reader_of

LONG = [(f"In {year} the tunnel was dug on by some hundred men.", 0.1) for year in range(20)]


def test_the_first_passages_are_enough_where_one_surely_answers() -> None:
    reader = reader_of({"opened": r"\d{4}"}, margin=12, answerable=6)
    passages = [passage_of([(f"Opened in {1880 + n}.", 0.5)], chunk_id=n) for n in range(12)]

    read = PassageReader(reader).read("When was it opened?", passages)

    assert [each.passage for each in read] == passages[:3]
    assert [each.window.text for each in read] == [each.hit.chunk.text for each in passages[:3]]
    assert [each.reading.span for each in read] == [(10, 14)] * 3
    assert len(reader.asked) == 1


def test_more_are_read_where_none_does_and_five_at_most() -> None:
    reader = reader_of({"opened": "no such words"})
    passages = [passage_of([("Trains.", 0.5)], chunk_id=n) for n in range(12)]

    read = PassageReader(reader).read("When was it opened?", passages)

    assert [each.passage for each in read] == passages[:5]
    assert [len(windows) for _, windows in reader.asked] == [3, 2]


def test_the_passage_that_answers_best_is_read_once_more_as_a_whole_where_a_doubt_is_left() -> None:
    long = passage_of([*LONG[:8], ("It was opened with a feast.", 0.8), *LONG[8:]], chunk_id=1)
    short = passage_of([("Trains run.", 0.5)], chunk_id=2)
    reader = reader_of({"opened": "with a feast"}, margin=4, answerable=1)

    first, second = PassageReader(reader).read("When was it opened?", [long, short])

    assert [len(windows) for _, windows in reader.asked] == [2, 1]
    assert (first.window, second.window) == (wide_window_of(long), window_of(short))
    start, end = first.reading.span
    assert long.hit.chunk.text[start:end] == "with a feast"


def test_what_a_short_window_says_of_an_answer_stays_and_only_its_words_are_told_anew() -> None:
    reader = reader_of({"opened": r"with a feast[^.]*|1882"}, margin=8, answerable=2)
    passage = passage_of([*LONG[:8], ("It was opened with a feast in 1882.", 0.8), *LONG[8:]])
    alone = reader.read("When was it opened?", [window_of(passage)])[0]

    [read] = PassageReader(reader).read("When was it opened?", [passage])

    assert read.window == wide_window_of(passage)
    assert (read.reading.margin, read.reading.answerable) == (alone.margin, alone.answerable)


def test_where_a_window_leaves_no_doubt_the_whole_is_not_read() -> None:
    reader = reader_of({"opened": "1882"}, margin=12, answerable=6)
    passage = passage_of([*LONG[:8], ("It was opened with a feast in 1882.", 0.8), *LONG[8:]])

    [read] = PassageReader(reader).read("When was it opened?", [passage])

    assert read.window == window_of(passage)
    assert len(reader.asked) == 1


def test_nothing_is_read_where_there_is_nothing() -> None:
    reader = ScriptedReader(lambda question, window: nothing(window))

    assert PassageReader(reader).read("When?", []) == ()
    assert reader.asked == []


def test_it_closes_its_reader() -> None:
    reader = reader_of({})
    passage_reader = PassageReader(reader)
    assert passage_reader.supported([("a b", "b a c")]).tolist() == [4.0]
    assert passage_reader.fingerprint == "scripted"
    passage_reader.close()
    assert reader.is_closed
