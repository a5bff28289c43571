import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.hashing import HashingEncoder
from rag.errors import StoreCorrupt
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.store.sqlite_conversations import SqliteConversations
from tests.rag.corpus import put
from tests.rag.store.conversation_store_contract import *  # noqa: F403
from tests.rag.store.conversation_store_contract import Clock, answer_to


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        yield opened


@pytest.fixture
def conversations(store: SqliteStore, clock: Clock) -> SqliteConversations:
    return store.conversations(clock)


def test_conversations_leave_the_revision_of_the_documents_alone(
    store: SqliteStore, conversations: SqliteConversations, clock: Clock
):
    put(store, HashingEncoder(), {"a.txt": "Trade grew. It did."})
    before = store.revision()
    made = conversations.create()
    conversations.append_turns(made.id, answer_to("What?"))
    conversations.rename(made.id, "Trade")
    clock.advance(days=1)
    conversations.purge_older_than(0)
    assert store.revision() == before


def test_conversations_outlive_the_process(tmp_path: Path):
    path = tmp_path / DATABASE_NAME
    with SqliteStore.open(path, create=True) as store:
        made = store.conversations().create()
        kept = store.conversations().append_turns(made.id, answer_to("What?"))
    with SqliteStore.open(path, create=False) as store:
        assert store.conversations().answer(kept.id) == kept


@pytest.mark.parametrize("stored", ["{", '{"id": 5}'])
def test_a_damaged_answer_is_named(
    store: SqliteStore, conversations: SqliteConversations, tmp_path: Path, stored: str
):
    made = conversations.create()
    kept = conversations.append_turns(made.id, answer_to("What?"))
    db = sqlite3.connect(tmp_path / DATABASE_NAME)
    db.execute("UPDATE answers SET answer = ?", (stored,))
    db.commit()
    db.close()
    with pytest.raises(StoreCorrupt, match=kept.id):
        conversations.answer(kept.id)
