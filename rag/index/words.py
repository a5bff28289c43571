"""The index over words: immutable folders, one for each revision of the store it was brought to.

Catching up makes a new folder from the newest one (its segments are hard-linked, never written
again), applies the rows that came and went, and renames it into place. A process that is killed on
the way leaves only a temporary folder; readers keep the folder they opened until they move on.
"""

import json
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy

from embeddings.base import FloatArray, IdArray
from rag.index.analysis import Analyzer, spaced
from rag.index.base import heaviest_words
from rag.ingest.context import embedding_text
from rag.store.base import DocumentReader, IndexRow

logger = logging.getLogger(__name__)

FORMAT = 2  # raise it with any change of the analyzer: old revisions are then built anew
_MANIFEST = "quoth.json"
_HEAP_BYTES = 64_000_000
_LOCK_TIMEOUT_S = 60
_REBUILD_SHARE = 0.2  # of the passages deleted: tantivy goes on counting those until it merges
_K1_PLUS_1 = 2.2  # tantivy's BM25 has k1 = 1.2 and multiplies by k1 + 1


@dataclass(frozen=True, slots=True)
class WordHits:
    """Ids of the nearest chunks by words, and BM25 over its upper bound, 0 to 1; ties by id."""

    ids: IdArray
    scores: FloatArray


class WordIndex:
    """The newest revision on disk, brought up to date with the store on demand.

    Args:
        folder: Where the revisions are kept; belongs to one generation of the store.
        analyzer: Shared with whoever compares words with this index.
    """

    def __init__(self, folder: Path, analyzer: Analyzer) -> None:
        self._folder = folder
        self._analyzer = analyzer
        self._schema = _schema()
        self._revision = 0
        self._index: tantivy.Index | None = None
        self._weights: dict[str, float] = {}
        self._open_newest()

    @property
    def revision(self) -> int:
        """The store's revision that this index shows; 0 where nothing is indexed."""
        return self._revision

    @property
    def count(self) -> int:
        return self._searcher().num_docs if self._index is not None else 0

    def chunk_ids(self) -> IdArray:
        """The chunks that it holds, ascending; one that it holds twice is named twice."""
        searcher = self._searcher()
        if not searcher.num_docs:
            return np.empty(0, np.int64)
        found = searcher.search(tantivy.Query.all_query(), searcher.num_docs, count=False).hits
        values = searcher.fast_field_values("chunk_id", [address for _, address in found])
        return np.sort(np.asarray(values, np.int64))

    def catch_up(self, reader: DocumentReader, revision: int) -> None:
        """Shows at least the given revision of the store afterwards, whoever does the work.

        Where the folder cannot be written, the index is built in memory instead: a search is then
        slow to start, but never out of date.
        """
        if revision <= self._revision:
            return
        from filelock import FileLock

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / "lock", timeout=_LOCK_TIMEOUT_S):
                self._open_newest()
                if self._revision < revision:
                    self._write_revision(reader, revision)
                    self._open_newest()
        except (OSError, ValueError) as exc:  # tantivy's own errors are the latter
            logger.warning("%s cannot be written (%s); its words stay in memory", self._folder, exc)
            index = tantivy.Index(self._schema)
            self._fill(index, reader.rows_after(0), removed=())
            self._use(index, revision)

    def search(
        self, texts: Sequence[tuple[str, float]], depth: int, among: IdArray | None = None
    ) -> WordHits:
        """The `depth` nearest by BM25; only chunks that share a word with the query."""
        weights = heaviest_words(texts, self._analyzer.words)
        bound = sum(weight * self._weight(word) for word, weight in weights.items())
        if not weights or self._index is None or bound <= 0:
            return WordHits(np.empty(0, np.int64), np.empty(0, np.float32))
        searcher = self._searcher()
        hits = searcher.search(self._query(weights, among), depth, count=False).hits
        ids = np.asarray(
            searcher.fast_field_values("chunk_id", [address for _, address in hits]), np.int64
        )
        scores = np.asarray([score for score, _ in hits], np.float32) / (_K1_PLUS_1 * bound)
        order = np.lexsort((ids, -scores))
        return WordHits(ids[order], scores[order])

    def word_weights(self, words: Sequence[str]) -> dict[str, float]:
        """ln(1 + (N - n + ½) / (n + ½)) for each word, as in BM25; an unseen word is heaviest."""
        return {word: self._weight(word) for word in words}

    def unknown_words(self, words: Sequence[str]) -> frozenset[str]:
        """Those of the words that no passage holds."""
        searcher = self._searcher()
        return frozenset(word for word in words if not searcher.doc_freq("body", word))

    def _weight(self, word: str) -> float:
        if word not in self._weights:
            searcher = self._searcher()
            total, having = searcher.num_docs, searcher.doc_freq("body", word)
            self._weights[word] = float(np.log1p((max(total - having, 0) + 0.5) / (having + 0.5)))
        return self._weights[word]

    def _query(self, weights: dict[str, float], among: IdArray | None) -> tantivy.Query:
        terms = []
        for word, weight in weights.items():
            term = tantivy.Query.term_query(self._schema, "body", word, "freq")
            boosted = term if weight == 1.0 else tantivy.Query.boost_query(term, weight)
            terms.append((tantivy.Occur.Should, boosted))
        query = tantivy.Query.boolean_query(terms)
        if among is None:
            return query
        allowed = tantivy.Query.term_set_query(self._schema, "chunk_id", among.tolist())
        unscored = tantivy.Query.const_score_query(allowed, 0.0)
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, query), (tantivy.Occur.Must, unscored)]
        )

    def _searcher(self) -> tantivy.Searcher:
        if self._index is None:
            self._use(tantivy.Index(self._schema), 0)
        assert self._index is not None
        return self._index.searcher()

    def _use(self, index: tantivy.Index, revision: int) -> None:
        index.register_tokenizer("words", self._analyzer.tantivy)
        index.reload()
        self._index, self._revision, self._weights = index, revision, {}

    def _open_newest(self) -> None:
        for revision, folder in _revisions(self._folder):
            if revision <= self._revision and self._index is not None:
                return
            if not _is_whole(folder):
                logger.warning("%s is damaged and is left out; it will be built anew", folder)
                continue
            try:
                self._use(tantivy.Index.open(str(folder)), revision)
            except (ValueError, OSError) as exc:
                logger.warning("%s cannot be opened (%s); it will be built anew", folder, exc)
                continue
            return

    def _write_revision(self, reader: DocumentReader, revision: int) -> None:
        for leftover in self._folder.glob("tmp-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        base = self._folder / _name(self._revision)
        removed = reader.removed_after(self._revision).tolist() if self._index else []
        fresh = (
            self._index is None or not base.is_dir() or len(removed) > _REBUILD_SHARE * self.count
        )
        target = self._folder / f"tmp-{os.getpid()}"
        if fresh:
            target.mkdir()
            index = tantivy.Index(self._schema, path=str(target))
            self._fill(index, reader.rows_after(0), removed=())
        else:
            _link_folder(base, target)
            index = tantivy.Index.open(str(target))
            self._fill(index, reader.rows_after(self._revision), removed=removed)
        _write_manifest(target, revision)
        final = self._folder / _name(revision)
        shutil.rmtree(final, ignore_errors=True)
        target.rename(final)
        for _, old in _revisions(self._folder)[1:]:
            shutil.rmtree(old, ignore_errors=True)

    def _fill(self, index: tantivy.Index, rows: Iterator[IndexRow], removed: Sequence[int]) -> None:
        index.register_tokenizer("words", self._analyzer.tantivy)
        writer = index.writer(_HEAP_BYTES, 1)
        for chunk_id in removed:
            writer.delete_documents_by_term("chunk_id", chunk_id)
        for row in rows:
            # A row newer than the revision asked for comes again with the next one.
            writer.delete_documents_by_term("chunk_id", row.chunk_id)
            body, _ = embedding_text(row.title, row.heading, row.text)
            writer.add_document(tantivy.Document(chunk_id=row.chunk_id, body=spaced(body)))
        writer.commit()
        writer.wait_merging_threads()


def damaged_revisions(folder: Path) -> tuple[Path, ...]:
    """Revisions of an index that are not as they were written, newest first."""
    return tuple(path for _, path in _revisions(folder) if not _is_whole(path))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("chunk_id", indexed=True, fast=True)
    builder.add_text_field("body", tokenizer_name="words", index_option="freq")
    return builder.build()


def _name(revision: int) -> str:
    return f"r{revision:012d}"


def _revisions(folder: Path) -> list[tuple[int, Path]]:
    """The revisions in a folder, newest first."""
    found = [path for path in folder.glob("r*") if path.name[1:].isdigit()]
    return sorted(((int(path.name[1:]), path) for path in found), reverse=True)


def _link_folder(source: Path, target: Path) -> None:
    """Copies a folder by hard links where the file system has them; lock files stay behind."""
    target.mkdir()
    for path in sorted(source.iterdir()):
        if path.name.endswith(".lock") or path.name == _MANIFEST:
            continue
        try:
            (target / path.name).hardlink_to(path)
        except OSError:
            shutil.copy2(path, target / path.name)


def _write_manifest(folder: Path, revision: int) -> None:
    sizes = {
        path.name: path.stat().st_size
        for path in sorted(folder.iterdir())
        if not path.name.endswith(".lock")
    }
    text = json.dumps({"format": FORMAT, "revision": revision, "sizes": sizes})
    (folder / _MANIFEST).write_text(text, encoding="utf-8")


def _is_whole(folder: Path) -> bool:
    """Whether every file has the size that the manifest gives for it."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        sizes: dict[str, int] = manifest["sizes"]
        return manifest["format"] == FORMAT and all(
            (folder / name).stat().st_size == size for name, size in sizes.items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False
