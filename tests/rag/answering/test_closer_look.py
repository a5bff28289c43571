"""What a reader is asked, what follows from what it says, and what does not from its failure."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answering.closer_look import LONGEST_QUESTION, question_for_reader
from rag.errors import ReaderFailed, ReaderMissing
from rag.reading.base import Reading, Window
from rag.settings import Settings
from rag.store.sqlite import SqliteStore
from rag.types import Turn
from rag.wiring import open_reader
from tests.rag.answering.reading import ENCODER, TEXTS, reading_assistant
from tests.rag.corpus import put
from tests.reading.scripted import ScriptedReader, reader_of

LENGTH = "How long is the electric bus in the capital?"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "store.db", create=True) as store:
        put(store, ENCODER, TEXTS)
        yield store


def test_a_passage_that_answers_comes_before_one_that_resembles(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path / "ferries.db", create=True) as store:
        for name, says in (("a.txt", "carries cars"), ("b.txt", "takes cars in twelve minutes")):
            put(store, ENCODER, {name: f"The ferry to the island {says}."})
        question = "Does the ferry to the island take or carry cars?"
        alone = reading_assistant(store, tmp_path, None)
        surely = reader_of({"ferry": "twelve minutes"}, margin=16.0, answerable=8.0)
        read = reading_assistant(store, tmp_path, surely)
        assert [hit.document.uri for hit in alone.ask(question).hits] == ["a.txt", "b.txt"]
        hits = read.ask(question).hits
        assert [hit.document.uri for hit in hits] == ["b.txt", "a.txt"]
        assert hits[0].score > hits[1].score
        assert hits[0].scores["reader_margin"] == 16.0
        assert [each.hit for each in read.retrieve(question).passages] == list(hits)
        assert [hit.document.uri for hit in read.search(question)] == ["a.txt", "b.txt"]


@pytest.mark.parametrize("k", [1, 2, 8])
def test_as_many_passages_are_shown_as_are_asked_for(
    store: SqliteStore, tmp_path: Path, k: int
) -> None:
    answer = reading_assistant(store, tmp_path, reader_of({"bus": "18 meters"})).ask(LENGTH, k=k)
    assert len(answer.hits) == min(k, len(TEXTS))
    assert answer.short_answer == "18 meters"


def test_the_confidence_follows_the_reader(store: SqliteStore, tmp_path: Path) -> None:
    sure = reading_assistant(store, tmp_path, reader_of({"bus": "18 meters"})).ask(LENGTH)
    unsure = reading_assistant(store, tmp_path, reader_of({"no such": "thing"})).ask(LENGTH)
    assert 1 >= sure.confidence > unsure.confidence >= 0


def test_what_was_read_is_told_with_what_was_weighed(store: SqliteStore, tmp_path: Path) -> None:
    assistant = reading_assistant(store, tmp_path, reader_of({"bus": "18 meters"}))
    _, (finding,) = assistant.explain(LENGTH)
    assert finding.readings is not None
    assert finding.readings[finding.passages[0].hit.chunk.id].margin == 8.0
    _, (finding,) = reading_assistant(store, tmp_path, None).explain(LENGTH)
    assert finding.readings is None


@pytest.mark.parametrize("error", [ReaderFailed("It broke."), RuntimeError("shape mismatch")])
def test_a_reader_that_fails_costs_no_answer_and_is_told_of_once(
    store: SqliteStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fails(question: str, window: Window) -> Reading:
        raise error

    failing = reading_assistant(store, tmp_path, ScriptedReader(fails))
    with caplog.at_level(logging.WARNING):
        answers = [failing.ask(LENGTH) for _ in range(2)]
    alone = reading_assistant(store, tmp_path, None).ask(LENGTH)
    for answer in answers:
        assert (answer.text, answer.confidence, answer.hits, answer.notice) == (
            alone.text,
            alone.confidence,
            alone.hits,
            None,
        )
    assert len(caplog.records) == 1


def test_a_follow_up_is_read_with_what_it_leans_on(store: SqliteStore, tmp_path: Path) -> None:
    reader = reader_of({"electric bus.*does it": "severe cold"})
    assistant = reading_assistant(store, tmp_path, reader)
    history = (Turn("user", LENGTH), Turn("assistant", "18 meters"))
    answer = assistant.ask("What does it withstand?", history=history)
    assert reader.asked[-1][0] == f"{LENGTH} What does it withstand?"
    assert answer.short_answer == "severe cold"


def test_a_later_part_of_a_question_is_read_with_the_one_before(
    store: SqliteStore, tmp_path: Path
) -> None:
    reader = reader_of({})
    reading_assistant(store, tmp_path, reader).ask(
        "How long is the electric bus in the capital, and what does it withstand?"
    )
    asked = dict.fromkeys(question for question, _ in reader.asked)
    assert list(asked) == [
        "How long is the electric bus in the capital",
        "How long is the electric bus in the capital? what does it withstand?",
    ]


def test_a_question_that_stands_alone_is_read_alone(store: SqliteStore, tmp_path: Path) -> None:
    reader = reader_of({})
    history = (Turn("user", "Who sent a letter?"), Turn("assistant", "Tokayev"))
    reading_assistant(store, tmp_path, reader).ask(LENGTH, history=history)
    assert {question for question, _ in reader.asked} == {LENGTH}


def test_earlier_questions_are_cut_to_what_a_reader_reads() -> None:
    def stands_alone(question: str) -> bool:
        return question.startswith("How")

    earlier = ["What of " + "the old town " * 30 + "and its bridge?", "How old is the castle?"]
    asked = question_for_reader("Who built it?", earlier, stands_alone)
    assert asked.endswith("the old town and its bridge? Who built it?")
    assert LONGEST_QUESTION - 10 < len(asked) <= LONGEST_QUESTION
    chained = question_for_reader("And when?", ["Who built it?", *earlier[1:]], stands_alone)
    assert chained == "How old is the castle? Who built it? And when?"
    long = "word " * 1600
    assert question_for_reader(long, earlier, stands_alone) == long.strip()


def test_a_reader_is_opened_where_that_is_asked_for(tmp_path: Path) -> None:
    def opened(reader: str) -> object:
        return open_reader(Settings(reader=reader, cache_dir=tmp_path), tmp_path)

    assert opened("off") is None
    assert opened("auto") is None
    with pytest.raises(ReaderMissing):
        opened("on")


def test_weights_that_were_altered_are_told_of_and_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    with caplog.at_level(logging.WARNING):
        assert open_reader(Settings(reader="auto", cache_dir=tmp_path), tmp_path) is None
    assert "Answers go without it" in caplog.text


def test_closing_the_assistant_closes_the_reader(store: SqliteStore, tmp_path: Path) -> None:
    reader = reader_of({})
    reading_assistant(store, tmp_path, reader).close()
    assert reader.is_closed
