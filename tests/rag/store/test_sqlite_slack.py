from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.store.sqlite_slack import SqliteSlack
from tests.rag.store.conversation_store_contract import Clock
from tests.rag.store.slack_store_contract import *  # noqa: F403


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        yield opened


@pytest.fixture
def slack(store: SqliteStore, clock: Clock) -> SqliteSlack:
    return store.slack(clock)


def test_two_processes_share_what_is_kept(tmp_path: Path, slack: SqliteSlack, clock: Clock):
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=False) as other:
        assert slack.add(question(1))  # noqa: F405
        assert not other.slack(clock).add(question(1))  # noqa: F405
        assert other.slack(clock).take("other", 60) is not None
        assert slack.take("one", 60) is None
