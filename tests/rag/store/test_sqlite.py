from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.store.sqlite import DATABASE_NAME, SqliteStore
from tests.rag.store.document_store_contract import *  # noqa: F403


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / "data" / DATABASE_NAME, create=True) as opened:
        yield opened
