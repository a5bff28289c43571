"""A reader may lower what the check of words says, and do no more."""

from collections.abc import Sequence

import numpy as np
import pytest

from embeddings.base import FloatArray
from rag.answering.verification.base import EvidenceText, Piece
from rag.answering.verification.reader_check import ReaderCheck
from rag.answering.verification.verifier import Verifier

EVIDENCE = EvidenceText(
    "Parental leave is sixteen weeks long. It is paid in full by the company.", "Handbook"
)
TRUE = Piece("Parental leave is sixteen weeks long.", (0,))
WRONG = Piece("Parental leave is ninety weeks long.", (0,))


@pytest.mark.parametrize(
    ("of_the_quote", "of_the_whole", "support", "times"),
    [(4.0, 4.0, "supported", 1), (3.0, -8.0, "supported", 1), (-8.0, -1.9, "supported", 2),
     (-2.1, -2.1, "weak", 2)],
)  # fmt: skip
def test_a_verdict_is_lowered_where_neither_the_quote_nor_the_whole_supports(
    of_the_quote: float, of_the_whole: float, support: str, times: int
) -> None:
    quote, whole = "Parental leave is sixteen weeks long.", f"Handbook\n{EVIDENCE.text}"
    says = {quote: of_the_quote, whole: of_the_whole}
    asked: list[tuple[str, str]] = []

    def supports(pairs: Sequence[tuple[str, str]]) -> FloatArray:
        asked.extend(pairs)
        return np.array([says[text] for _, text in pairs], np.float32)

    first = Verifier([EVIDENCE])
    verdict = ReaderCheck(first, supports, [EVIDENCE], weak_below=-2.0).check(TRUE)
    assert verdict.support == support
    assert verdict.spans == first.check(TRUE).spans
    assert asked == [(TRUE.text, quote), (TRUE.text, whole)][:times]


def test_no_verdict_is_raised_and_a_reader_that_fails_changes_none() -> None:
    first = Verifier([EVIDENCE])
    sure = ReaderCheck(
        first, lambda pairs: np.full(len(pairs), 9.0, np.float32), [EVIDENCE], weak_below=-6.0
    )
    assert sure.check(WRONG) == first.check(WRONG)
    failing = ReaderCheck(first, lambda pairs: None, [EVIDENCE], weak_below=-6.0)
    assert failing.check(TRUE) == first.check(TRUE)
