import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rag.errors import IndexMismatch
from rag.ingest.embedding import Embedder, sentence_directions
from rag.store.base import Generation
from rag.types import ChunkDraft, ParsedDocument
from tests.rag.ingest.small_ingest import CountingEncoder, ParagraphChunker, generation_of

TEXT = "Intro.\nApples are red. Bananas bend."


def embedder(encoder: CountingEncoder, generation: Generation | None = None) -> Embedder:
    chunker = ParagraphChunker()
    wanted = generation or generation_of(encoder, chunker)
    return Embedder(lambda: encoder, lambda _: chunker, wanted)


def draft(start: int, end: int, *sentences: tuple[int, int], heading: str | None) -> ChunkDraft:
    text = TEXT[start:end]
    return ChunkDraft(0, text, start, end, 1, 1, heading, None, None, 1, sentences)


def test_sentences_are_found_behind_the_title_and_the_heading():
    encoder = CountingEncoder(512)
    parsed = ParsedDocument(TEXT, "text/plain", title="Fruit of the world")
    chunk = draft(7, len(TEXT), (7, 22), (23, 36), heading="Colours › Shapes")
    ((encoded,),) = embedder(encoder).encode([(parsed, (chunk,))])
    (text,) = encoder.texts
    assert text.endswith("\n" + chunk.text) and text.startswith("Fruit of the world")
    for (start, end), stored in zip(chunk.sentences, encoded.sentence_vectors, strict=True):
        expected = encoder.encode_query(TEXT[start:end])
        assert stored @ expected / np.linalg.norm(stored) > 0.999


def test_every_document_gets_its_own_chunks_back():
    encoder = CountingEncoder()
    parsed = ParsedDocument(TEXT, "text/plain")
    one = draft(0, 6, heading=None)
    two = draft(7, 22, (7, 22), heading=None)
    result = embedder(encoder).encode([(parsed, (one, two)), (parsed, ()), (parsed, (two,))])
    assert [[chunk.draft for chunk in chunks] for chunks in result] == [[one, two], [], [two]]
    assert result[0][0].sentence_vectors.shape == (0, 64)
    assert result[0][1].sentence_vectors.shape == (1, 64)


def test_another_model_than_was_announced_is_refused():
    announced = Generation("other", "other-print", 64, "paragraphs-1")
    with pytest.raises(IndexMismatch, match="other-print"):
        embedder(CountingEncoder(), announced).load()


@given(
    arrays.arrays(np.float32, (3, 8), elements=st.floats(-1, 1, width=32)).filter(
        lambda vectors: bool((np.linalg.norm(vectors, axis=1) > 1e-3).all())
    )
)
def test_directions_keep_the_angle(vectors: np.ndarray):
    directions = sentence_directions(vectors)
    assert directions.dtype == np.int8
    assert (np.abs(directions.astype(int)).max(axis=1) == 127).all()
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(directions.astype(float), axis=1)
    cosines = (vectors * directions).sum(axis=1) / lengths
    assert (cosines > 0.999).all()
