"""The two contracts of this package: an `Encoder` turns texts into vectors, a `VectorIndex`
searches them.

Every vector is float32 and has length 1, so that an inner product is a cosine. Nothing here knows
of
documents: an encoder sees texts, an index sees ids and vectors. Implementations document only how
they differ; one conformance suite for each protocol runs over all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray: TypeAlias = npt.NDArray[np.float32]
    IdArray: TypeAlias = npt.NDArray[np.int64]
else:  # an ingest that finds nothing changed has no use for NumPy, and no time for it
    FloatArray = IdArray = object

CharSpan: TypeAlias = tuple[int, int]
"""Characters of one text: 0-based start, exclusive end."""

OnEncoded: TypeAlias = Callable[[int], None]
"""Called after each batch with the number of texts that it finished."""


@dataclass(frozen=True, slots=True)
class EncodedDocuments:
    """What `Encoder.encode_documents` returns for n texts.

    Attributes:
        vectors: Shape (n, dimension), one unit vector a text.
        span_vectors: For each text the unit vectors of the spans asked for, shape (spans,
            dimension);
            an empty (0, dimension) array where none was asked for.
    """

    vectors: FloatArray
    span_vectors: tuple[FloatArray, ...]


class Encoder(Protocol):
    """Texts in, unit vectors out. Deterministic: the same text gives the same vector to within 1e-3
    of cosine.

    Attributes:
        name: The model's name or folder, as the settings give it.
        fingerprint: Changes whenever the vectors may change (the weights' sha256, the precision):
            vectors of different fingerprints must not be compared.
        dimension: Length of every vector.
        max_tokens: Longer texts are cut off at this many of the model's own tokens, special ones
            included.
        tokenizer_file: The model's `tokenizer.json`, or None for an encoder that has none.
    """

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    @property
    def tokenizer_file(self) -> Path | None: ...

    def encode_query(self, query: str) -> FloatArray:
        """Shape (dimension,). An empty or blank query still gives a unit vector."""
        ...

    def encode_queries(self, queries: Sequence[str]) -> FloatArray:
        """Shape (n, dimension), in the queries' order: each as `encode_query` gives it, to within
        1e-3 of cosine, and together in less time.
        """
        ...

    def encode_documents(
        self,
        texts: Sequence[str],
        spans: Sequence[Sequence[CharSpan]] | None = None,
        on_encoded: OnEncoded | None = None,
    ) -> EncodedDocuments:
        """Encodes texts, and inside each the given character spans, in one pass over the model.

        A span's vector is the mean of its tokens' states in the context of the whole text ("late
        chunking", arXiv:2409.04701), so that sentence vectors cost nothing beyond their chunk's. A
        span
        that the model cannot see (beyond `max_tokens`, or holding no token) gets its text's vector.

        Args:
            texts: Any number, in any order; results keep the order. None at all gives (0,
                dimension).
            spans: As many entries as texts, each a list of spans into that text.
            on_encoded: Told of progress; what it raises stops the encoding.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """How many of the model's own tokens the text has, without special ones, uncut."""
        ...


@dataclass(frozen=True, slots=True)
class VectorHits:
    """Ids and cosines of the nearest vectors: best first, ties by the smaller id, at most k."""

    ids: IdArray
    scores: FloatArray


class VectorIndex(Protocol):
    """Nearest vectors by inner product, under ids that the caller chooses (≥ 0, never used twice).

    Attributes:
        dimension: Length of every vector.
        count: How many vectors it holds.
    """

    @property
    def dimension(self) -> int: ...

    @property
    def count(self) -> int: ...

    def add(self, ids: IdArray, vectors: FloatArray) -> None:
        """Adds vectors of shape (n, dimension) under n ids.

        Raises:
            ValueError: Shapes disagree, or an id is there already.
        """
        ...

    def remove(self, ids: IdArray) -> int:
        """Removes what is there of the ids; returns how many were."""
        ...

    def search(self, query: FloatArray, k: int, *, among: IdArray | None = None) -> VectorHits:
        """The k nearest to a query of shape (dimension,); fewer where fewer are there.

        Args:
            query: A unit vector.
            k: At least 1.
            among: Only these ids may be returned (a filter applied before the cut at k); None means
                all.
        """
        ...

    def get(self, ids: IdArray) -> FloatArray:
        """The stored vectors, shape (n, dimension), in the order of the ids.

        Raises:
            KeyError: An id is not there.
        """
        ...

    def save(self, path: Path, *, revision: int, fingerprint: str) -> None:
        """Writes the index to a file, and beside it a manifest (`<file>.json`): all of both or
        nothing.

        The manifest holds the format's version, dimension, count, the revision and fingerprint
        given, and
        the file's sha256 and size, so that a damaged, half-written or foreign file is recognised on
        loading.
        """
        ...
