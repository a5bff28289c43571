"""The contract of the document store: the one truth about what was ingested.

The indexes over vectors and words are derived from it and follow its `revision`. A transaction
holds
whole documents, so that a reader never sees half of one, whenever the process is killed.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from embeddings.base import FloatArray, IdArray
from rag.filters import Access, Filters
from rag.types import Chunk, ChunkDraft, Document, ParsedDocument, Place

FileStatus = Literal["indexed", "failed", "skipped"]
if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    SentenceVectors: TypeAlias = npt.NDArray[np.int8]
else:
    SentenceVectors = object
"""Shape (sentences, dimension): directions only, scaled to ±127; normalise before comparing."""


@dataclass(frozen=True, slots=True)
class Generation:
    """What all vectors and chunks of an index have in common; a change of any of it builds a new
    one.

    Attributes:
        id: From 1; 0 before it is stored.
        model: The encoder's name.
        fingerprint: The encoder's fingerprint.
        chunker: The chunker's version and size.
    """

    model: str
    fingerprint: str
    dimension: int
    chunker: str
    id: int = 0

    def matches(self, other: "Generation") -> bool:
        """Whether vectors and chunks of both may be mixed; the model's name plays no part in it."""
        return (self.fingerprint, self.dimension, self.chunker) == (
            other.fingerprint,
            other.dimension,
            other.chunker,
        )


@dataclass(frozen=True, slots=True)
class Root:
    """A folder (or single file) that the index is kept equal to; `path` is absolute.

    Attributes:
        managed: Whether it is Quoth's own, for uploads; a store has one such root at most.
        away: Whether it came with an index from another machine and was not brought in here since:
            its files are never looked for.
        include: Patterns of which a file must match one; empty takes every file.
        exclude: Patterns of files and folders that are left out.
    """

    id: int
    path: str
    collection: str
    is_file: bool = False
    managed: bool = False
    away: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file below a root as it was when last looked at, or a file inside such a file.

    Attributes:
        path: Below the root, with forward slashes; the file's own name where the root is a file.
            That of a file inside another goes on from the other's, as `archive.zip/inner/a.md`.
        mtime_ns: Modification time in nanoseconds; inside another file 0.
        sha256: Of its bytes; None where it could not be read or was skipped unread.
        document_id: None unless `status` is "indexed"; also None for an archive, which was read and
            is no document itself.
        reason: Why it failed or was skipped, in one sentence.
        parser: Media type and version of the parser that read it or failed to; another one reads
            the file again although it has not changed.
        container: Path of the file on disk that holds it; None where it is one itself.
    """

    path: str
    size: int
    mtime_ns: int
    sha256: str | None
    document_id: str | None
    status: FileStatus
    reason: str | None = None
    parser: str | None = None
    container: str | None = None


@dataclass(frozen=True, slots=True)
class EncodedChunk:
    """A chunk ready to be stored: its draft, its unit vector (dimension,) and its sentences'
    directions.
    """

    draft: ChunkDraft
    vector: FloatArray
    sentence_vectors: SentenceVectors


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document ready to be stored, whole; `chunks` may be gone through several times."""

    id: str
    collection: str
    sha256: str
    parsed: ParsedDocument
    chunks: Collection[EncodedChunk]


@dataclass(frozen=True, slots=True)
class SyncBatch:
    """One transaction of an ingest: all of it happens or nothing.

    Documents that no file points to any more after the batch are removed with their chunks; the
    revision grows when documents, or the paths that lead to them, changed.

    Attributes:
        generation_id: The generation that the documents' chunks belong to.
        documents: New ones; one whose id is there already in this generation is left as it is.
        files: Records to insert or replace, by root id.
        gone: Paths to remove, by root id.
    """

    generation_id: int
    documents: tuple[NewDocument, ...] = ()
    files: Mapping[int, tuple[FileRecord, ...]] = field(default_factory=dict)
    gone: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the indexes need to know of one chunk; `title` is None where the content has none."""

    chunk_id: int
    title: str | None
    heading: str | None
    text: str
    vector: FloatArray


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is."""

    documents: int
    chunks: int
    files: int
    failed: int


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document in a listing.

    Attributes:
        chunks: How many it has in the serving generation.
        size_bytes: Of its first file; None where there is none.
        root_ids: The roots that its files lie in, ascending.
    """

    document: Document
    chunks: int
    size_bytes: int | None
    root_ids: tuple[int, ...]


class DocumentReader(Protocol):
    """What answering a question needs of the store. Safe to call from several threads."""

    def revision(self) -> int:
        """Grows with every transaction that changed documents, chunks or the serving generation.
        Cheap: asked at each query.
        """
        ...

    def generation(self) -> Generation | None:
        """The generation that serves; None before the first ingest."""
        ...

    def rows_after(self, revision: int) -> Iterator[IndexRow]:
        """The serving generation's chunks that were added after a revision, by ascending id (0
        gives all).

        Rows newer than a `revision()` read before may be among them, and are given again when asked
        for from there. A revision of one generation says nothing about the rows of another.
        """
        ...

    def changes_after(self, revision: int) -> int:
        """How many of the serving generation's chunks came or went after a revision."""
        ...

    def removed_after(self, revision: int) -> IdArray:
        """Ids of the serving generation's chunks that were removed after a revision, ascending."""
        ...

    def chunk_ids(self) -> IdArray:
        """Ids of all chunks of the serving generation, ascending."""
        ...

    def matching_chunk_ids(self, filters: Filters, access: Access) -> IdArray | None:
        """Ids of the chunks whose documents fulfil the filters and may be seen, ascending; None
        means all of them.

        Raises:
            FilterInvalid: A condition cannot be applied.
        """
        ...

    def matching_documents(
        self, document_ids: Collection[str], filters: Filters, access: Access
    ) -> frozenset[str]:
        """Which of these documents are there, fulfil the filters and may be seen; where nothing is
        asked of them all, those too that are gone.

        Raises:
            FilterInvalid: A condition cannot be applied.
        """
        ...

    def chunks(self, ids: Sequence[int]) -> dict[int, tuple[Chunk, Document]]:
        """The chunks that exist of the ids asked for, each with its document."""
        ...

    def sentence_vectors(self, chunk_ids: Sequence[int]) -> dict[int, SentenceVectors]:
        """Directions of the chunks' sentences, in the order of `Chunk.sentences`."""
        ...

    def document(self, document_id: str) -> Document:
        """
        Raises:
            UnknownDocument: There is none.
        """
        ...

    def document_text(self, document_id: str) -> str:
        """
        Raises:
            UnknownDocument: There is none.
        """
        ...

    def text_length(self, document_id: str) -> int:
        """Characters of a document's text.

        Raises:
            UnknownDocument: There is none.
        """
        ...

    def text_span(self, document_id: str, start: int, end: int) -> str:
        """`document_text(document_id)[start:end]` for 0 ≤ start ≤ end, without reading much more.

        Raises:
            UnknownDocument: There is none.
        """
        ...

    def line_span(self, document_id: str, start: int, end: int) -> tuple[int, int]:
        """The lines of the first and the last character of a span of the text, counted from 1.

        Raises:
            UnknownDocument: There is none.
        """
        ...

    def places(self, document_id: str, start: int, end: int) -> tuple[Place, ...]:
        """The places that a span of a document's text touches, in order; none where there is no
        such document.
        """
        ...

    def page_starts(self, document_id: str) -> tuple[int, ...]:
        """The offset at which each page of a document's text begins; empty where there are no
        pages.
        """
        ...

    def pages(self, document_id: str, start: int, end: int) -> tuple[int, int] | None:
        """The first and the last page of a span of a document's text; None where there are no
        pages.
        """
        ...

    def documents(
        self,
        filters: Filters,
        access: Access,
        *,
        limit: int = 100,
        after: str | None = None,
    ) -> tuple[DocumentEntry, ...]:
        """The documents that fulfil the filters and may be seen, by `uri` and id.

        Args:
            filters: As in `matching_chunk_ids`.
            access: As in `matching_chunk_ids`.
            limit: How many at most.
            after: The id of the last one of the page before; None begins with the first.

        Raises:
            FilterInvalid: A condition cannot be applied.
            UnknownDocument: There is none with the id in `after`.
        """
        ...

    def entry(self, document_id: str) -> DocumentEntry:
        """One document as `documents` lists it.

        Raises:
            UnknownDocument: No file points to such a document.
        """
        ...

    def sources(self, document_id: str) -> tuple[tuple[Root, FileRecord], ...]:
        """The files on disk that hold a document, by root and path: for what lies in an archive,
        the archive.
        """
        ...

    def counts(self) -> Counts: ...

    def close(self) -> None: ...


class DocumentStore(DocumentReader, Protocol):
    """What an ingest needs besides. One writer at a time."""

    def roots(self) -> tuple[Root, ...]:
        """All roots, by path."""
        ...

    def add_root(self, path: str, collection: str = "default", *, is_file: bool = False) -> Root:
        """The root at an absolute path, made if it is new."""
        ...

    def claim_root(self, root_id: int) -> Root:
        """The root, which is not away from now on."""
        ...

    def managed_root(self, path: str) -> Root:
        """The root for uploads, made if it is new, and known by this absolute path from now on: it
        moves with the data folder.
        """
        ...

    def set_patterns(self, root_id: int, include: Sequence[str], exclude: Sequence[str]) -> None:
        """Remembers which files of a root are taken; what is stored of its files stays as it is."""
        ...

    def absorb_root(self, root_id: int, into_id: int, prefix: str) -> None:
        """Hands all files of a root to a root around it and removes it, in one transaction.

        Args:
            root_id: The inner root.
            into_id: The root around it, which has no files below the prefix yet.
            prefix: Path of the inner root's files below the outer root, with forward slashes; empty
                for none.
        """
        ...

    def forget_root(self, root_id: int) -> int:
        """Removes a root, its files, and the documents that no other file points to; returns how
        many documents.
        """
        ...

    def files(self, root_id: int, below: str = "") -> dict[str, FileRecord]:
        """The records below a root, by path; only those of one part where `below` names it."""
        ...

    def failed_files(self) -> tuple[tuple[Root, FileRecord], ...]:
        """Every file that could not be read, by root and path."""
        ...

    def has_document(self, document_id: str, generation_id: int) -> bool:
        """Whether the document is there with its chunks in that generation."""
        ...

    def open_generation(self, wanted: Generation) -> Generation:
        """The stored generation that matches the wanted one, made (not yet serving) if it is new.

        The first generation ever serves from the start.
        """
        ...

    def documents_outside(self, generation_id: int) -> Iterator[tuple[Document, ParsedDocument]]:
        """Documents that have no chunks in a generation yet, so that a new one can be built from
        the store alone.
        """
        ...

    def add_chunks(
        self, generation_id: int, document_id: str, chunks: tuple[EncodedChunk, ...]
    ) -> None:
        """Gives a stored document its chunks in a generation that does not serve yet, in one
        transaction.
        """
        ...

    def switch_generation(self, generation_id: int) -> None:
        """Lets a generation serve and removes the others with their chunks, in one transaction;
        nothing is written where it serves alone already.
        """
        ...

    def write(self, batch: SyncBatch) -> None:
        """Applies a batch in one transaction and raises the revision if documents changed.

        Raises:
            DiskFull, StoreBusy, PermissionMissing: Nothing of the batch was written.
        """
        ...
