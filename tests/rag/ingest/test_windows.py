from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from rag.ingest.chunker import Chunker
from rag.ingest.parsers.text import TextParser
from rag.ingest.windows import LARGE_CHARS, WINDOW_CHARS, windows
from rag.types import ParsedDocument
from tests.rag.ingest.small_ingest import SmallIngest, open_small_ingest
from tests.rag.ingest.test_sync import counts


@settings(max_examples=20, deadline=None)
@given(st.text("a \n", min_size=1, max_size=50), st.integers(0, 3 * WINDOW_CHARS))
def test_windows_cover_a_text_and_cut_no_word(unit: str, length: int):
    text = (unit * (length // len(unit) + 1))[:length]
    spans = list(windows(text, 0, len(text)))
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(end - start <= 2 * WINDOW_CHARS for start, end in spans)
    if any(mark in unit for mark in " \n"):
        assert all(text[end - 1].isspace() for _, end in spans[:-1])


def test_a_section_over_two_windows_is_split_at_its_paragraphs():
    text = "One sentence of a long text.\n\n" * (3 * WINDOW_CHARS // 30)
    chunks = Chunker(HashingEncoder(), 200).split(ParsedDocument(text, "text/plain"))
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    assert all(chunk.text.startswith("One") and chunk.text.endswith("text.") for chunk in chunks)
    assert sum(len(chunk.sentences) for chunk in chunks) == text.count("\n\n")
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))


def test_a_large_text_has_its_headings_where_they_stand():
    body = "It was a long book that nobody could read in one sitting. " * 1_000
    parts = LARGE_CHARS // len(body) + 10
    text = "".join(f"CHAPTER {number}\n\n{body}\n\n" for number in range(parts))
    parsed = TextParser().parse(text.encode())
    assert parsed.text == text
    assert len(parsed.headings) == parts
    assert all(text[each.start : each.end] == each.text for each in parsed.headings)


def test_a_large_document_is_stored_like_any_other(tmp_path: Path):
    small: SmallIngest = open_small_ingest(tmp_path)
    small.max_file_bytes = 10**8
    lines = [f"line {number} " + "x" * 90_000 for number in range(LARGE_CHARS // 90_000 + 2)]
    small.write("large.txt", "\n".join(lines))
    assert counts(small.ingestor.sync([small.docs])) == {"added": 1}
    rows = list(small.store.rows_after(0))
    assert [row.text for row in rows] == lines
    assert rows[3].vector.shape == (64,)
    small.store.close()
