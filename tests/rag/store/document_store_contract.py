"""What every document store does. An implementation's test module imports the tests and supplies
the fixture `store`, an empty one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from rag.errors import UnknownDocument
from rag.filters import FULL_ACCESS, NO_FILTERS, Access, DateRange, Filters
from rag.ingest.lines import LineNumbers
from rag.store.base import (
    DocumentEntry,
    DocumentStore,
    EncodedChunk,
    FileRecord,
    Generation,
    NewDocument,
    SyncBatch,
)
from rag.types import ChunkDraft, Heading, ParsedDocument, Place

DIMENSION = 4
FIRST = Generation("model", "print-1", DIMENSION, "chunker-1")
SECOND = Generation("model", "print-2", DIMENSION, "chunker-1")


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def encoded(text: str, ordinal: int = 0, sentences: int = 2) -> EncodedChunk:
    half = len(text) // 2
    spans = ((0, half), (half, len(text)))[:sentences]
    draft = ChunkDraft(ordinal, text, 0, len(text), 1, 1, "A › B", None, None, 3, spans)
    vectors = np.arange(sentences * DIMENSION, dtype=np.int8).reshape(sentences, DIMENSION)
    return EncodedChunk(draft, unit(1, ordinal, 2, 3), vectors)


def document(
    name: str,
    *,
    chunks: int = 1,
    title: str | None = None,
    date: str | None = None,
    metadata: Mapping[str, str] | None = None,
    collection: str = "default",
    media_type: str = "text/plain",
) -> NewDocument:
    parsed = ParsedDocument(
        text=f"text of {name}",
        media_type=media_type,
        title=title,
        date=date,
        headings=(Heading(0, 4, 1, "text"),),
        furniture=((5, 7),),
        page_starts=(0, 5),
        places=(Place(0, 4, "slide 1"), Place(5, 7, "slide 2")),
        metadata=metadata or {},
        warnings=("a guess",),
    )
    parts = tuple(encoded(f"chunk {n} of {name}", n) for n in range(chunks))
    return NewDocument(f"doc_{name}", collection, f"sha-{name}", parsed, parts)


def indexed(path: str, name: str) -> FileRecord:
    return FileRecord(path, 10, 20, f"sha-{name}", f"doc_{name}", "indexed", None, "text/plain;1")


def fill(store: DocumentStore, *documents: NewDocument, paths: Mapping[str, str] | None = None):
    """Stores documents, each under its own name or under the paths given."""
    root = store.add_root("/docs")
    generation = store.open_generation(FIRST)
    records = [indexed(f"{d.id[4:]}.txt", d.id[4:]) for d in documents]
    if paths is not None:
        records = [indexed(path, name) for path, name in paths.items()]
    store.write(SyncBatch(generation.id, documents, {root.id: tuple(records)}))
    return root, generation


def write_text(store: DocumentStore, text: str) -> None:
    """Stores a document with a text, as `doc_x` from x.txt."""
    parsed = ParsedDocument(text, "text/plain")
    root = store.add_root("/docs")
    generation = store.open_generation(FIRST)
    new = NewDocument("doc_x", "default", "sha", parsed, (encoded(text[:100]),))
    store.write(SyncBatch(generation.id, (new,), {root.id: (indexed("x.txt", "x"),)}))


def test_an_empty_store_has_no_generation_and_nothing_in_it(store: DocumentStore):
    assert store.generation() is None
    assert store.revision() == 0
    assert list(store.rows_after(0)) == []
    assert store.chunk_ids().size == 0
    assert store.chunk_ids().dtype == np.int64
    assert store.counts().documents == 0
    assert store.roots() == ()


def test_the_places_of_a_span_are_those_that_it_touches_in_order(store: DocumentStore):
    fill(store, document("a"), document("b"))
    labels = [
        [place.label for place in store.places("doc_a", start, end)]
        for start, end in ((0, 1), (3, 5), (4, 5), (3, 6), (6, 7), (7, 9))
    ]
    assert labels == [["slide 1"], ["slide 1"], [], ["slide 1", "slide 2"], ["slide 2"], []]
    assert store.places("doc_b", 5, 6) == (Place(5, 7, "slide 2"),)
    assert store.places("doc_none", 0, 9) == ()


def test_the_pages_of_a_span_are_the_first_and_the_last_it_touches(store: DocumentStore):
    fill(store, document("a"))
    spans = ((0, 5), (4, 6), (5, 9))
    assert [store.pages("doc_a", *span) for span in spans] == [(1, 1), (1, 2), (2, 2)]
    assert store.pages("doc_none", 0, 1) is None


def test_the_places_of_a_document_go_with_it(store: DocumentStore):
    root, _ = fill(store, document("a"))
    store.forget_root(root.id)
    assert store.places("doc_a", 0, 9) == ()


def test_the_first_generation_serves_from_the_start(store: DocumentStore):
    opened = store.open_generation(FIRST)
    assert opened.id >= 1
    assert store.generation() == opened


def test_a_generation_that_matches_is_opened_again(store: DocumentStore):
    assert store.open_generation(FIRST) == store.open_generation(FIRST)


def test_a_stored_chunk_comes_back_with_its_document(store: DocumentStore):
    new = document("a", title="Title", date="2025-06-16", metadata={"encoding": "utf-8"})
    fill(store, new)
    (chunk_id,) = store.chunk_ids().tolist()
    chunk, owner = store.chunks([chunk_id])[chunk_id]
    draft = new.chunks[0].draft
    assert chunk.id == chunk_id
    assert chunk.document_id == owner.id == "doc_a"
    assert chunk.sentences == draft.sentences
    assert (chunk.text, chunk.start, chunk.end) == (draft.text, draft.start, draft.end)
    assert (chunk.heading, chunk.tokens, chunk.first_page) == ("A › B", 3, None)
    assert owner.title == "Title"
    assert owner.date == "2025-06-16"
    assert owner.metadata == {"encoding": "utf-8"}
    assert owner == store.document("doc_a")


def test_chunks_come_in_the_order_of_the_ids_and_leave_out_unknown_ones(store: DocumentStore):
    fill(store, document("a", chunks=3))
    first, second, third = store.chunk_ids().tolist()
    assert list(store.chunks([third, 999, first])) == [third, first]
    assert store.chunks([]) == {}
    assert second in store.chunks([second])


def test_the_title_falls_back_to_the_file_name(store: DocumentStore):
    fill(store, document("a"), paths={"hr/leave.policy.txt": "a"})
    assert store.document("doc_a").title == "leave.policy"


def test_a_document_names_every_file_that_holds_it(store: DocumentStore):
    fill(store, document("a"), paths={"z/copy.txt": "a", "b.txt": "a"})
    found = store.document("doc_a")
    assert found.uri == "b.txt"
    assert found.paths == ("b.txt", "z/copy.txt")
    assert found.path is not None
    assert found.path.endswith("b.txt")


def test_the_path_of_a_root_that_is_a_file_is_the_root(store: DocumentStore):
    root = store.add_root("/docs/a.txt", is_file=True)
    generation = store.open_generation(FIRST)
    files = {root.id: (indexed("a.txt", "a"),)}
    store.write(SyncBatch(generation.id, (document("a"),), files))
    assert store.document("doc_a").path == "/docs/a.txt"


def test_the_text_of_a_document_comes_back_whole(store: DocumentStore):
    fill(store, document("a"))
    assert store.document_text("doc_a") == "text of a"


def test_text_with_nul_and_astral_characters_comes_back_unchanged(store: DocumentStore):
    text = "a\0b\r\n\N{GRINNING FACE}\u2028c"
    write_text(store, text)
    assert store.document_text("doc_x") == text
    assert next(iter(store.rows_after(0))).text == text


def test_any_span_of_a_long_text_can_be_read_with_its_lines(store: DocumentStore):
    """Line ends of each kind stand at every millionth character, where a store may cut a text."""
    paragraph = "One line.\r\nAnother — of them.\rA third\n"
    text = (paragraph * 100_000)[: 3 * 2**20]
    text = text[: 2**20 - 1] + "\r\n" + text[2**20 + 1 :]
    write_text(store, text)
    lines = LineNumbers(text)
    assert store.document_text("doc_x") == text
    assert store.text_length("doc_x") == len(text)
    for start in (0, 5, 2**20 - 2, 2**20 - 1, 2**20, 2**20 + 1, 2**21 - 9, 2**21, len(text) - 40):
        for end in (start, start + 1, start + 30, min(start + 2**20 + 50, len(text))):
            assert store.text_span("doc_x", start, end) == text[start:end]
            found = lines.of(start), lines.of(max(start, end - 1))
            assert store.line_span("doc_x", start, end) == found
    parsed = next(parsed for _, parsed in store.documents_outside(0))
    assert parsed.text == text


def test_a_long_text_goes_with_its_document(store: DocumentStore):
    text = "A line.\n" * 200_000
    write_text(store, text)
    drop = {root.id: ("x.txt",) for root in store.roots()}
    store.write(SyncBatch(store.open_generation(FIRST).id, gone=drop))
    with pytest.raises(UnknownDocument):
        store.text_span("doc_x", 2**20, 2**20 + 1)
    write_text(store, text)
    assert store.document_text("doc_x") == text


def test_an_empty_text_has_one_line(store: DocumentStore):
    write_text(store, "")
    assert store.text_length("doc_x") == 0
    assert store.text_span("doc_x", 0, 0) == ""
    assert store.line_span("doc_x", 0, 0) == (1, 1)


def test_an_unknown_document_is_refused(store: DocumentStore):
    with pytest.raises(UnknownDocument):
        store.text_length("doc_none")
    with pytest.raises(UnknownDocument):
        store.text_span("doc_none", 0, 1)
    with pytest.raises(UnknownDocument):
        store.line_span("doc_none", 0, 1)
    with pytest.raises(UnknownDocument):
        store.document("doc_none")
    with pytest.raises(UnknownDocument):
        store.document_text("doc_none")


def test_vectors_come_back_exactly(store: DocumentStore):
    new = document("a", chunks=2)
    fill(store, new)
    rows = list(store.rows_after(0))
    assert [row.chunk_id for row in rows] == store.chunk_ids().tolist()
    for row, chunk in zip(rows, new.chunks, strict=True):
        assert row.vector.dtype == np.float32
        np.testing.assert_array_equal(row.vector, chunk.vector)


def test_sentence_vectors_come_back_exactly(store: DocumentStore):
    new = document("a")
    fill(store, new)
    (chunk_id,) = store.chunk_ids().tolist()
    found = store.sentence_vectors([chunk_id, 999])
    assert list(found) == [chunk_id]
    np.testing.assert_array_equal(found[chunk_id], new.chunks[0].sentence_vectors)


def test_a_chunk_without_sentences_has_no_sentence_vectors(store: DocumentStore):
    root = store.add_root("/docs")
    generation = store.open_generation(FIRST)
    parsed = ParsedDocument("12", "text/plain")
    new = NewDocument("doc_n", "default", "sha", parsed, (encoded("12", sentences=0),))
    store.write(SyncBatch(generation.id, (new,), {root.id: (indexed("n.txt", "n"),)}))
    (chunk_id,) = store.chunk_ids().tolist()
    assert len(store.sentence_vectors([chunk_id])[chunk_id]) == 0


def test_rows_after_gives_only_what_was_added_since(store: DocumentStore):
    fill(store, document("a"))
    before = store.revision()
    fill(store, document("b"))
    assert store.revision() > before
    assert [row.text for row in store.rows_after(before)] == ["chunk 0 of b"]
    assert [row.title for row in store.rows_after(0)] == [None, None]


def test_writing_the_same_again_changes_nothing(store: DocumentStore):
    fill(store, document("a"))
    before = store.revision()
    fill(store, document("a"))
    assert store.revision() == before
    assert store.counts().chunks == 1


def test_a_new_time_of_a_file_leaves_the_revision(store: DocumentStore):
    root, generation = fill(store, document("a"))
    before = store.revision()
    touched = FileRecord("a.txt", 10, 99, "sha-a", "doc_a", "indexed", None, "text/plain;1")
    store.write(SyncBatch(generation.id, (), {root.id: (touched,)}))
    assert store.revision() == before
    assert store.files(root.id)["a.txt"].mtime_ns == 99


def test_a_move_keeps_the_chunks_and_raises_the_revision(store: DocumentStore):
    root, generation = fill(store, document("a"))
    before, ids = store.revision(), store.chunk_ids().tolist()
    moved = {root.id: (indexed("new/b.txt", "a"),)}
    store.write(SyncBatch(generation.id, (), moved, {root.id: ("a.txt",)}))
    assert store.chunk_ids().tolist() == ids
    assert store.document("doc_a").paths == ("new/b.txt",)
    assert store.revision() > before


def test_a_document_without_a_file_is_removed_with_its_chunks(store: DocumentStore):
    root, generation = fill(store, document("a"), document("b"))
    before = store.revision()
    gone = store.chunk_ids().tolist()[0]
    store.write(SyncBatch(generation.id, gone={root.id: ("a.txt",)}))
    assert store.removed_after(before).tolist() == [gone]
    assert store.removed_after(store.revision()).size == 0
    assert gone not in store.chunks([gone])
    with pytest.raises(UnknownDocument):
        store.document("doc_a")


def test_a_document_stays_while_one_file_holds_it(store: DocumentStore):
    root, generation = fill(store, document("a"), paths={"a.txt": "a", "b.txt": "a"})
    store.write(SyncBatch(generation.id, gone={root.id: ("a.txt",)}))
    assert store.document("doc_a").paths == ("b.txt",)


def test_new_content_of_a_file_removes_the_old_document(store: DocumentStore):
    root, generation = fill(store, document("a"))
    files = {root.id: (indexed("a.txt", "b"),)}
    store.write(SyncBatch(generation.id, (document("b"),), files))
    assert [row.text for row in store.rows_after(0)] == ["chunk 0 of b"]


def test_chunk_ids_are_never_used_twice(store: DocumentStore):
    root, generation = fill(store, document("a"))
    used = store.chunk_ids().tolist()
    store.write(SyncBatch(generation.id, gone={root.id: ("a.txt",)}))
    fill(store, document("a"))
    assert min(store.chunk_ids().tolist()) > max(used)


def test_a_failed_file_is_kept_with_its_reason(store: DocumentStore):
    root, generation = fill(store, document("a"))
    failed = FileRecord("x.txt", 1, 2, None, None, "failed", "It is binary.")
    store.write(SyncBatch(generation.id, files={root.id: (failed,)}))
    assert store.failed_files() == ((root, failed),)
    assert store.files(root.id)["x.txt"] == failed
    assert store.counts().failed == 1


def test_forgetting_a_root_removes_only_what_it_alone_held(store: DocumentStore):
    fill(store, document("a"), document("b"))
    other = store.add_root("/other")
    generation = store.open_generation(FIRST)
    store.write(SyncBatch(generation.id, files={other.id: (indexed("copy.txt", "b"),)}))
    assert store.forget_root(store.add_root("/docs").id) == 1
    assert [root.path for root in store.roots()] == ["/other"]
    assert store.document("doc_b").paths == ("copy.txt",)
    assert store.counts().documents == 1


def test_adding_a_root_again_gives_the_same_root(store: DocumentStore):
    assert store.add_root("/docs") == store.add_root("/docs")


def test_a_root_that_is_absorbed_hands_its_files_over(store: DocumentStore):
    inner, _ = fill(store, document("a"))
    outer = store.add_root("/")
    ids = store.chunk_ids().tolist()
    store.absorb_root(inner.id, outer.id, "docs")
    assert store.roots() == (outer,)
    assert list(store.files(outer.id)) == ["docs/a.txt"]
    assert store.chunk_ids().tolist() == ids


def test_a_second_generation_is_built_beside_the_first(store: DocumentStore):
    _, first = fill(store, document("a"), document("b"))
    second = store.open_generation(SECOND)
    old_ids = store.chunk_ids().tolist()
    found = {stored.id: parsed for stored, parsed in store.documents_outside(second.id)}
    assert list(found) == ["doc_a", "doc_b"]
    assert found["doc_a"] == document("a").parsed
    revision = store.revision()
    store.add_chunks(second.id, "doc_a", (encoded("new a"),))
    assert store.revision() == revision
    assert store.has_document("doc_a", second.id)
    assert not store.has_document("doc_b", second.id)
    assert [stored.id for stored, _ in store.documents_outside(second.id)] == ["doc_b"]
    assert store.generation() == first
    assert store.chunk_ids().tolist() == old_ids


def test_switching_lets_the_new_generation_serve_alone(store: DocumentStore):
    _, first = fill(store, document("a"))
    second = store.open_generation(SECOND)
    old_ids = store.chunk_ids().tolist()
    store.add_chunks(second.id, "doc_a", (encoded("new a"),))
    before = store.revision()
    store.switch_generation(second.id)
    assert store.generation() == second
    assert store.revision() > before
    assert [row.text for row in store.rows_after(0)] == ["new a"]
    assert store.chunks(old_ids) == {}
    assert not store.has_document("doc_a", first.id)


def test_switching_to_the_one_that_serves_alone_changes_nothing(store: DocumentStore):
    _, generation = fill(store, document("a"))
    before = store.revision()
    store.switch_generation(generation.id)
    assert store.revision() == before


def test_a_document_without_chunks_counts_as_there(store: DocumentStore):
    _, generation = fill(store, document("empty", chunks=0))
    assert store.has_document("doc_empty", generation.id)
    assert store.document_text("doc_empty") == "text of empty"


def test_no_filter_and_full_access_match_all(store: DocumentStore):
    assert store.matching_chunk_ids(NO_FILTERS, FULL_ACCESS) is None


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(filename=("*.md",)), "b"),
        (Filters(filename=("hr/*",)), "bc"),
        (Filters(filename=("*.md", "a.txt")), "ab"),
        (Filters(filename=("A.TXT",)), ""),
        (Filters(folder=("hr",)), "bc"),
        (Filters(folder=("hr/old/",)), "c"),
        (Filters(folder=("h",)), ""),
        (Filters(folder=("",)), "abc"),
        (Filters(media_type=("text/markdown",)), "b"),
        (Filters(collection=("secret",)), "c"),
        (Filters(date=DateRange(gte="2025-01-01", lt="2026-01-01")), "a"),
        (Filters(date=DateRange(gt="2025-06-16")), "b"),
        (Filters(date=DateRange()), "ab"),
        (Filters(metadata=(("author", ("Ada", "Bob")),)), "ab"),
        (Filters(metadata=(("author", ("Ada",)), ("year", ("1",)))), ""),
        (Filters(metadata=(('x"]. OR 1 --', ("Ada",)),)), ""),
        (Filters(filename=("' OR 1 --",)), ""),
    ],
)
def test_filters_choose_the_documents(store: DocumentStore, filters: Filters, names: str):
    fill(
        store,
        document("a", date="2025-06-16", metadata={"author": "Ada"}),
        document("b", date="2026-03", metadata={"author": "Bob"}, media_type="text/markdown"),
        document("c", collection="secret"),
        paths={"a.txt": "a", "hr/b.md": "b", "hr/old/c.txt": "c"},
    )
    ids = store.matching_chunk_ids(filters, FULL_ACCESS)
    assert ids is not None
    assert ids.tolist() == sorted(ids.tolist())
    found = store.chunks(ids.tolist()).values()
    assert "".join(sorted(owner.id[4:] for _, owner in found)) == names
    asked = [f"doc_{name}" for name in "abcz"]
    matching = store.matching_documents(asked, filters, FULL_ACCESS)
    assert "".join(sorted(each[4:] for each in matching)) == names


def test_access_hides_other_collections(store: DocumentStore):
    fill(store, document("a"), document("b", collection="secret"))
    seen = store.matching_chunk_ids(NO_FILTERS, Access(("default",)))
    assert seen is not None
    assert [owner.id for _, owner in store.chunks(seen.tolist()).values()] == ["doc_a"]
    nothing = store.matching_chunk_ids(NO_FILTERS, Access(()))
    assert nothing is not None
    assert nothing.size == 0
    asked = ("doc_a", "doc_b", "doc_gone")
    assert store.matching_documents(asked, NO_FILTERS, Access(("default",))) == {"doc_a"}
    assert store.matching_documents(asked, NO_FILTERS, Access(())) == frozenset()
    assert store.matching_documents(asked, NO_FILTERS, FULL_ACCESS) == set(asked)
    assert store.matching_documents((), NO_FILTERS, Access(("default",))) == frozenset()


def names(entries: Iterable[DocumentEntry]) -> str:
    return "".join(entry.document.id[4:] for entry in entries)


def fill_listing(store: DocumentStore) -> None:
    fill(
        store,
        document("a", date="2025-06-16", metadata={"author": "Ada"}),
        document("b", chunks=3, media_type="text/markdown"),
        document("c", collection="secret"),
        document("e", chunks=0),
        paths={"hr/z.txt": "a", "b.md": "b", "ä.txt": "c", "hr/a.txt": "e", "copy/z.txt": "a"},
    )


def test_documents_are_listed_by_their_path(store: DocumentStore):
    fill_listing(store)
    listed = store.documents(NO_FILTERS, FULL_ACCESS)
    assert [entry.document.uri for entry in listed] == [
        "b.md",
        "copy/z.txt",
        "hr/a.txt",
        "ä.txt",
    ]
    assert names(listed) == "baec"
    assert [entry.chunks for entry in listed] == [3, 1, 0, 1]
    assert [entry.document for entry in listed] == [
        store.document(entry.document.id) for entry in listed
    ]


def test_a_listing_tells_the_size_and_the_roots_of_a_document(store: DocumentStore):
    root, generation = fill(store, document("a"), document("b"))
    other = store.add_root("/a-root")
    larger = replace(indexed("z.txt", "b"), size=99)
    store.write(SyncBatch(generation.id, files={other.id: (larger,)}))
    first, second = store.documents(NO_FILTERS, FULL_ACCESS)
    assert (first.size_bytes, first.root_ids) == (10, (root.id,))
    # The root comes before the path: /a-root/z.txt is the document's first file.
    assert (second.document.uri, second.size_bytes) == ("z.txt", 99)
    assert second.root_ids == (root.id, other.id)


def test_every_page_goes_on_after_the_last_document(store: DocumentStore):
    fill_listing(store)
    pages, after = "", None
    while page := store.documents(NO_FILTERS, FULL_ACCESS, limit=1, after=after):
        pages += names(page)
        after = page[-1].document.id
    assert pages == "baec"
    assert names(store.documents(NO_FILTERS, FULL_ACCESS, limit=2, after="doc_b")) == "ae"
    assert store.documents(NO_FILTERS, FULL_ACCESS, limit=0) == ()


def test_documents_of_one_path_in_several_roots_are_all_listed_once(store: DocumentStore):
    generation = store.open_generation(FIRST)
    for name in ("b", "a", "c"):
        root = store.add_root(f"/{name}")
        store.write(
            SyncBatch(generation.id, (document(name),), {root.id: (indexed("x.txt", name),)})
        )
    first = store.documents(NO_FILTERS, FULL_ACCESS, limit=2)
    rest = store.documents(NO_FILTERS, FULL_ACCESS, after=first[-1].document.id)
    assert names((*first, *rest)) == "abc"


@pytest.mark.parametrize(
    ("filters", "listed"),
    [
        (Filters(filename=("*.md",)), "b"),
        (Filters(folder=("hr",)), "ae"),
        (Filters(media_type=("text/plain",)), "aec"),
        (Filters(date=DateRange(gte="2025")), "a"),
        (Filters(metadata=(("author", ("Ada",)),)), "a"),
        (Filters(filename=("none",)), ""),
    ],
)
def test_a_listing_is_filtered_as_a_search_is(store: DocumentStore, filters: Filters, listed: str):
    fill_listing(store)
    assert names(store.documents(filters, FULL_ACCESS)) == listed


def test_a_listing_shows_only_what_may_be_seen(store: DocumentStore):
    fill_listing(store)
    assert names(store.documents(NO_FILTERS, Access(("default",)))) == "bae"
    assert names(store.documents(Filters(folder=("",)), Access(("secret",)))) == "c"
    assert store.documents(NO_FILTERS, Access(())) == ()


def test_failed_files_are_no_documents(store: DocumentStore):
    root, generation = fill(store, document("a"))
    failed = FileRecord("x.txt", 1, 2, None, None, "failed", "It is binary.")
    store.write(SyncBatch(generation.id, files={root.id: (failed,)}))
    assert names(store.documents(NO_FILTERS, FULL_ACCESS)) == "a"


def test_one_document_is_told_as_a_listing_tells_it(store: DocumentStore):
    fill_listing(store)
    for entry in store.documents(NO_FILTERS, FULL_ACCESS):
        assert store.entry(entry.document.id) == entry


@pytest.mark.parametrize("document_id", ["doc_none", "", "\udc80"])
def test_a_document_that_is_not_there_is_unknown(store: DocumentStore, document_id: str):
    for use in (store.document, store.document_text, store.entry):
        with pytest.raises(UnknownDocument):
            use(document_id)
    with pytest.raises(UnknownDocument):
        store.documents(NO_FILTERS, FULL_ACCESS, after=document_id)
    assert store.sources(document_id) == ()


def test_a_store_has_one_managed_root_which_moves(store: DocumentStore):
    made = store.managed_root("/data/uploads")
    assert made.managed
    assert store.managed_root("/data/uploads") == made
    moved = store.managed_root("/mnt/uploads")
    assert (moved.id, moved.path) == (made.id, "/mnt/uploads")
    assert store.roots() == (moved,)
    assert not store.add_root("/docs").managed


def test_documents_move_with_the_managed_root(store: DocumentStore):
    root = store.managed_root("/data/uploads")
    generation = store.open_generation(FIRST)
    store.write(SyncBatch(generation.id, (document("a"),), {root.id: (indexed("a.txt", "a"),)}))
    before = store.revision()
    store.managed_root("/mnt/uploads")
    assert store.document("doc_a").path == "/mnt/uploads/a.txt"
    assert store.revision() > before
