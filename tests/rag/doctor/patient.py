"""A whole index that needs no model, and a doctor for it."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rag.doctor.base import Check, DoctorReport
from rag.doctor.doctor import Doctor, Tools
from rag.index.local import LocalIndex
from rag.ingest.sync import Ingestor
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.upload_files import managed_folder
from tests.rag.ingest.small_ingest import (
    LONG_AGO_NS,
    CountingEncoder,
    SmallIngest,
    generation_of,
)

TEXTS = {
    "alpha.txt": "Alpha sails at dawn.\nThe harbour is cold.\nNobody waves.",
    "beta.txt": "Beta counts the crates.\nThere are nine of them.",
    "inner/gamma.txt": "Gamma keeps the keys.\nShe never lends them.\nShe has two.\nOne is lost.",
}


@dataclass
class Patient:
    """An index in `data`, of the folder `docs`."""

    folder: Path
    encoder: CountingEncoder = field(default_factory=CountingEncoder)
    reader: Callable[[], str] | None = None

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def docs(self) -> Path:
        return self.folder / "docs"

    @property
    def database(self) -> Path:
        return self.data_dir / DATABASE_NAME

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"

    @property
    def doctor(self) -> Doctor:
        return Doctor(
            Tools(
                settings=Settings(data_dir=self.data_dir),
                database=self.database,
                index_dir=self.index_dir,
                migrate=lambda: self.open_store().close(),
                open_ingestor=self.open_ingestor,
                refresh_index=self.refresh_index,
                wanted=lambda: generation_of(self.encoder, SmallIngest.chunker),
                load_encoder=lambda: self.encoder,
                make_chunker=lambda _: SmallIngest.chunker,
                language_model=None,
                reader=self.reader,
            )
        )

    def write(self, path: str, text: str) -> Path:
        file = self.docs / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(LONG_AGO_NS, LONG_AGO_NS))
        return file

    def open_store(self) -> SqliteStore:
        store = SqliteStore.open(self.database, create=True)
        if any(root.managed for root in store.roots()):
            store.managed_root(str(managed_folder(self.data_dir)))
        return store

    @contextlib.contextmanager
    def open_ingestor(self) -> Iterator[Ingestor]:
        with self.open_store() as store:
            yield SmallIngest(self.data_dir, self.docs, store, self.encoder).ingestor

    def ingest(self) -> None:
        with self.open_ingestor() as ingestor:
            ingestor.sync([self.docs])
        self.refresh_index()

    def refresh_index(self) -> None:
        with self.open_store() as store:
            LocalIndex(self.index_dir, store).refresh()

    def execute(self, sql: str, *parameters: object) -> None:
        """Changes the database behind the store's back."""
        with contextlib.closing(sqlite3.connect(self.database)) as db, db:
            assert db.execute(sql, parameters).rowcount, sql

    def contents(self) -> dict[str, object]:
        """Everything that must be as in a fresh index; ids of chunks are left out."""
        with self.open_store() as store:
            rows = {row.chunk_id: row for row in store.rows_after(0)}
            found = store.chunks(list(rows))
            sentences = store.sentence_vectors(list(rows))
            chunks = sorted(
                (
                    document.paths,
                    chunk.ordinal,
                    (chunk.start, chunk.end, chunk.first_line, chunk.last_line),
                    chunk.text,
                    chunk.sentences,
                    rows[chunk.id].vector.tobytes(),
                    sentences[chunk.id].tobytes(),
                )
                for chunk, document in found.values()
            )
            texts = {d.uri: store.document_text(d.id) for _, d in found.values()}
            paths = sorted(path for root in store.roots() for path in store.files(root.id))
        return {"chunks": chunks, "texts": texts, "paths": paths}


def wrong(report: DoctorReport) -> dict[str, Check]:
    """The checks that found something."""
    return {check.name: check for check in report.checks if not check.ok}


def make_patient(folder: Path, texts: Mapping[str, str] = TEXTS) -> Patient:
    """A healthy one."""
    patient = Patient(folder)
    for path, text in texts.items():
        patient.write(path, text)
    patient.ingest()
    return patient
