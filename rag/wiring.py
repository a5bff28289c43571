"""Puts the engine together: the only module that picks concrete classes.

Each `open_…` imports what it needs and no more, so that an ingest that finds nothing changed loads
neither model nor index.
"""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from embeddings.errors import QuothError
from rag.errors import ReaderError
from rag.settings import Settings
from rag.store.base import Generation
from rag.store.sqlite import DATABASE_NAME, SqliteStore

if TYPE_CHECKING:
    from embeddings.base import Encoder
    from embeddings.queued import QueuedEncoder
    from rag.answering.generation import AnswerGeneration
    from rag.assistant import Assistant
    from rag.conversations import Conversations
    from rag.doctor.doctor import Doctor
    from rag.index.local import LocalIndex
    from rag.ingest.pdf.options import OcrOptions
    from rag.ingest.plan import ContainerFor, ParserFor
    from rag.ingest.sync import Ingestor
    from rag.keys import Keys
    from rag.reading.passages import PassageReader
    from rag.service import Service
    from rag.store.conversations_base import ConversationStore
    from rag.store.feedback_base import FeedbackStore
    from rag.store.sqlite_conversations import SqliteConversations
    from rag.transfer import Transfer

logger = logging.getLogger(__name__)

OnStage = Callable[[str], None]


def open_store(settings: Settings, *, create: bool) -> SqliteStore:
    """The store in the data folder.

    Raises:
        NothingIndexed: There is none, and none is to be made.
        StoreError: It cannot be opened.
    """
    store = SqliteStore.open(settings.data_dir / DATABASE_NAME, create=create)
    try:
        _follow_data_folder(store, settings.data_dir)
    except BaseException:
        store.close()
        raise
    return store


def _follow_data_folder(store: SqliteStore, data_dir: Path) -> None:
    """Uploads are found where the data folder is now."""
    managed = next((root for root in store.roots() if root.managed), None)
    if managed is None:
        return
    from rag.upload_files import managed_folder

    store.managed_root(str(managed_folder(data_dir)))


def open_encoder(
    settings: Settings, on_stage: OnStage | None = None, *, for_documents: bool = False
) -> "Encoder":
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
        for_documents=for_documents,
        on_stage=on_stage,
    )


def open_assistant(settings: Settings) -> "Assistant":
    """Everything that answering needs, ready; close it in the end.

    Raises:
        NothingIndexed: Nothing was ingested yet.
        StoreError, EmbeddingError, ReaderError: The store or a model cannot be used.
    """
    assistant, _, _ = _assistant_over(open_store(settings, create=False), settings)
    return assistant


@contextmanager
def open_conversations(settings: Settings) -> Iterator["Conversations"]:
    """Conversations with an assistant; those that are kept for too long are removed first.

    Raises:
        NothingIndexed, StoreError, EmbeddingError, ReaderError: As in `open_assistant`.
    """
    from rag.conversations import Conversations

    store = open_store(settings, create=False)
    assistant, _, _ = _assistant_over(store, settings)
    with assistant:
        yield Conversations(assistant, _kept_conversations(store, settings))


@contextmanager
def open_service(settings: Settings) -> Iterator["Service"]:
    """Everything that a server works with; the store is made where there is none.

    Before anything is ingested `assistant.ask` raises NothingIndexed; what another process ingests,
    or somebody uploads, is found from then on.

    Raises:
        StoreError, EmbeddingError, ReaderError: The store or a model cannot be used.
    """
    from rag.conversations import Conversations
    from rag.ingest.parsers.registry import PARSERS, container_for, parsers_reading_pictures
    from rag.keys import Keys
    from rag.pages import Pages
    from rag.service import Service
    from rag.uploads import Uploads

    ocr = _ocr_options(settings)
    parser_for = parsers_reading_pictures(ocr)

    store = open_store(settings, create=True)
    assistant, index, encoder = _assistant_over(store, settings)
    pages = Pages(store, ocr, settings.max_file_bytes, memory_bytes=settings.parse_memory_bytes)
    with assistant, pages:
        # The assistant's index catches up by itself; writing it anew for each upload would take
        # longer the larger it is.
        ingestor = ingestor_over(
            store,
            settings,
            parser_for,
            container_for=container_for,
            encoder=encoder,
            refresh_index=index.open,
        )
        before = store.revision()
        yield Service(
            assistant=assistant,
            encoder=encoder,
            conversations=Conversations(assistant, _kept_conversations(store, settings)),
            documents=store,
            pages=pages,
            feedback=store.feedback(),
            keys=Keys(store.keys()),
            slack=store.slack(),
            uploads=Uploads(
                store,
                ingestor,
                data_dir=settings.data_dir,
                parser_for=parser_for,
                suffixes=sorted(suffix for parser in PARSERS for suffix in parser.suffixes),
                max_bytes=min(settings.max_upload_bytes, settings.max_file_bytes),
            ),
        )
        with suppress(QuothError):  # what is not written now is read from the store next time
            if store.revision() != before:
                index.refresh()


@contextmanager
def open_keys(settings: Settings) -> Iterator["Keys"]:
    """The API's keys alone; the store is made where there is none.

    Raises:
        StoreError: The store cannot be opened or made.
    """
    from rag.keys import Keys

    with open_store(settings, create=True) as store:
        yield Keys(store.keys())


@contextmanager
def open_feedback(settings: Settings) -> Iterator["tuple[FeedbackStore, ConversationStore]"]:
    """What people thought of answers, and the conversations that these were given in.

    Raises:
        NothingIndexed: There is no store.
        StoreError: It cannot be opened.
    """
    with open_store(settings, create=False) as store:
        yield store.feedback(), store.conversations()


def _kept_conversations(store: SqliteStore, settings: Settings) -> "SqliteConversations":
    """The conversations without those that were kept for too long."""
    kept = store.conversations()
    if settings.conversation_days:
        kept.purge_older_than(settings.conversation_days)
    return kept


def _assistant_over(
    store: SqliteStore, settings: Settings
) -> "tuple[Assistant, LocalIndex, QueuedEncoder]":
    """An assistant that closes the store in the end, and its parts; a failure closes it too."""
    try:
        generation = _generation(settings)
        from embeddings.loading import import_runtime

        import_runtime(settings.encoder)
        # Loading the models now is mostly work outside Python: the rest is imported meanwhile.
        with ThreadPoolExecutor(2, "model") as executor:
            encoder = executor.submit(_warm_encoder, settings)
            reader = executor.submit(open_reader, settings)
            from embeddings.queued import QueuedEncoder
            from rag.assistant import Assistant
            from rag.index.local import LocalIndex

            index = LocalIndex(_index_folder(settings), store)
            index.open()
            loaded = QueuedEncoder(encoder.result())
            assistant = Assistant(
                store,
                index,
                loaded,
                evidence_tokens=settings.evidence_tokens,
                level=settings.abstention,
                generation=generation,
                load_encoder=lambda made_with: _encoder_of(made_with, settings),
                reader=reader.result(),
            )
            return assistant, index, loaded
    except BaseException:
        store.close()
        raise


def open_reader(settings: Settings, folder: Path | None = None) -> "PassageReader | None":
    """What reads passages; None where that is switched off, or cannot be done and need not.

    Args:
        settings: The settings in force.
        folder: Of the weights; None: those that Quoth ships with.

    Raises:
        ReaderError: It was asked for, and cannot be used.
    """
    if settings.reader == "off":
        return None
    from rag.reading.loading import MODEL_FOLDER, has_reader, load_reader
    from rag.reading.passages import PassageReader

    folder = folder or MODEL_FOLDER
    if settings.reader == "auto" and not has_reader(folder):
        return None
    try:
        return PassageReader(load_reader(settings.cache_dir, folder))
    except ReaderError as exc:
        if settings.reader == "on":
            raise
        logger.warning("%s Answers go without it.", exc.message)
        return None


def _encoder_of(generation: Generation, settings: Settings) -> "QueuedEncoder | None":
    """The encoder that a generation was made with; None where it is not here."""
    from embeddings.errors import EmbeddingError
    from embeddings.loading import load_encoder
    from embeddings.queued import QueuedEncoder

    for kind in dict.fromkeys((settings.encoder, "compiled", "reference")):
        with suppress(EmbeddingError):
            encoder = load_encoder(
                generation.model, kind=kind, cache_dir=settings.cache_dir, device=settings.device
            )
            if encoder.fingerprint == generation.fingerprint:
                return QueuedEncoder(encoder)
    return None


def open_doctor(settings: Settings, on_stage: OnStage | None = None) -> "Doctor":
    """What examines and mends the index; nothing is opened before it is asked to."""
    from embeddings.base import Encoder
    from rag.doctor.doctor import Doctor, Tools
    from rag.ingest.embedding import DocumentSplitter

    def make_chunker(encoder: Encoder) -> DocumentSplitter:
        from rag.ingest.chunker import Chunker

        return Chunker(encoder, settings.chunk_tokens)

    return Doctor(
        Tools(
            settings=settings,
            database=settings.data_dir / DATABASE_NAME,
            index_dir=_index_folder(settings),
            migrate=lambda: open_store(settings, create=False).close(),
            open_ingestor=lambda: open_ingestor(settings, on_stage),
            refresh_index=lambda: _write_index(settings),
            wanted=lambda: wanted_generation(settings),
            load_encoder=cache(lambda: open_encoder(settings, on_stage)),
            make_chunker=make_chunker,
            language_model=_trial_of_the_model(settings),
            reader=None if settings.reader == "off" else lambda: _trial_of_the_reader(settings),
        )
    )


def _generation(settings: Settings) -> "AnswerGeneration | None":
    """How a language model writes answers, its client imported meanwhile; None where none does."""
    if settings.llm_base_url is None and settings.llm_model is None:
        return None
    from rag.llm.building import generation_of

    generation = generation_of(settings)
    if generation is not None:
        Thread(target=generation.prepare, name="language-model", daemon=True).start()
    return generation


def _trial_of_the_model(settings: Settings) -> Callable[[], str] | None:
    if settings.llm_base_url is None and settings.llm_model is None:
        return None
    from rag.llm.checking import check_connection

    return lambda: check_connection(settings)


def _trial_of_the_reader(settings: Settings) -> str:
    from rag.reading.loading import has_reader

    if settings.reader == "auto" and not has_reader():
        return "Its weights are not installed; answers are those of the search alone."
    reader = open_reader(settings.model_copy(update={"reader": "on"}))
    if reader is not None:
        reader.close()
    return "It can be used; its weights are the ones that were promised."


@contextmanager
def open_ingestor(settings: Settings, on_stage: OnStage | None = None) -> Iterator["Ingestor"]:
    """What keeps the store equal to folders.

    Raises:
        StoreError: The store cannot be opened or made.
    """
    from rag.ingest.parsers.registry import container_for, parsers_reading_pictures

    parser_for = parsers_reading_pictures(_ocr_options(settings))
    with open_store(settings, create=True) as store:
        yield ingestor_over(store, settings, parser_for, on_stage, container_for=container_for)


def _ocr_options(settings: Settings) -> "OcrOptions | None":
    from rag.ingest.pdf.options import OcrOptions

    if not settings.ocr:
        return None
    # Some of the time that reading a file may take is left for what is no picture.
    return OcrOptions(settings.ocr_languages, 0.8 * settings.parse_timeout_s)


def ingestor_over(
    store: SqliteStore,
    settings: Settings,
    parser_for: "ParserFor",
    on_stage: OnStage | None = None,
    *,
    container_for: "ContainerFor | None" = None,
    encoder: "Encoder | None" = None,
    refresh_index: Callable[[], None] | None = None,
) -> "Ingestor":
    """An ingestor into an open store that reads files with the parsers given.

    Args:
        store: Where documents go.
        settings: The settings in force.
        parser_for: The parser for a file, by its name.
        on_stage: Told of what takes seconds.
        container_for: What reads the files inside a file, by its name; None for nothing.
        encoder: One that is loaded already; None loads one when it is needed.
        refresh_index: Called after a change; None writes the index's files, unless so little
            changed that the next search makes it up as quickly.
    """
    from rag.ingest.embedding import DocumentSplitter
    from rag.ingest.parsing.tasks import ParseLimits
    from rag.ingest.plan import no_container
    from rag.ingest.sync import Ingestor

    def make_chunker(loaded: "Encoder") -> DocumentSplitter:
        from rag.ingest.chunker import Chunker

        return Chunker(loaded, settings.chunk_tokens)

    def write_index() -> None:
        from rag.index.written import is_nearly_current

        if not is_nearly_current(_index_folder(settings), store):
            from rag.index.local import LocalIndex

            LocalIndex(_index_folder(settings), store).refresh()

    return Ingestor(
        store,
        load_encoder=lambda: encoder or open_encoder(settings, on_stage, for_documents=True),
        identity=lambda: wanted_generation(settings, encoder),
        make_chunker=make_chunker,
        parser_for=parser_for,
        data_dir=settings.data_dir,
        max_file_bytes=settings.max_file_bytes,
        refresh_index=refresh_index or write_index,
        container_for=container_for or no_container,
        limits=ParseLimits(
            settings.parse_timeout_s, settings.parse_memory_bytes, settings.parse_workers
        ),
    )


def open_transfer(settings: Settings) -> "Transfer":
    """What exports and imports the index; nothing is opened before it is asked to."""
    from importlib.metadata import version

    from rag.transfer import Transfer

    return Transfer(
        data_dir=settings.data_dir,
        database=settings.data_dir / DATABASE_NAME,
        index_dir=_index_folder(settings),
        version=version("quoth"),
        migrate=lambda: open_store(settings, create=False).close(),
        refresh_index=lambda: _write_index(settings),
    )


def _write_index(settings: Settings) -> None:
    """Brings the index's files up to date; there may be nothing to index yet."""
    from rag.index.local import LocalIndex

    with open_store(settings, create=False) as store:
        if store.generation() is not None:
            LocalIndex(_index_folder(settings), store).refresh()


def wanted_generation(settings: Settings, encoder: "Encoder | None" = None) -> Generation:
    """What the settings want all vectors to have in common; cheap: no model is loaded.

    Args:
        settings: The settings in force.
        encoder: One that is loaded already.
    """
    from embeddings.loading import encoder_identity
    from rag.ingest.embedding import chunker_version

    wanted = encoder or encoder_identity(
        settings.model,
        kind=settings.encoder,
        cache_dir=settings.cache_dir,
        device=settings.device,
    )
    return Generation(
        wanted.name, wanted.fingerprint, wanted.dimension, chunker_version(settings.chunk_tokens)
    )


def _warm_encoder(settings: Settings) -> "Encoder":
    encoder = open_encoder(settings)
    encoder.encode_query("")
    return encoder


def _index_folder(settings: Settings) -> Path:
    return settings.data_dir / "index"
