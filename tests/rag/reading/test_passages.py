from rag.reading.passages import PassageReader
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


def test_of_two_windows_the_one_that_answers_better_counts() -> None:
    sentences = [*LONG[:2], ("It was opened with a feast.", 0.8), *LONG[2:17]]
    sentences += [("The year 1882 saw it opened.", 0.78), *LONG[17:]]
    passage = passage_of(sentences)

    [read] = PassageReader(reader_of({"opened": "1882"})).read("When was it opened?", [passage])

    assert "1882" in read.window.text
    assert "feast" not in read.window.text
    start, end = read.reading.span
    assert passage.hit.chunk.text[start:end] == "1882"


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
