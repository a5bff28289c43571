import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.reading.base import Reading, Window
from rag.reading.queued import QueuedReader
from tests.reading.scripted import ScriptedReader, nothing

TEXT = "The tunnel was opened in 1882."


class GatedReader(ScriptedReader):
    """Reads when it is let, and keeps what came together."""

    def __init__(self) -> None:
        super().__init__(lambda question, window: nothing(window))
        self.gate = threading.Event()
        self.started = threading.Event()
        self.batches: list[tuple[str, ...]] = []

    def read_together(
        self, asked: Sequence[tuple[str, Sequence[Window]]]
    ) -> list[tuple[Reading, ...]]:
        self.batches.append(tuple(question for question, _ in asked))
        self.started.set()
        assert self.gate.wait(10)
        if any(question == "bad" for question, _ in asked):
            raise ValueError("bad")
        return [self.read(question, windows) for question, windows in asked]


def windows(count: int) -> list[Window]:
    return [Window(TEXT, at, at + len(TEXT)) for at in range(count)]


def asked_while_busy(
    gated: GatedReader, most_at_once: int, asked: Sequence[tuple[str, int]]
) -> list[tuple[Reading, ...] | BaseException]:
    """What each got, of those that came, one after another, while "first" was read."""
    queued = QueuedReader(gated, most_at_once)
    with ThreadPoolExecutor(len(asked) + 1) as executor:
        futures = [executor.submit(queued.read, "first", windows(3))]
        assert gated.started.wait(10)
        for place, (question, count) in enumerate(asked):
            futures.append(executor.submit(queued.read, question, windows(count)))
            while queued.waiting <= place:
                pass
        gated.gate.set()
        return [each.exception(10) or each.result() for each in futures]


def test_those_who_wait_are_read_together_up_to_a_number_of_windows() -> None:
    gated = GatedReader()

    found = asked_while_busy(gated, 6, [("a", 3), ("b", 3), ("c", 3), ("d", 7), ("e", 1)])

    assert gated.batches == [("first",), ("a", "b"), ("c",), ("d",), ("e",)]
    assert [len(each) for each in found if isinstance(each, tuple)] == [3, 3, 3, 3, 7, 1]


def test_an_error_reaches_its_batch_and_no_other() -> None:
    found = asked_while_busy(GatedReader(), 6, [("bad", 3), ("with it", 3), ("after it", 3)])

    assert [isinstance(each, ValueError) for each in found] == [False, True, True, False]


def test_who_has_nothing_to_read_does_not_wait() -> None:
    assert QueuedReader(GatedReader()).read("When?", []) == ()


def test_it_is_the_reader_behind_it_besides() -> None:
    gated = GatedReader()
    queued = QueuedReader(gated)

    assert queued.supported([("The tunnel", TEXT)]).tolist() == [4.0]
    assert queued.fingerprint == "scripted"
    queued.close()
    assert gated.is_closed


def test_many_threads_get_readings_of_their_own_windows() -> None:
    gated = GatedReader()
    gated.gate.set()
    queued = QueuedReader(gated)

    def ask(number: int) -> bool:
        start = 1000 * number
        asked = [Window(TEXT, start, start + len(TEXT))] * (1 + number % 4)
        readings = queued.read(f"Question {number}?", asked)
        return [each.span for each in readings] == [(start, start + 3)] * len(asked)

    with ThreadPoolExecutor(16) as executor:
        assert all(executor.map(ask, range(300)))


@pytest.mark.parametrize("most_at_once", [1, 100])
def test_what_is_larger_than_the_room_is_read_alone(most_at_once: int) -> None:
    gated = GatedReader()
    gated.gate.set()
    assert len(QueuedReader(gated, most_at_once).read("When?", windows(9))) == 9
