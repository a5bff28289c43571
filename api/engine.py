"""How a surface reaches the engine: what it opens, and what it expects of what it opened.

The surfaces take an `Engine` as an argument. The default one imports the wiring when something is
opened and not before, so that a command loads only what it uses.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rag.filters import FULL_ACCESS, NO_FILTERS, Access, Filters

if TYPE_CHECKING:
    from embeddings.errors import QuothError
    from rag.answering.findings import Finding
    from rag.doctor.base import Check, DoctorReport, Progress, Repair
    from rag.ingest.preview import Preview
    from rag.ingest.targets import Patterns
    from rag.keys import Keys
    from rag.retrieval.retriever import Retrieval
    from rag.service import Service
    from rag.settings import Settings
    from rag.store.base import DocumentReader, DocumentStore
    from rag.store.conversations_base import Conversation, ConversationStore
    from rag.store.feedback_base import FeedbackStore
    from rag.streaming import AnswerEvent
    from rag.transfer_manifest import Manifest
    from rag.types import Answer, Hit, SyncProgress, SyncReport, Turn

    FeedbackStores = tuple[FeedbackStore, ConversationStore]

OnStage = Callable[[str], None]
"""Told of what takes long and is done once, as compiling the model."""


class Answering(Protocol):
    """Answers and searches; safe to call from several threads."""

    @property
    def store(self) -> "DocumentReader": ...

    def ask(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: "Sequence[Turn]" = (),
    ) -> "Answer": ...

    def stream(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: "Sequence[Turn]" = (),
    ) -> "Iterator[AnswerEvent]": ...

    def explain(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: "Sequence[Turn]" = (),
    ) -> "tuple[Answer, tuple[Finding, ...]]": ...

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
    ) -> "tuple[Hit, ...]": ...

    def retrieve(
        self,
        question: str,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        history: "Sequence[Turn]" = (),
    ) -> "Retrieval": ...

    def warm_up(self) -> None:
        """Loads the model and the index, where they are not loaded yet."""
        ...


class Conversing(Protocol):
    """Answers within conversations and keeps them; safe to call from several threads."""

    @property
    def assistant(self) -> Answering: ...

    @property
    def store(self) -> "ConversationStore": ...

    def ask(
        self,
        question: str,
        conversation_id: str | None = None,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
    ) -> "Answer": ...

    def stream(
        self,
        question: str,
        conversation_id: str | None = None,
        *,
        k: int = 8,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
    ) -> "Iterator[AnswerEvent]": ...

    def get(self, conversation_id: str, access: Access = FULL_ACCESS) -> "Conversation":
        """A conversation that the asker may see."""
        ...


class Ingesting(Protocol):
    """Makes the index equal to folders."""

    def sync(
        self,
        paths: Sequence[Path] | None,
        *,
        allow_empty: bool = False,
        patterns: "Patterns" = ...,
        on_progress: "Callable[[SyncProgress], None] | None" = None,
    ) -> "SyncReport": ...

    def preview(
        self,
        paths: Sequence[Path] | None,
        *,
        allow_empty: bool = False,
        patterns: "Patterns" = ...,
        on_progress: "Callable[[SyncProgress], None] | None" = None,
    ) -> "Preview":
        """What `sync` would do."""
        ...

    def watch(
        self,
        paths: Sequence[Path] | None,
        *,
        on_synced: "Callable[[SyncReport | QuothError], None]",
        patterns: "Patterns" = ...,
        on_progress: "Callable[[SyncProgress], None] | None" = None,
    ) -> None:
        """Syncs, and goes on with every change until it is interrupted."""
        ...

    def forget(self, path: Path) -> int:
        """Drops a root and what came from it; returns how many documents went."""
        ...


class Examining(Protocol):
    """Examines and mends the index."""

    def examine(
        self,
        *,
        deep: bool = False,
        on_check: "Callable[[Check], None] | None" = None,
        on_progress: "Callable[[Progress], None] | None" = None,
    ) -> "DoctorReport": ...

    def repair(
        self,
        *,
        deep: bool = False,
        on_check: "Callable[[Check], None] | None" = None,
        on_repair: "Callable[[Repair], None] | None" = None,
        on_progress: "Callable[[Progress], None] | None" = None,
    ) -> "DoctorReport": ...


class Transferring(Protocol):
    """Takes an index to another machine as one file."""

    def export_to(self, target: Path, *, with_conversations: bool = False) -> "Manifest": ...

    def import_from(self, source: Path, *, replace: bool = False) -> "Manifest": ...


def _load_settings() -> "Settings":
    from rag.settings import load_settings

    return load_settings()


def _open_assistant(settings: "Settings") -> "AbstractContextManager[Answering]":
    from rag.wiring import open_assistant

    return open_assistant(settings)


def _open_conversations(settings: "Settings") -> "AbstractContextManager[Conversing]":
    from rag.wiring import open_conversations

    return open_conversations(settings)


def _open_service(settings: "Settings") -> "AbstractContextManager[Service]":
    from rag.wiring import open_service

    return open_service(settings)


def _open_feedback(
    settings: "Settings",
) -> "AbstractContextManager[FeedbackStores]":
    from rag.wiring import open_feedback

    return open_feedback(settings)


def _open_keys(settings: "Settings") -> "AbstractContextManager[Keys]":
    from rag.wiring import open_keys

    return open_keys(settings)


def _open_ingestor(
    settings: "Settings", on_stage: OnStage | None
) -> "AbstractContextManager[Ingesting]":
    from rag.wiring import open_ingestor

    return open_ingestor(settings, on_stage)


def _open_doctor(settings: "Settings", on_stage: OnStage | None) -> "Examining":
    from rag.wiring import open_doctor

    return open_doctor(settings, on_stage)


def _open_transfer(settings: "Settings") -> "Transferring":
    from rag.wiring import open_transfer

    return open_transfer(settings)


def _open_store(settings: "Settings") -> "AbstractContextManager[DocumentStore]":
    from rag.wiring import open_store

    return open_store(settings, create=False)


@dataclass(frozen=True, slots=True)
class Engine:
    """What a surface can open."""

    load_settings: "Callable[[], Settings]" = _load_settings
    open_assistant: "Callable[[Settings], AbstractContextManager[Answering]]" = _open_assistant
    open_conversations: "Callable[[Settings], AbstractContextManager[Conversing]]" = (
        _open_conversations
    )
    open_service: "Callable[[Settings], AbstractContextManager[Service]]" = _open_service
    open_feedback: "Callable[[Settings], AbstractContextManager[FeedbackStores]]" = _open_feedback
    open_keys: "Callable[[Settings], AbstractContextManager[Keys]]" = _open_keys
    open_ingestor: "Callable[[Settings, OnStage | None], AbstractContextManager[Ingesting]]" = (
        _open_ingestor
    )
    open_store: "Callable[[Settings], AbstractContextManager[DocumentStore]]" = _open_store
    open_transfer: "Callable[[Settings], Transferring]" = _open_transfer
    open_doctor: "Callable[[Settings, OnStage | None], Examining]" = _open_doctor
