"""Puts the engine together: the only module that picks concrete classes.

Each `open_…` imports what it needs and no more, so that an ingest that finds nothing changed loads
neither model nor index.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.settings import Settings
from rag.store.base import Generation
from rag.store.sqlite import DATABASE_NAME, SqliteStore

if TYPE_CHECKING:
    from embeddings.base import Encoder
    from rag.assistant import Assistant
    from rag.conversations import Conversations
    from rag.ingest.plan import ParserFor
    from rag.ingest.sync import Ingestor

OnStage = Callable[[str], None]


def open_store(settings: Settings, *, create: bool) -> SqliteStore:
    """The store in the data folder.

    Raises:
        NothingIndexed: There is none, and none is to be made.
        StoreError: It cannot be opened.
    """
    return SqliteStore.open(settings.data_dir / DATABASE_NAME, create=create)


def open_encoder(settings: Settings, on_stage: OnStage | None = None) -> "Encoder":
    """The encoder that the settings name, compiled on first use; `on_stage` is told of that.

    Raises:
        EmbeddingError: There is none, or it cannot be used.
    """
    from embeddings.loading import load_encoder

    return load_encoder(
        settings.model,
        kind=settings.encoder,
        cache_dir=settings.cache_dir,
        device=settings.device,
        on_stage=on_stage,
    )


def open_assistant(settings: Settings) -> "Assistant":
    """Everything that answering needs, ready; close it in the end.

    Raises:
        NothingIndexed: Nothing was ingested yet.
        StoreError, EmbeddingError: The store or the model cannot be used.
    """
    return _assistant_over(open_store(settings, create=False), settings)


@contextmanager
def open_conversations(settings: Settings) -> Iterator["Conversations"]:
    """Conversations with an assistant; those that are kept for too long are removed first.

    Raises:
        NothingIndexed, StoreError, EmbeddingError: As in `open_assistant`.
    """
    from rag.conversations import Conversations

    store = open_store(settings, create=False)
    with _assistant_over(store, settings) as assistant:
        kept = store.conversations()
        if settings.conversation_days:
            kept.purge_older_than(settings.conversation_days)
        yield Conversations(assistant, kept)


def _assistant_over(store: SqliteStore, settings: Settings) -> "Assistant":
    """An assistant that closes the store in the end; a failure closes it too."""
    try:
        from embeddings.loading import import_runtime

        import_runtime(settings.encoder)
        # Loading the model now is mostly work outside Python: the rest is imported meanwhile.
        with ThreadPoolExecutor(1, "encoder") as executor:
            encoder = executor.submit(_warm_encoder, settings)
            from rag.assistant import Assistant
            from rag.index.local import LocalIndex

            index = LocalIndex(_index_folder(settings), store)
            index.open()
            return Assistant(
                store,
                index,
                encoder.result(),
                evidence_tokens=settings.evidence_tokens,
                level=settings.abstention,
            )
    except BaseException:
        store.close()
        raise


@contextmanager
def open_ingestor(settings: Settings, on_stage: OnStage | None = None) -> Iterator["Ingestor"]:
    """What keeps the store equal to folders.

    Raises:
        StoreError: The store cannot be opened or made.
    """
    from rag.ingest.parsers.registry import parser_for

    with open_store(settings, create=True) as store:
        yield ingestor_over(store, settings, parser_for, on_stage)


def ingestor_over(
    store: SqliteStore,
    settings: Settings,
    parser_for: "ParserFor",
    on_stage: OnStage | None = None,
) -> "Ingestor":
    """An ingestor into an open store that reads files with the parsers given."""
    from embeddings.loading import encoder_identity
    from rag.ingest.embedding import DocumentSplitter, chunker_version
    from rag.ingest.sync import Ingestor

    def identity() -> Generation:
        encoder = encoder_identity(
            settings.model,
            kind=settings.encoder,
            cache_dir=settings.cache_dir,
            device=settings.device,
        )
        return Generation(
            encoder.name,
            encoder.fingerprint,
            encoder.dimension,
            chunker_version(settings.chunk_tokens),
        )

    def make_chunker(encoder: "Encoder") -> DocumentSplitter:
        from rag.ingest.chunker import Chunker

        return Chunker(encoder, settings.chunk_tokens)

    def refresh_index() -> None:
        from rag.index.local import LocalIndex

        LocalIndex(_index_folder(settings), store).refresh()

    return Ingestor(
        store,
        load_encoder=lambda: open_encoder(settings, on_stage),
        identity=identity,
        make_chunker=make_chunker,
        parser_for=parser_for,
        data_dir=settings.data_dir,
        max_file_bytes=settings.max_file_bytes,
        refresh_index=refresh_index,
    )


def _warm_encoder(settings: Settings) -> "Encoder":
    encoder = open_encoder(settings)
    encoder.encode_query("")
    return encoder


def _index_folder(settings: Settings) -> Path:
    return settings.data_dir / "index"
