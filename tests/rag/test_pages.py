"""Pictures of pages and boxes of quotes, from the files of a real ingest."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from embeddings.hashing import HashingEncoder
from rag.errors import PageMissing, SourceGone, UnknownDocument
from rag.ingest.parsers.registry import container_for, parser_for
from rag.pages import Pages
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.wiring import ingestor_over

FORMATS = Path("tests/data/formats")
QUOTE = "Three new cranes were ordered from Norway."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    docs = tmp_path_factory.mktemp("pages") / "docs"
    docs.mkdir()
    for name in ("ferries.pdf", "news.html"):
        shutil.copy(FORMATS / name, docs)
    with ZipFile(docs / "more.zip", "w") as archive:
        archive.write(FORMATS / "harbour.pdf", "inner/harbour.pdf")
    return docs


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[SqliteStore]:
    settings = Settings(data_dir=folder.parent / "data")
    with SqliteStore.open(settings.data_dir / DATABASE_NAME, create=True) as store:
        ingestor_over(
            store,
            settings,
            parser_for,
            container_for=container_for,
            encoder=HashingEncoder(),
            refresh_index=lambda: None,
        ).sync([folder])
        yield store


@pytest.fixture(scope="module")
def pages(store: SqliteStore) -> Iterator[Pages]:
    with Pages(store, None, 10_000_000, memory_bytes=2**30) as pages:
        yield pages


def id_of(store: SqliteStore, path: str) -> str:
    (root,) = store.roots()
    document_id = store.files(root.id)[path].document_id
    assert document_id is not None
    return document_id


def test_a_page_is_shown_and_a_quote_is_found_on_it(pages: Pages, store: SqliteStore) -> None:
    document_id = id_of(store, "ferries.pdf")
    assert pages.picture(document_id, 1, 400).startswith(b"\x89PNG")
    start = store.document_text(document_id).index(QUOTE)
    found = pages.boxes(document_id, start, start + len(QUOTE))
    assert (found.page_count, [each.page for each in found.pages]) == (1, [1])
    assert len(found.pages[0].boxes) == 1


@pytest.mark.parametrize("page", [0, 2, -1])
def test_a_page_that_is_not_there_is_refused(pages: Pages, store: SqliteStore, page: int) -> None:
    with pytest.raises(PageMissing, match=r"'ferries\.pdf' has 1"):
        pages.picture(id_of(store, "ferries.pdf"), page, 400)


def test_a_document_without_pages_has_none_to_show(pages: Pages, store: SqliteStore) -> None:
    with pytest.raises(PageMissing, match=r"'news\.html' has no pages"):
        pages.picture(id_of(store, "news.html"), 1, 400)
    with pytest.raises(PageMissing, match=r"'news\.html' has no pages"):
        pages.boxes(id_of(store, "news.html"), 0, 5)
    with pytest.raises(UnknownDocument):
        pages.picture("doc_none", 1, 400)


def test_a_file_inside_another_is_not_shown(pages: Pages, store: SqliteStore) -> None:
    with pytest.raises(SourceGone, match="lies inside another file"):
        pages.picture(id_of(store, "more.zip/inner/harbour.pdf"), 1, 400)


def test_a_file_that_changed_or_went_is_not_shown(
    pages: Pages, store: SqliteStore, folder: Path
) -> None:
    document_id, file = id_of(store, "ferries.pdf"), folder / "ferries.pdf"
    data = file.read_bytes()
    file.write_bytes(data + b"\n")
    with pytest.raises(SourceGone, match="has changed since it was read"):
        pages.picture(document_id, 1, 400)
    file.unlink()
    with pytest.raises(SourceGone, match="gone"):
        pages.boxes(document_id, 0, 5)
    file.write_bytes(data)
    os.utime(file)
    assert pages.picture(document_id, 1, 400)


def test_a_page_that_takes_too_long_costs_its_answer_only(store: SqliteStore) -> None:
    document_id = id_of(store, "ferries.pdf")
    with Pages(store, None, 10_000_000, memory_bytes=2**30, timeout_s=0.01) as hurried:
        for _ in range(2):
            with pytest.raises(SourceGone, match=r"took longer than 0\.01 s"):
                hurried.picture(document_id, 1, 3000)


def test_only_a_part_of_a_long_span_is_looked_for(pages: Pages, store: SqliteStore) -> None:
    found = pages.boxes(id_of(store, "ferries.pdf"), 0, 10**9)
    assert len(found.pages) == 1
