"""What a reader says of a sentence that the check of its words lets through.

It may only lower a verdict, from `supported` to `weak`, and only where it is very sure. A reader
that cannot be run changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from embeddings.base import FloatArray
from rag.answering.verification.base import EvidenceText, Piece, SentenceChecker, Verdict

Supports = Callable[[Sequence[tuple[str, str]]], FloatArray | None]
"""Logits that sentences follow from passages, shape (pairs,); None where nobody can say."""


class ReaderCheck:
    """A `SentenceChecker` in front of another one.

    Args:
        first: Whose verdict is asked for first.
        supports: Asked about the sentence and what is quoted for it; where that may lean on the
            rest of the evidence, which takes five times as long, about that too.
        evidence: What verdicts point into.
        weak_below: A verdict is lowered where nothing of that has this logit.
    """

    def __init__(
        self,
        first: SentenceChecker,
        supports: Supports,
        evidence: Sequence[EvidenceText],
        *,
        weak_below: float,
    ) -> None:
        self._first = first
        self._supports = supports
        self._evidence = tuple(evidence)
        self._weak_below = weak_below

    def check(self, piece: Piece) -> Verdict:
        """The first verdict, or a lower one."""
        verdict = self._first.check(piece)
        if not verdict.spans or verdict.support != "supported":
            return verdict
        grounds = (self._quoted, self._whole)
        if any(self._is_supported(piece, texts_of(verdict)) for texts_of in grounds):
            return verdict
        reasons = ("the reader finds little support for it", *verdict.reasons)
        return replace(verdict, support="weak", reasons=reasons)

    def _is_supported(self, piece: Piece, texts: Sequence[str]) -> bool:
        """Whether one of the texts supports it, or nobody can say."""
        logits = self._supports([(piece.text, text) for text in texts])
        return logits is None or float(logits.max()) >= self._weak_below

    def _quoted(self, verdict: Verdict) -> list[str]:
        quoted = []
        for place in dict.fromkeys(span.evidence for span in verdict.spans):
            spans = [span for span in verdict.spans if span.evidence == place]
            first, last = min(each.start for each in spans), max(each.end for each in spans)
            quoted.append(self._evidence[place].text[first:last])
        return quoted

    def _whole(self, verdict: Verdict) -> list[str]:
        cited = dict.fromkeys(self._evidence[span.evidence] for span in verdict.spans)
        return [f"{each.context}\n{each.text}".strip() for each in cited]
