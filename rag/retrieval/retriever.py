"""Question in, passages out: nearest by meaning and by words, then ordered by their best sentence.

The second look costs no encoding: the sentences' directions were stored when their chunk was
encoded. On public question sets it puts the right document first in 2 to 6 of 100 more questions.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from embeddings.base import Encoder, FloatArray
from rag.filters import FULL_ACCESS, NO_FILTERS, Access, Filters
from rag.index.base import Candidates, SearchIndex, SearchQuery, heaviest_words
from rag.retrieval.coverage import QuestionWords
from rag.retrieval.followups import MOST_TURNS, EarlierTurn, with_history
from rag.retrieval.fusion import best_first, fuse, thinned
from rag.retrieval.shelf import OpenChunk, Shelf
from rag.store.base import DocumentReader
from rag.types import Hit

DEPTH = 100
"""Candidates taken from each side of the index."""

SECOND_LOOK = 12
"""Candidates whose sentences are looked at; from 8 to 20 hit@1 is the same on five sets."""

_TERM = re.compile(r"\w+(?:['’-]\w+)*")
_REMEMBERED_TURNS = 1024
_SENTENCE_DENSE = 0.6
_SENTENCE_LEXICAL = 0.3


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
        sentences: Those that may be quoted; none where they were not asked for.
    """

    hit: Hit
    fused: float
    sentences: tuple[ScoredSentence, ...]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for a question.

    Attributes:
        passages: Best first.
        word_weights: The question's words and their rarity.
        unknown_share: The share of the question's words that no passage at all holds, weighted by
            rarity, 0 to 1.
        history_terms: Words of earlier turns that were looked for besides.
    """

    passages: tuple[Passage, ...]
    word_weights: Mapping[str, float]
    unknown_share: float
    history_terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """A candidate after the second look; `cosines` are its sentences' to the question."""

    opened: OpenChunk
    score: float
    parts: dict[str, float]
    cosines: FloatArray

    @property
    def hit(self) -> Hit:
        return Hit(self.opened.chunk, self.opened.document, self.score, self.parts)

    def sentences(self, wanted: QuestionWords) -> tuple[ScoredSentence, ...]:
        """The candidate's sentences, each weighed by itself."""
        opened = self.opened
        return tuple(
            ScoredSentence(start, end, text, cosine, wanted.share(words), words, unit)
            for (start, end), text, cosine, words, unit in zip(
                opened.chunk.sentences,
                opened.texts,
                self.cosines.tolist(),
                opened.words,
                opened.units,
                strict=True,
            )
        )


class Retriever:
    """Finds passages; remembers recent chunks and the vectors of recent turns.

    Args:
        reader: Gives chunks and sentence vectors.
        index: Gives candidates.
        encoder: Encodes the question; the same that encoded the chunks.
    """

    def __init__(self, reader: DocumentReader, index: SearchIndex, encoder: Encoder) -> None:
        self._reader = reader
        self._index = index
        self._encoder = encoder
        self._shelf = Shelf(reader, index.word_set, encoder.dimension)
        self._turn_vector = lru_cache(maxsize=_REMEMBERED_TURNS)(encoder.encode_query)

    def retrieve(
        self,
        question: str,
        *,
        k: int,
        filters: Filters = NO_FILTERS,
        access: Access = FULL_ACCESS,
        earlier: Sequence[str] = (),
        read: int = DEPTH,
    ) -> Retrieval:
        """The k best passages for a question; fewer where fewer are there.

        Args:
            question: As it was asked.
            k: At least 1.
            filters: Which documents may answer.
            access: What the asker may see.
            earlier: The user's earlier questions in the conversation, the most recent first.
            read: How many of the best passages get their sentences; the others have none.

        Raises:
            FilterInvalid: A condition cannot be applied.
            NothingIndexed: There is no index yet.
        """
        query = self._query(question, earlier)
        among = self._reader.matching_chunk_ids(filters, access)
        candidates = self._index.search(query, depth=max(DEPTH, k), among=among)
        wanted = self._wanted(query)
        unknown_share = wanted.share(self._index.unknown_words(tuple(wanted.own)))
        looks = self._second_look(candidates, query.vector, wanted, max(SECOND_LOOK, k))
        ids = [look.opened.document.id for look in looks]
        order = thinned(ids, [look.score for look in looks], k)
        passages = tuple(
            Passage(
                looks[each].hit,
                looks[each].parts["fused"],
                looks[each].sentences(wanted) if place < read else (),
            )
            for place, each in enumerate(order)
        )
        return Retrieval(passages, wanted.weights, unknown_share, self._history_terms(query))

    def _query(self, question: str, earlier: Sequence[str]) -> SearchQuery:
        vector = self._encoder.encode_query(question)
        if not earlier:
            return SearchQuery(vector, ((question, 1.0),))
        turns = [EarlierTurn(text, self._turn_vector(text)) for text in earlier[:MOST_TURNS]]
        return with_history(question, vector, self._index.words(question), turns)

    def _wanted(self, query: SearchQuery) -> QuestionWords:
        words = heaviest_words(query.texts, self._index.words)
        rarity = self._index.word_weights(tuple(words))
        weights = {word: weight * rarity[word] for word, weight in words.items()}
        # The question comes first, and only its own words have the full weight.
        return QuestionWords(weights, frozenset(each for each in words if words[each] == 1.0))

    def _history_terms(self, query: SearchQuery) -> tuple[str, ...]:
        if len(query.texts) == 1:
            return ()
        known = set(self._index.words(query.texts[0][0]))
        terms = []
        for text, _ in query.texts[1:]:
            for term in _TERM.findall(text):
                stems = set(self._index.words(term))
                if stems - known:
                    terms.append(term)
                    known |= stems
        return tuple(terms)

    def _second_look(
        self,
        candidates: Candidates,
        vector: FloatArray,
        wanted: QuestionWords,
        depth: int,
    ) -> list[_Look]:
        """The best candidates in descending order of their final score."""
        fused = fuse(candidates.dense, candidates.lexical)
        top = best_first(candidates.ids, fused)[:depth]
        ids = candidates.ids[top].tolist()
        places = dict(zip(ids, top.tolist(), strict=True))
        opened = self._shelf.get(ids, candidates.revision)
        cosines = np.concatenate([each.units for each in opened]) @ vector if opened else vector[:0]
        looks = []
        end = 0
        for each in opened:
            place = places[each.chunk.id]
            start, end = end, end + len(each.words)
            parts = {
                "dense": float(candidates.dense[place]),
                "lexical": float(candidates.lexical[place]),
                "fused": float(fused[place]),
                "sentence_dense": float(cosines[start:end].max(initial=0.0)),
                "sentence_lexical": wanted.best_share(each.framing, each.words),
            }
            score = (
                parts["fused"]
                + _SENTENCE_DENSE * parts["sentence_dense"]
                + _SENTENCE_LEXICAL * parts["sentence_lexical"]
            )
            looks.append(_Look(each, score, parts, cosines[start:end]))
        looks.sort(key=lambda look: (-look.score, look.opened.chunk.id))
        return looks
