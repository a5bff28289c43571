"""Mends documents whose chunks or vectors are not as they should be.

The file is the better witness: where it still has the bytes that were indexed, the document is read
from it anew. Else it is split and encoded again from the text in the store, in one transaction, so
that a server finds the old or the new. Nothing is removed before the model is loaded.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from rag.doctor.base import Findings, OnProgress, Progress, counted, some
from rag.doctor.files import holds_what_was_indexed
from rag.errors import IndexMismatch, StoreError
from rag.ingest.embedding import Embedder
from rag.store import mending
from rag.store.base import Generation
from rag.store.connections import Connections
from rag.store.reader import SqliteReader

if TYPE_CHECKING:
    from rag.doctor.doctor import Tools


def mend_documents(
    connections: Connections, tools: "Tools", findings: Findings, on_progress: OnProgress
) -> str:
    """Reads again from files or splits again from the store what the checks found.

    Raises:
        IndexMismatch: The settings ask for another index.
        StoreError: Documents have neither text nor file; the others were mended.
    """
    store = SqliteReader(connections)
    generation = store.generation()
    wanted = tools.wanted()
    if generation is None or not generation.matches(wanted):
        raise IndexMismatch(
            "The settings ask for another model or chunk size than the index was made with.",
            hint="Run `quoth ingest`: it builds everything anew.",
        )
    embedder = Embedder(tools.load_encoder, tools.make_chunker, generation)
    embedder.load()
    damaged = findings.documents | findings.missing_texts
    from_files = {each for each in damaged if _has_its_file(store, each)}
    from_store = sorted(damaged - from_files - findings.missing_texts)
    lost = sorted(findings.missing_texts - from_files)
    for done, document_id in enumerate(from_store):
        on_progress(Progress("splitting again", done, len(from_store)))
        _split_again(connections, embedder, generation, document_id)
    if from_files:
        _read_again(connections, tools, from_files)
    said = (
        f"{counted(len(from_files), 'document')} read again from their files, "
        f"{len(from_store):,} split again from the store."
    )
    if lost:
        raise StoreError(
            f"{said} {counted(len(lost), 'document')} have neither text nor file: {some(lost)}.",
            hint="Restore their files and run `quoth ingest`.",
        )
    return said


def _has_its_file(store: SqliteReader, document_id: str) -> bool:
    return any(holds_what_was_indexed(root, record) for root, record in store.sources(document_id))


def _split_again(
    connections: Connections, embedder: Embedder, generation: Generation, document_id: str
) -> None:
    found = SqliteReader(connections).parsed(document_id)
    if found is None:
        return
    _, parsed = found
    (chunks,) = embedder.encode([(parsed, embedder.split(parsed))])
    with connections.writing() as db:
        mending.replace_chunks(db, generation.id, document_id, chunks)


def _read_again(connections: Connections, tools: "Tools", document_ids: set[str]) -> None:
    roots = {root.id: root for root in SqliteReader(connections).roots()}
    with connections.writing() as db:
        files = mending.drop_documents(db, document_ids)
    paths = [
        Path(roots[root_id].path) if roots[root_id].is_file else Path(roots[root_id].path) / path
        for root_id, path in files
        if not roots[root_id].away
    ]
    with tools.open_ingestor() as ingestor:
        ingestor.sync_locked([path for path in paths if path.exists()])
