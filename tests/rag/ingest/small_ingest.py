"""A whole ingest that needs no model: hashed words, one chunk a paragraph, text files only."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from embeddings.base import CharSpan, EncodedDocuments, Encoder, OnEncoded
from embeddings.hashing import HashingEncoder
from rag.errors import FileUnreadable
from rag.ingest.parsers.base import Parser
from rag.ingest.sync import Ingestor
from rag.store.base import DocumentStore, Generation
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.types import ChunkDraft, ParsedDocument

LONG_AGO_NS = 1_600_000_000 * 10**9
_PARAGRAPH = re.compile(r"[^\n]+")


@dataclass(frozen=True)
class PlainParser:
    """UTF-8 text; `broken` in the text makes it fail as a bug would, `bad` as a bad file does."""

    version: int = 1
    media_type: str = "text/plain"
    suffixes: tuple[str, ...] = (".txt",)
    trusted: bool = True

    def parse(self, data: bytes) -> ParsedDocument:
        text = data.decode()
        if "broken" in text:
            raise RuntimeError("unexpected")
        if "bad" in text:
            raise FileUnreadable("It is bad.")
        warnings = ("read as a guess",) if "guess" in text else ()
        return ParsedDocument(text, self.media_type, warnings=warnings)


@dataclass(frozen=True)
class ParagraphChunker:
    version: str = "paragraphs-1"

    def split(self, parsed: ParsedDocument) -> tuple[ChunkDraft, ...]:
        return tuple(self.drafts(parsed))

    def drafts(self, parsed: ParsedDocument) -> Iterator[ChunkDraft]:
        for number, match in enumerate(_PARAGRAPH.finditer(parsed.text)):
            yield _draft(number, match)


def _draft(ordinal: int, match: re.Match[str]) -> ChunkDraft:
    spans = ((match.start(), match.end()),)
    tokens = len(match[0].split())
    line = ordinal + 1
    return ChunkDraft(
        ordinal, match[0], match.start(), match.end(), line, line, None, None, None, tokens, spans
    )


class CountingEncoder(HashingEncoder):
    """Remembers every text that it encoded."""

    def __init__(self, dimension: int = 64) -> None:
        super().__init__(dimension)
        self.texts: list[str] = []
        self.on_encode: Callable[[], None] = lambda: None

    def encode_documents(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None = None,
        on_encoded: OnEncoded | None = None,
    ) -> EncodedDocuments:
        self.on_encode()
        self.texts.extend(texts)
        return super().encode_documents(texts, spans, on_encoded)


def generation_of(encoder: Encoder, chunker: ParagraphChunker) -> Generation:
    return Generation(encoder.name, encoder.fingerprint, encoder.dimension, chunker.version)


@dataclass
class SmallIngest:
    """A data folder, a folder of documents, and an ingestor over them."""

    data_dir: Path
    docs: Path
    store: DocumentStore
    encoder: CountingEncoder = field(default_factory=CountingEncoder)
    chunker: ParagraphChunker = ParagraphChunker()
    parser: Parser = PlainParser()
    max_file_bytes: int = 1_000_000
    loads: int = 0
    refreshes: int = 0

    @property
    def ingestor(self) -> Ingestor:
        return Ingestor(
            self.store,
            load_encoder=self._load,
            identity=lambda: generation_of(self.encoder, self.chunker),
            make_chunker=lambda _: self.chunker,
            parser_for=lambda path: self.parser if path.suffix == ".txt" else None,
            data_dir=self.data_dir,
            max_file_bytes=self.max_file_bytes,
            refresh_index=self._refresh,
        )

    def write(self, path: str, text: str, *, at_ns: int = LONG_AGO_NS) -> Path:
        """A document below the folder, changed long ago, so that its time can be trusted."""
        file = self.docs / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(at_ns, at_ns))
        return file

    def texts(self) -> list[str]:
        return sorted(row.text for row in self.store.rows_after(0))

    def paths(self) -> list[str]:
        return sorted(path for root in self.store.roots() for path in self.store.files(root.id))

    def _load(self) -> Encoder:
        self.loads += 1
        return self.encoder

    def _refresh(self) -> None:
        self.refreshes += 1


@contextlib.contextmanager
def closed(path: Path) -> Iterator[None]:
    """Inside, a file or folder cannot be read; skips the test where this user may read all."""
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
        yield
    finally:
        path.chmod(mode)


def open_small_ingest(folder: Path) -> SmallIngest:
    data_dir, docs = folder / "data", folder / "docs"
    docs.mkdir(exist_ok=True)
    return SmallIngest(data_dir, docs, SqliteStore.open(data_dir / DATABASE_NAME, create=True))
