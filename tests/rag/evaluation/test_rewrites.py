from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from rag.errors import QuestionSetInvalid
from rag.evaluation.rewrites import read_rewrites, rewrite_record
from rag.evaluation.sets import read_set
from rag.retrieval.retriever import Passage, Retrieval
from rag.types import Turn
from tests.answers import make_document, make_hit
from tests.rag.evaluation.small_set import REWRITES, write_set


@dataclass
class FindsWithHistory:
    """Finds the bus where it is told what was said before, or asked in a person's words."""

    asked: list[tuple[str, Sequence[Turn]]] = field(default_factory=list)

    def retrieve(self, question: str, *, k: int = 8, history: Sequence[Turn] = ()) -> Retrieval:
        self.asked.append((question, history))
        found = bool(history) or "electric" in question
        hit = make_hit(make_document(uri="000001.row" if found else "000002.row"))
        return Retrieval((Passage(hit, 1.0, ()),), {}, 0.0, np.zeros(3, np.float32))


def test_a_follow_up_is_searched_for_in_three_ways(tmp_path: Path) -> None:
    pair, _ = read_rewrites(write_set(tmp_path, rewrites=REWRITES), read_set(tmp_path))
    assistant = FindsWithHistory()
    record = rewrite_record(assistant, pair)
    assert record.values == {
        "followup_last_turn": 0.0,
        "followup_own": 1.0,
        "followup_rewrite": 1.0,
    }
    assert assistant.asked == [
        (pair.question, ()),
        (pair.question, (Turn("user", "How long is the bus?"),)),
        (pair.rewrite, ()),
    ]


def test_a_turn_with_no_word_changed_stands_alone(tmp_path: Path) -> None:
    _, alone = read_rewrites(write_set(tmp_path, rewrites=REWRITES), read_set(tmp_path))
    record = rewrite_record(FindsWithHistory(), alone)
    assert record.values["standalone_change"] == -1.0


def test_a_set_without_rewrites_has_none(tmp_path: Path) -> None:
    assert read_rewrites(write_set(tmp_path), read_set(tmp_path)) == ()


def test_a_pair_without_a_rewrite_is_named_by_its_line(tmp_path: Path) -> None:
    broken = [REWRITES[0], {**REWRITES[1], "rewrite": None}]
    with pytest.raises(QuestionSetInvalid, match=r"Line 2 .* has no rewrite"):
        read_rewrites(write_set(tmp_path, rewrites=broken), read_set(tmp_path))
