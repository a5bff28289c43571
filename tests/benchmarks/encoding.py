"""Our encoder against sentence-transformers' `encode` with its defaults, on the same chunks.

The two take turns block by block, so that what else the machine does slows both alike.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from embeddings.loading import load_encoder
from rag.ingest.context import embedding_text
from rag.settings import Settings
from rag.wiring import open_store

BLOCK_CHUNKS = 256


@dataclass(frozen=True, slots=True)
class EncodingCost:
    """Seconds that each took for the same chunks, and how many tokens those have."""

    ours_s: float
    theirs_s: float
    tokens: int


def indexed_texts(data_dir: Path) -> tuple[str, ...]:
    """What was embedded: each chunk with its title and heading in front."""
    with open_store(Settings(data_dir=data_dir), create=False) as store:
        return tuple(
            embedding_text(row.title, row.heading, row.text)[0] for row in store.rows_after(0)
        )


def compare_encoders(texts: Sequence[str], settings: Settings) -> EncodingCost:
    """Encodes all texts with both. Imports torch."""
    ours = load_encoder(settings.model, kind="compiled", cache_dir=settings.cache_dir)
    theirs = load_encoder(settings.model, kind="reference", cache_dir=settings.cache_dir)
    encode_theirs = theirs.sentence_transformer.encode  # type: ignore[attr-defined]
    ours.encode_documents(texts[:16])
    encode_theirs(list(texts[:16]))
    ours_s = theirs_s = 0.0
    for number, first in enumerate(range(0, len(texts), BLOCK_CHUNKS)):
        block = list(texts[first : first + BLOCK_CHUNKS])
        if number % 2:
            theirs_s += _seconds(encode_theirs, block)
            ours_s += _seconds(ours.encode_documents, block)
        else:
            ours_s += _seconds(ours.encode_documents, block)
            theirs_s += _seconds(encode_theirs, block)
    tokens = sum(min(ours.count_tokens(text) + 2, ours.max_tokens) for text in texts)
    return EncodingCost(ours_s, theirs_s, tokens)


def _seconds(encode: Callable[[list[str]], object], texts: list[str]) -> float:
    started = time.perf_counter()
    encode(texts)
    return time.perf_counter() - started
