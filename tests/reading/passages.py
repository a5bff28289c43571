"""Passages with scored sentences, made of words."""

from collections.abc import Sequence

import numpy as np

from rag.retrieval.retriever import Passage, ScoredSentence
from rag.types import Chunk, Document, Hit


def passage_of(
    sentences: Sequence[tuple[str, float]],
    *,
    chunk_id: int = 1,
    at: int = 0,
    between: str = " ",
    title: str = "Tunnels",
    tokens: int | None = None,
) -> Passage:
    """A passage of sentences and how close in meaning each is to the question.

    Args:
        sentences: Texts and cosines.
        chunk_id: Also tells its document apart.
        at: Where it begins in its document.
        between: What stands between sentences.
        title: The document's; its file is called `file.txt`.
        tokens: The chunk's; as many as English has by default.
    """
    text = between.join(said for said, _ in sentences)
    scored, start = [], at
    for said, dense in sentences:
        end = start + len(said)
        words = frozenset(said.lower().split())
        scored.append(ScoredSentence(start, end, said, dense, 0.0, words, np.zeros(3, np.float32)))
        start = end + len(between)
    document = Document(
        id=f"doc_{chunk_id}",
        collection="default",
        uri="file.txt",
        path=None,
        paths=("file.txt",),
        title=title,
        media_type="text/plain",
        sha256="",
        date=None,
        metadata={},
    )
    chunk = Chunk(
        id=chunk_id,
        document_id=document.id,
        ordinal=0,
        text=text,
        start=at,
        end=at + len(text),
        first_line=1,
        last_line=1,
        heading=None,
        first_page=None,
        last_page=None,
        tokens=len(text) // 5 if tokens is None else tokens,
        sentences=tuple((each.start, each.end) for each in scored),
    )
    return Passage(Hit(chunk, document, 1.0, {}), 1.0, tuple(scored))
