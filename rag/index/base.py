"""The contract of a search index: vectors and words searched together, both derived from the store.

An index follows the store's revision: each search first catches up with what any process has
ingested, so that it never answers from an older folder than the store knows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from embeddings.base import FloatArray, IdArray


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for.

    Attributes:
        vector: Unit vector of shape (dimension,).
        texts: Pairs of text and weight (0 to 1]; a word's weight is the largest of its texts'. The
            question itself has weight 1, earlier turns of a conversation less.
    """

    vector: FloatArray
    texts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chunks worth a closer look: the union of the nearest by meaning and the nearest by words.

    Attributes:
        ids: Chunk ids, ascending, each once.
        dense: Cosine to the query, -1 to 1, for every candidate.
        lexical: BM25 over its upper bound for this query, 0 to 1; 0 for a candidate that is not
            among the nearest by words.
        revision: The store's that was searched, or an older one.
    """

    ids: IdArray
    dense: FloatArray
    lexical: FloatArray
    revision: int


def heaviest_words(
    texts: Sequence[tuple[str, float]], words: Callable[[str], Sequence[str]]
) -> dict[str, float]:
    """The words of weighted texts, each with the weight of the heaviest text that it stands in."""
    weights: dict[str, float] = {}
    for text, weight in texts:
        for word in words(text):
            weights[word] = max(weight, weights.get(word, 0.0))
    return weights


class SearchIndex(Protocol):
    """Finds chunks of the store's serving generation. Safe to call from several threads."""

    def search(self, query: SearchQuery, *, depth: int, among: IdArray | None = None) -> Candidates:
        """The candidates among the `depth` nearest by either side.

        Args:
            query: The question's vector and words.
            depth: How far down each of the two lists to look, at least 1.
            among: Only these chunks may be returned, before the cut at `depth`; None means all.
        """
        ...

    def words(self, text: str) -> tuple[str, ...]:
        """The text's words as the index knows them: folded, stemmed, without stop words."""
        ...

    def word_set(self, text: str) -> frozenset[str]:
        """The same words as a set."""
        ...

    def word_weights(self, words: Sequence[str]) -> Mapping[str, float]:
        """The inverse document frequency of each word, > 0; the rarer, the heavier.

        Of what the last search saw: it does not catch up with the store by itself.
        """
        ...

    def unknown_words(self, words: Sequence[str]) -> frozenset[str]:
        """Those of the words that no passage holds; as `word_weights` in everything else."""
        ...

    def refresh(self) -> None:
        """Catches up with the store and saves the result, for the next process to start with."""
        ...

    def close(self) -> None: ...
