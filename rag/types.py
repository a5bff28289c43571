"""The data that flows through the engine, all of it frozen.

    file ─parse→ ParsedDocument ─chunk→ ChunkDraft ─store→ Document, Chunk ─find→ Hit ─say→ Answer
    with Citations

Offsets are Unicode code points into the document's text, 0-based, end exclusive. Lines and pages
are 1-based,
end inclusive. For every chunk, sentence and citation `document_text[start:end]` is its own text,
exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from embeddings.base import CharSpan

Status = Literal["answered", "partial", "not_found"]
Method = Literal["extractive", "llm"]
Support = Literal["supported", "weak", "unsupported"]
Verification = Literal["exact", "normalized", "weak", "failed"]
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a text: where its words stand, and its level (1 is the highest)."""

    start: int
    end: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a span of the text stands in the file, in the format's own words.

    Attributes:
        label: As `slide 4`, `Budget, row 12`, `cell 3`, `00:01:05`.
    """

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser makes of one file.

    Attributes:
        text: For a text file the decoded file, character for character; a byte-order mark is left
            out.
        media_type: As `text/plain`, `text/markdown`.
        title: From the content, never from the file's name; None where the content has none.
        date: ISO 8601, as precise as the content says (`2025-06-16`); None where it says nothing.
        headings: In order of appearance.
        furniture: Spans that are no content (menus, logos, player controls), in order, not
            overlapping.
            They stay in the text, and are neither indexed nor quoted.
        verbatim: Spans, as code and records, in which each line stands for itself: no sentence runs
            over a line end or ends within a line. In order, not overlapping.
        page_starts: Offset at which each page begins; empty where the format has no pages.
        places: Finer places than pages and lines, in order, not overlapping; empty where the format
            has none.
        metadata: What else the content or its decoding says, as `encoding`.
        warnings: Sentences for the person, as a guess that had to be made.
    """

    text: str
    media_type: str
    title: str | None = None
    date: str | None = None
    headings: tuple[Heading, ...] = ()
    furniture: tuple[CharSpan, ...] = ()
    verbatim: tuple[CharSpan, ...] = ()
    page_starts: tuple[int, ...] = ()
    places: tuple[Place, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk before it is stored and gets its id. Attributes as in `Chunk`."""

    ordinal: int
    text: str
    start: int
    end: int
    first_line: int
    last_line: int
    heading: str | None
    first_page: int | None
    last_page: int | None
    tokens: int
    sentences: tuple[CharSpan, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document that is searched and quoted from.

    Attributes:
        id: Also the id of its vector; never used twice, so that a stale index can only name a chunk
            that is gone.
        ordinal: Position among the document's chunks, from 0.
        heading: The headings it stands under, outermost first, joined with " › "; None under none.
        tokens: Counted with tiktoken's o200k_base.
        sentences: The sentences that may be quoted, as spans into the document's text (not the
            chunk's).
    """

    id: int
    document_id: str
    ordinal: int
    text: str
    start: int
    end: int
    first_line: int
    last_line: int
    heading: str | None
    first_page: int | None
    last_page: int | None
    tokens: int
    sentences: tuple[CharSpan, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document without its text, which the store gives by id.

    Attributes:
        id: Derived from collection, content and media type: the same bytes keep their id through a
            rename.
        uri: The path of the file below its root, with forward slashes; of several files with the
            same content the first by root and path, uploads last.
        path: The absolute path of that file, for links on this machine; None where there is no
            file.
        paths: The `uri` of every file with this content, sorted; `uri` among them.
        title: From the content, or else the file's name.
        sha256: Of the bytes that were indexed, in hexadecimal.
        date: ISO 8601, or None.
        inside: Where it lies inside the file at `path`, with forward slashes, where that is an
            archive; None where it is that file.
    """

    id: str
    collection: str
    uri: str
    path: str | None
    paths: tuple[str, ...]
    title: str
    media_type: str
    sha256: str
    date: str | None
    metadata: Mapping[str, str]
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found, and why: `score` orders, the parts in `scores` explain (`dense`,
    `lexical`, …).
    """

    chunk: Chunk
    document: Document
    score: float
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact place that a part of the answer comes from; `document_text[start:end] ==
    cited_text`.

    Attributes:
        number: From 1, in order of appearance in the answer.
        highlights: Spans into the document's text, inside the citation, with the words that answer.
        answer_spans: Spans into the answer's text that stand on this citation.
        stale: Whether the file has changed or gone since it was indexed.
        score: The evidence's score.
        place: Where it begins in the file, in the format's own words (see `Place`); None where
            lines or pages say it.
    """

    number: int
    document: Document
    heading: str | None
    cited_text: str
    start: int
    end: int
    first_line: int
    last_line: int
    first_page: int | None
    last_page: int | None
    highlights: tuple[CharSpan, ...]
    answer_spans: tuple[CharSpan, ...]
    verification: Verification
    stale: bool
    score: float
    place: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of the answer as a span into its text, with the numbers of the citations it stands
    on.
    """

    start: int
    end: int
    support: Support
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said, what it stands on, and how sure it is.

    Attributes:
        confidence: Probability that the documents answer the question, for every status.
        hits: What was retrieved, best first; with `not_found` the nearest passages.
        history_terms: Words taken over from earlier turns.
        usage: Token counts (`evidence_tokens`, and of a language model `prompt_tokens` and
            `completion_tokens`).
        model: The language model that wrote it; None where none did.
        cost: What the language model's tokens cost, in the currency of the prices that were set;
            None where none were.
        notice: A sentence for the reader on how the answer came about, as that the language model
            could not be reached; None where there is nothing to say.
        timings_ms: Milliseconds by stage: `retrieve`, `read` where there is a reader, `answer`,
            `total`.
    """

    id: str
    question: str
    text: str
    status: Status
    method: Method
    confidence: float
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    short_answer: str | None = None
    conversation_id: str | None = None
    history_terms: tuple[str, ...] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    model: str | None = None
    cost: float | None = None
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said in a conversation, by whom."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that could not be read, and why, in one sentence."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What an ingest did: counts of files; `skipped` had no parser, `failed` are named, and
    `left_out` by patterns are files and whole folders.
    """

    added: int = 0
    updated: int = 0
    moved: int = 0
    deleted: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: tuple[FailedFile, ...] = ()
    warnings: tuple[str, ...] = ()
    elapsed_s: float = 0.0
    left_out: int = 0


class SyncStage(StrEnum):
    """The stages of an ingest, in order."""

    SCANNING = "scanning"
    READING = "reading"
    ENCODING = "encoding"
    INDEXING = "indexing"


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far an ingest is: `done` of `total` files (None while unknown), and the file at hand."""

    stage: SyncStage
    done: int
    total: int | None
    path: str | None = None
