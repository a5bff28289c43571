import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rag.questions import LEASE_S, Lease, LeaseLost, Questions, TryAgain
from rag.store.slack_base import Outcome, SlackStore
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from tests.rag.store.slack_store_contract import question


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SlackStore]:
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        yield opened.slack()


@contextmanager
def working(
    store: SlackStore, handle: Callable[[Lease], Outcome], *, workers: int = 2, lease_s: float = 30
) -> Iterator[Questions]:
    questions = Questions(store, handle, workers=workers, lease_s=lease_s)
    questions.start()
    try:
        yield questions
    finally:
        questions.stop(5)


def eventually(condition: Callable[[], object]) -> bool:
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    return bool(condition())


def state_of(store: SlackStore, event_id: str) -> str:
    found = store.get(event_id)
    assert found is not None
    return found.state


def test_questions_are_dealt_with_and_ended(store: SlackStore):
    with working(store, lambda lease: "answered") as questions:
        assert questions.add(question(1))
        assert not questions.add(question(1))
        assert eventually(lambda: state_of(store, "Ev1") == "answered")


def test_what_was_left_from_before_is_dealt_with(store: SlackStore):
    store.add(question(1))
    with working(store, lambda lease: "failed"):
        assert eventually(lambda: state_of(store, "Ev1") == "failed")


def test_a_bug_leaves_the_question_open_and_the_worker_alive(store: SlackStore):
    def handle(lease: Lease) -> Outcome:
        if lease.event_id == "Ev1":
            raise RuntimeError("a bug")
        return "answered"

    with working(store, handle, workers=1) as questions:
        questions.add(question(1))
        questions.add(question(2))
        assert eventually(lambda: state_of(store, "Ev2") == "answered")
        assert state_of(store, "Ev1") == "queued"


def test_a_question_may_be_tried_again(store: SlackStore):
    attempts: list[int] = []

    def handle(lease: Lease) -> Outcome:
        attempts.append(lease.question.attempts)
        if len(attempts) < 3:
            raise TryAgain(0.01, "not yet")
        return "answered"

    with working(store, handle) as questions:
        questions.add(question(1))
        assert eventually(lambda: state_of(store, "Ev1") == "answered")
    assert attempts == [1, 2, 3]


def test_a_long_work_keeps_its_lease(store: SlackStore):
    release = threading.Event()

    def handle(lease: Lease) -> Outcome:
        release.wait(5)
        lease.check()
        return "answered"

    with working(store, handle, lease_s=1.5) as questions:
        questions.add(question(1))
        time.sleep(2)
        assert store.take("other", 1) is None
        release.set()
        assert eventually(lambda: state_of(store, "Ev1") == "answered")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2025, 6, 16, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_question_of_a_process_that_was_killed_waits_half_a_minute(tmp_path: Path):
    clock = Clock()
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        store = opened.slack(clock)
        store.add(question(1))
        assert store.take("killed", LEASE_S) is not None
        clock.now += timedelta(seconds=29)
        assert store.take("two", LEASE_S) is None
        clock.now += timedelta(seconds=2)
        taken = store.take("two", LEASE_S)
        assert taken is not None and taken.attempts == 2


def test_who_lost_a_lease_is_told_and_ends_nothing(store: SlackStore):
    store.add(question(1))
    found = store.take("one", 0)
    assert found is not None
    time.sleep(0.01)
    assert store.take("two", 30) is not None
    lease = Lease(store, found, "one", 30)
    with pytest.raises(LeaseLost):
        lease.check()
    with pytest.raises(LeaseLost):
        lease.note(answer_id="ans_1")
    lease.close("failed")
    assert state_of(store, "Ev1") == "answering"


def test_stopping_waits_for_what_is_at_hand_and_takes_no_more(store: SlackStore):
    begun, release = threading.Event(), threading.Event()

    def handle(lease: Lease) -> Outcome:
        begun.set()
        release.wait(5)
        return "answered"

    questions = Questions(store, handle, workers=1)
    questions.start()
    questions.add(question(1))
    questions.add(question(2))
    assert begun.wait(5)
    threading.Timer(0.1, release.set).start()
    questions.stop(5)
    assert (state_of(store, "Ev1"), state_of(store, "Ev2")) == ("answered", "queued")
