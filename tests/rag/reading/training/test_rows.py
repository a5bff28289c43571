import gzip
import json
from pathlib import Path

import pytest

from rag.reading.training.rows import is_held_back, read_rows, row_of, with_anchors
from tests.rag.reading.training.small_training import ROWS, row

CLAIM = {"id": "1", "claim": "It rains.", "evidence": "It is raining.", "set": "fever_part"}
QUESTION = {
    "id": "1",
    "question": "Who?",
    "context": "It was Ann.",
    "answers": [{"text": "Ann", "start": 7}],
    "answerable": True,
    "set": "quoref",
}


@pytest.mark.parametrize(
    ("label", "supported"),
    [("SUPPORTED", True), ("REFUTED", False), ("NEI", False), ("PARTIAL", False)],
)
def test_a_claim_is_supported_only_where_its_label_says_so(label: str, supported: bool) -> None:
    found = row_of({**CLAIM, "label": label})
    assert found is not None
    assert (found.supported, found.answerable, found.spans) == (supported, None, ())


def test_noisy_negatives_of_one_set_are_left_out() -> None:
    assert row_of({**CLAIM, "set": "fool_me_twice", "label": "NEI"}) is None


def test_a_question_keeps_its_answer_as_a_span() -> None:
    found = row_of(QUESTION)
    assert found is not None
    assert [found.passage[start:end] for start, end in found.spans] == ["Ann"]
    assert (found.answerable, found.relevant, found.supported) == (True, True, None)


def test_a_whole_sentence_is_no_short_answer() -> None:
    found = row_of({**QUESTION, "span_type": "sentence"})
    assert found is not None
    assert (found.spans, found.anchor) == ((), (7, 10))


def test_an_answer_outside_its_passage_is_an_error() -> None:
    with pytest.raises(ValueError, match="outside its passage"):
        row_of({**QUESTION, "answers": [{"text": "Annabel", "start": 7}]})


def test_rows_are_read_in_order_from_gzipped_lines(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "quoref.jsonl.gz", "wt") as lines:
        for each in ("1", "2"):
            lines.write(json.dumps({**QUESTION, "id": each}) + "\n\n")
    assert [each.id for each in read_rows(tmp_path, ["quoref"])] == ["1", "2"]


def test_what_was_made_from_a_row_is_anchored_at_its_answer() -> None:
    made = row("Who built the newest bridge?", "Karl Weber", id="swap-squad_train_part-c")
    (anchored,) = with_anchors([made], {"squad_train_part-c": ROWS[2]})
    assert anchored.anchor == ROWS[2].spans[0]


def test_all_rows_of_a_passage_are_held_back_or_none() -> None:
    assert len({is_held_back(each, 0.5) for each in ROWS}) == 1
    assert not is_held_back(ROWS[0], 0.0)
    assert is_held_back(ROWS[0], 1.0)
