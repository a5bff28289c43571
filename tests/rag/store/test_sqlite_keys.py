from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.store.sqlite_keys import SqliteKeys
from tests.rag.store.conversation_store_contract import Clock
from tests.rag.store.key_store_contract import *  # noqa: F403


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        yield opened


@pytest.fixture
def keys(store: SqliteStore, clock: Clock) -> SqliteKeys:
    return store.keys(clock)
