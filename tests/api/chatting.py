"""An engine for chats: a scripted assistant, and conversations in a real store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.engine import Conversing, Engine
from rag.conversations import Conversations
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from tests.answers import ScriptedAssistant


def conversing_engine(assistant: ScriptedAssistant, folder: Path) -> Engine:
    """An engine whose data folder is the one given."""

    @contextmanager
    def open_conversations(settings: Settings) -> Iterator[Conversing]:
        with SqliteStore.open(folder / DATABASE_NAME, create=True) as store:
            yield Conversations(assistant, store.conversations())  # type: ignore[arg-type]

    return Engine(
        load_settings=lambda: Settings(data_dir=folder), open_conversations=open_conversations
    )
