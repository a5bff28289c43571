import random
from dataclasses import replace
from pathlib import Path

import pytest

from rag.reading.training.batches import crop, one_length_batches
from rag.reading.training.examples import NO_LABEL, Example, Texts, Tokens, examples, whole
from tests.rag.reading.training.small_training import PASSAGE, ROWS, row, tokenizer_file

LONG = "Many boats go there in summer and few in winter, as the old reports of the port say. " * 30
LONG_ROWS = tuple(
    replace(each, passage=LONG + each.passage + LONG, spans=(moved,), anchor=moved)
    for each in ROWS
    for start, end in each.spans
    for moved in [(start + len(LONG), end + len(LONG))]
)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    return Tokens(str(tokenizer_file(Path(tmp_path_factory.mktemp("cache")))))


def text_of(example: Example, texts: Texts, positions: tuple[int, int]) -> str:
    offsets = texts.offsets[example.row]
    first, last = (each - example.passage_first + example.offset for each in positions)
    return texts.rows[example.row].passage[offsets[first][0] : offsets[last][1]]


@pytest.mark.parametrize("rows", [ROWS, LONG_ROWS])
def test_every_window_holds_its_answer_or_says_that_there_is_none(
    tokens: Tokens, rows: tuple
) -> None:
    texts = tokens.encode(rows)
    beside = 0
    for epoch in range(30):
        for example in examples(texts, tokens, 7, epoch=epoch):
            source = texts.rows[example.row]
            answer = source.passage[source.spans[0][0] : source.spans[0][1]]
            if example.spans:
                assert [text_of(example, texts, span) for span in example.spans] == [answer]
                assert example.labels == (1.0, 1.0, NO_LABEL)
            else:
                beside += 1
                last = len(example.ids) - 2
                window = text_of(example, texts, (example.passage_first, last))
                assert answer not in window
                assert example.labels[0] == 0.0
    assert beside or rows is ROWS


def test_a_window_is_between_its_marks(tokens: Tokens) -> None:
    texts = tokens.encode(LONG_ROWS)
    for example in whole(texts, tokens, 96):
        assert len(example.ids) == 96
        assert example.ids[0] == tokens.cls
        assert example.ids[example.first - 1] == example.ids[-1] == tokens.sep


def test_claims_have_no_span_to_learn(tokens: Tokens) -> None:
    claim = replace(ROWS[0], spans=(), answerable=None, relevant=None, supported=True)
    (example,) = whole(tokens.encode([claim]), tokens, 128)
    assert not example.learns_span
    assert example.labels == (NO_LABEL, NO_LABEL, 1.0)


def test_batches_are_of_one_length_and_lose_no_answer(tokens: Tokens) -> None:
    rows = [replace(each, id=f"{each.id}{number}") for each in LONG_ROWS for number in range(30)]
    texts = tokens.encode(rows)
    made = examples(texts, tokens, 7, epoch=0)
    batches = one_length_batches(made, 1024, random.Random(1))
    assert len({each.row for batch in batches for each in batch}) > len(rows) / 2
    for batch in batches:
        assert len({len(each.ids) for each in batch}) == 1
        assert len(batch) * len(batch[0].ids) <= 1024
        for each in batch:
            for _, last in each.spans:
                assert last < len(each.ids) - 1
            assert each.ids[-1] == tokens.sep


def test_an_answer_at_the_very_end_is_not_cropped_away(tokens: Tokens) -> None:
    text = PASSAGE + " The mouth of it lies at Stettin"
    (example,) = whole(tokens.encode([row("Where?", "Stettin", passage=text)]), tokens, 256)
    assert crop(example).spans == example.spans
    assert len(crop(example).ids) == len(example.ids)
