"""Question in, passages out: nearest by meaning and by words, then ordered by their best sentence.

The second look costs no encoding: the sentences' directions were stored when their chunk was
encoded. On public question sets it puts the right document first in 2 to 6 of 100 more questions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from embeddings.base import Encoder, FloatArray
from rag.filters import FULL_ACCESS, NO_FILTERS, Access, Filters
from rag.index.base import Candidates, SearchIndex, SearchQuery
from rag.retrieval.fusion import best_first, fuse, thinned
from rag.store.base import DocumentReader, SentenceVectors
from rag.types import Chunk, Document, Hit

DEPTH = 100
"""Candidates taken from each side of the index."""

SECOND_LOOK = 20
"""Candidates whose sentences are looked at; .3/.2 below gained .012 in nDCG@10 at 20, .006 at 5."""

_SENTENCE_DENSE = 0.3
_SENTENCE_LEXICAL = 0.2


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a chunk, as a span into the document's text.

    Attributes:
        dense: Cosine of the question and the sentence in its context.
        lexical: Share of the question's words in it, weighted by rarity, 0 to 1.
        direction: Unit vector of shape (dimension,).
    """

    start: int
    end: int
    text: str
    dense: float
    lexical: float
    words: frozenset[str]
    direction: FloatArray


@dataclass(frozen=True, slots=True)
class Passage:
    """A hit with its sentences.

    Attributes:
        fused: The hit's score before the second look.
        framing: The words of the title and the headings that it stands under.
    """

    hit: Hit
    fused: float
    framing: frozenset[str]
    sentences: tuple[ScoredSentence, ...]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question.

    Attributes:
        passages: Best first.
        word_weights: The question's words and their rarity.
    """

    passages: tuple[Passage, ...]
    word_weights: Mapping[str, float]


class Retriever:
    """Finds passages; holds no state of its own.

    Args:
        reader: Gives chunks and sentence vectors.
        index: Gives candidates.
        encoder: Encodes the question; the same that encoded the chunks.
    """

    def __init__(self, reader: DocumentReader, index: SearchIndex, encoder: Encoder) -> None:
        self._reader = reader
        self._index = index
        self._encoder = encoder

    def retrieve(
        self,
        question: str,
        *,
        k: int,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
    ) -> Retrieval:
        """The k best passages for a question; fewer where fewer are there.

        Raises:
            FilterInvalid: A condition cannot be applied.
            NothingIndexed: There is no index yet.
        """
        vector = self._encoder.encode_query(question)
        among = self._reader.matching_chunk_ids(filters, access)
        query = SearchQuery(vector, ((question, 1.0),))
        candidates = self._index.search(query, depth=max(DEPTH, k), among=among)
        weights = self._index.word_weights(self._index.words(question))
        passages = self._second_look(candidates, vector, weights, max(SECOND_LOOK, k))
        order = thinned(
            [passage.hit.document.id for passage in passages],
            [passage.hit.score for passage in passages],
            k,
        )
        return Retrieval(tuple(passages[position] for position in order), weights)

    def _second_look(
        self,
        candidates: Candidates,
        vector: FloatArray,
        weights: Mapping[str, float],
        depth: int,
    ) -> list[Passage]:
        """The best candidates as passages, in descending order of their final score."""
        fused = fuse(candidates.dense, candidates.lexical)
        top = best_first(candidates.ids, fused)[:depth]
        ids = candidates.ids[top].tolist()
        chunks = self._reader.chunks(ids)
        directions = self._reader.sentence_vectors(ids)
        passages = []
        for position, chunk_id in zip(top.tolist(), ids, strict=True):
            if chunk_id not in chunks or chunk_id not in directions:
                continue  # removed since the index was searched
            parts = {
                "dense": float(candidates.dense[position]),
                "lexical": float(candidates.lexical[position]),
                "fused": float(fused[position]),
            }
            chunk, document = chunks[chunk_id]
            sentences = self._sentences(chunk, directions[chunk_id], vector, weights)
            passages.append(self._passage(chunk, document, parts, sentences, weights))
        passages.sort(key=lambda passage: (-passage.hit.score, passage.hit.chunk.id))
        return passages

    def _passage(
        self,
        chunk: Chunk,
        document: Document,
        parts: dict[str, float],
        sentences: tuple[ScoredSentence, ...],
        weights: Mapping[str, float],
    ) -> Passage:
        framing = frozenset(
            self._index.words(" ".join(filter(None, (document.title, chunk.heading))))
        )
        parts["sentence_dense"] = max((each.dense for each in sentences), default=0.0)
        parts["sentence_lexical"] = max(
            (word_share(weights, each.words | framing) for each in sentences), default=0.0
        )
        score = (
            parts["fused"]
            + _SENTENCE_DENSE * parts["sentence_dense"]
            + _SENTENCE_LEXICAL * parts["sentence_lexical"]
        )
        return Passage(Hit(chunk, document, score, parts), parts["fused"], framing, sentences)

    def _sentences(
        self,
        chunk: Chunk,
        directions: SentenceVectors,
        vector: FloatArray,
        weights: Mapping[str, float],
    ) -> tuple[ScoredSentence, ...]:
        if not chunk.sentences:
            return ()
        units = directions.astype(np.float32)
        units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1.0)
        cosines = units @ vector
        scored = []
        for (start, end), cosine, unit in zip(chunk.sentences, cosines, units, strict=True):
            text = chunk.text[start - chunk.start : end - chunk.start]
            words = frozenset(self._index.words(text))
            share = word_share(weights, words)
            scored.append(ScoredSentence(start, end, text, float(cosine), share, words, unit))
        return tuple(scored)


def word_share(weights: Mapping[str, float], words: frozenset[str]) -> float:
    """The share of the question's words that is among the words, weighted by rarity; 0 to 1."""
    total = sum(weights.values())
    if total <= 0:
        return 0.0
    return sum(weight for word, weight in weights.items() if word in words) / total
