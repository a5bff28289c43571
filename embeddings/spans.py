"""Vectors of character spans out of the token states of the text around them.

Pure functions. A token belongs to the span that holds its last character, so that tokenizers which
count the blank before a word as part of its token agree with those which do not, and so that spans
side by side share no token.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from embeddings.base import CharSpan, FloatArray


def unit(vectors: npt.NDArray[np.floating]) -> FloatArray:
    """Vectors (…, dimension) scaled to length 1, float32; a zero vector stays zero."""
    values = vectors.astype(np.float32, copy=False)
    norms = np.linalg.norm(values, axis=-1, keepdims=True)
    scaled: FloatArray = np.divide(values, norms, out=np.zeros_like(values), where=norms > 0)
    return scaled


def span_vectors(
    states: npt.NDArray[np.floating],
    offsets: Sequence[CharSpan],
    spans: Sequence[CharSpan],
    text_vector: FloatArray,
) -> FloatArray:
    """Shape (spans, dimension): the unit mean of the states of each span's tokens.

    Args:
        states: Shape (tokens or more, dimension); rows beyond the offsets are padding.
        offsets: Characters of each token, ascending; empty for special tokens.
        spans: Into the same string as the offsets.
        text_vector: What a span without a token gets.
    """
    vectors = np.empty((len(spans), text_vector.shape[-1]), dtype=np.float32)
    if not len(spans):
        return vectors
    bounds = np.asarray(offsets, dtype=np.int64).reshape(-1, 2)
    tokens = np.flatnonzero(bounds[:, 1] > bounds[:, 0])
    last_characters = bounds[tokens, 1] - 1
    edges = np.searchsorted(last_characters, np.asarray(spans, dtype=np.int64))
    for row, (first, after) in enumerate(edges):
        mean = states[tokens[first:after]].mean(axis=0) if after > first else text_vector
        vectors[row] = mean if np.any(mean) else text_vector
    return unit(vectors)
