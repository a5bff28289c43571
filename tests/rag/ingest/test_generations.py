"""A new generation that cannot be finished leaves the old one, which goes on answering."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rag.errors import DiskFull
from rag.store.sqlite import DATABASE_NAME
from tests.rag.ingest.small_ingest import (
    CountingEncoder,
    ParagraphChunker,
    SmallIngest,
    open_small_ingest,
)

MANY = 60


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallIngest]:
    small = open_small_ingest(tmp_path)
    for number in range(MANY):
        small.write(f"{number}.txt", f"Line one of {number}.\nLine two.\n" * 20)
    small.ingestor.sync([small.docs])
    yield small
    small.store.close()


def serving(small: SmallIngest) -> str:
    generation = small.store.generation()
    assert generation is not None
    return generation.chunker


def limit_pages(small: SmallIngest, pages: int) -> None:
    """A disk that has room for so many pages; SQLite tells a full one in the same way."""
    with small.store._connections.writing() as db:  # type: ignore[attr-defined]
        there = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {there + pages}")


def test_a_full_disk_in_the_middle_leaves_the_old_generation_and_the_next_run_goes_on(
    small: SmallIngest,
):
    before = small.texts()
    small.chunker = ParagraphChunker("paragraphs-2")
    limit_pages(small, 20)
    with pytest.raises(DiskFull):
        small.ingestor.sync(None)
    assert serving(small) == "paragraphs-1"
    assert small.texts() == before
    limit_pages(small, 10**6)
    small.ingestor.sync(None)
    assert serving(small) == "paragraphs-2"
    assert small.texts() == before


def test_an_encoder_that_fails_in_the_middle_leaves_the_old_generation(small: SmallIngest):
    before = small.texts()
    small.encoder = CountingEncoder(32)

    def fail() -> None:
        if len(small.encoder.texts) > len(before) // 2:
            raise RuntimeError("out of memory")

    small.encoder.on_encode = fail
    with pytest.raises(RuntimeError):
        small.ingestor.sync(None)
    generation = small.store.generation()
    assert generation is not None and generation.dimension == 64
    assert small.texts() == before
    encoded = len(small.encoder.texts)
    small.encoder.on_encode = lambda: None
    small.ingestor.sync(None)
    generation = small.store.generation()
    assert generation is not None and generation.dimension == 32
    assert small.texts() == before
    assert len(small.encoder.texts) - encoded < len(before)  # what was done is not done again


def test_nothing_of_the_old_generation_is_left_after_the_switch(small: SmallIngest):
    small.chunker = ParagraphChunker("paragraphs-2")
    small.ingestor.sync(None)
    with closing(sqlite3.connect(small.data_dir / DATABASE_NAME)) as db:
        for table in ("generations", "chunks", "chunked"):
            column = "id" if table == "generations" else "generation_id"
            assert db.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall() == [(2,)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
