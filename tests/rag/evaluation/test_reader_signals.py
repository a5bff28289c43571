import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.evaluation.indexing import index_set
from rag.evaluation.reader_signals import QuestionSignals, collect, load, save
from rag.evaluation.sets import read_set
from rag.reading.passages import PassageReader
from rag.settings import Settings
from rag.wiring import open_assistant
from tests.rag.evaluation.small_set import write_set
from tests.reading.scripted import reader_of

ANSWERS = {"how much": r"35 percent", "How long": r"18 meters"}


@pytest.fixture(scope="module")
def collected(
    tmp_path_factory: pytest.TempPathFactory, model_cache: Path
) -> Iterator[list[QuestionSignals]]:
    folder = tmp_path_factory.mktemp("signals")
    small = read_set(write_set(folder / "small"))
    placed = index_set(small, folder, Settings(cache_dir=model_cache, reader="off"))
    reader = PassageReader(reader_of(ANSWERS), first=10)
    off_topic = [dataclasses.replace(small.questions[0], id="other")]
    with open_assistant(placed) as assistant:
        yield list(collect(assistant, reader, small, off_topic))


def test_every_passage_is_read_and_compared(collected: list[QuestionSignals]) -> None:
    growth = collected[0]
    assert len(growth.passages) == 3
    best = max(growth.passages, key=lambda each: each.margin)
    assert (best.span, best.exact, best.f1, best.margin) == ("35 percent", 1.0, 1.0, 8.0)
    assert best.file in growth.right
    assert all(each.exact == 0.0 for each in growth.passages if each is not best)


def test_the_sentence_with_the_span_is_known_and_judged(collected: list[QuestionSignals]) -> None:
    best = max(collected[0].passages, key=lambda each: each.margin)
    assert sorted((each.touched, each.right) for each in best.sentences) == [
        (False, False),
        (True, True),
    ]


def test_a_follow_up_is_read_and_told_from_the_others(collected: list[QuestionSignals]) -> None:
    follow_up = collected[1]
    assert [each.has_history for each in collected] == [False, True, False, False]
    assert max(each.margin for each in follow_up.passages) == 8.0


def test_questions_of_another_set_are_unanswerable(collected: list[QuestionSignals]) -> None:
    other = collected[-1]
    assert (other.off_topic, other.answerable, other.right) == (True, False, ())


def test_signals_are_kept_whole(collected: list[QuestionSignals], tmp_path: Path) -> None:
    path = tmp_path / "kept" / "small.jsonl.gz"
    save(path, collected)
    assert load(path) == collected
