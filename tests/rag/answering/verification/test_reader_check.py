"""A reader may lower what the check of words says, and do no more."""

import numpy as np
import pytest

from embeddings.base import FloatArray
from rag.answering.verification.base import EvidenceText, Piece
from rag.answering.verification.reader_check import ReaderCheck
from rag.answering.verification.verifier import Verifier

EVIDENCE = "Parental leave is sixteen weeks long. It is paid in full by the company."
TRUE = Piece("Parental leave is sixteen weeks long.", (0,))
WRONG = Piece("Parental leave is ninety weeks long.", (0,))


@pytest.mark.parametrize(
    ("logit", "support"), [(4.0, "supported"), (-5.9, "supported"), (-6.1, "weak")]
)
def test_only_where_the_reader_is_very_sure_a_verdict_is_lowered(
    logit: float, support: str
) -> None:
    asked: list[object] = []

    def supports(pairs: object) -> FloatArray:
        asked.append(pairs)
        return np.array([logit], np.float32)

    first = Verifier([EvidenceText(EVIDENCE)])
    verdict = ReaderCheck(first, supports, [EVIDENCE], weak_below=-6.0).check(TRUE)
    assert verdict.support == support
    assert verdict.spans == first.check(TRUE).spans
    assert asked == [[(TRUE.text, EVIDENCE)]]


def test_no_verdict_is_raised_and_a_reader_that_fails_changes_none() -> None:
    first = Verifier([EvidenceText(EVIDENCE)])
    sure = ReaderCheck(
        first, lambda pairs: np.full(len(pairs), 9.0, np.float32), [EVIDENCE], weak_below=-6.0
    )
    assert sure.check(WRONG) == first.check(WRONG)
    failing = ReaderCheck(first, lambda pairs: None, [EVIDENCE], weak_below=-6.0)
    assert failing.check(TRUE) == first.check(TRUE)
