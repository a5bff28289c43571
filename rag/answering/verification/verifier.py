"""Checks sentences against the evidence they cite, without a model.

What a sentence says is compared with the sentences that carry most of it: numbers, dates and names
must be there and stand in the same company, what is denied here must not be stated there, and the
content must be covered. `weights.py` says what each counts.
"""

import math
from collections.abc import Sequence

from rag.answering.verification.base import (
    EvidenceText,
    Piece,
    SupportingSpan,
    Verdict,
)
from rag.answering.verification.claims import states_something
from rag.answering.verification.coverage import EvidenceSentence, Rarity, prefixes_of
from rag.answering.verification.reading import Reader, Reading
from rag.answering.verification.reasons import reasons_of
from rag.answering.verification.signals import Comparison, Signals, compare
from rag.answering.verification.weights import (
    INTERCEPT,
    SUPPORTED_FROM,
    UNSUPPORTED_BELOW,
    WEIGHTS,
)
from rag.ingest.sentences import sentence_spans
from rag.types import Support

_EMPTY = Verdict("unsupported", True, 0.0, ("there is no evidence",))


class Verifier:
    """A `SentenceChecker` over the evidence of one answer.

    Args:
        evidence: As the model saw it, in the order of its numbers.
    """

    def __init__(self, evidence: Sequence[EvidenceText]) -> None:
        self._reader = Reader()
        self._evidence = tuple(evidence)
        # Read when it is first cited: the reader waits for one sentence, not for all evidence.
        self._sentences: dict[int, tuple[EvidenceSentence, ...]] = {}
        self._rarity = Rarity(f"{each.context}\n{each.text}" for each in evidence)

    def check(self, piece: Piece) -> Verdict:
        """The verdict on one sentence; takes a few milliseconds."""
        claim = self._reader.read(piece.text)
        if not states_something(claim, piece.kind):
            return Verdict("supported", False, 1.0)
        if not self._evidence:
            return _EMPTY
        cited = tuple(each for each in piece.cited if 0 <= each < len(self._evidence))
        if piece.kind == "structure":
            return self._structure(claim, cited or tuple(range(len(self._evidence))))
        if not cited:
            return self._best(claim)
        verdict = self._verdict(claim, cited)
        if verdict.support == "supported":
            return verdict
        return self._rebound(claim, cited, verdict)

    def prepare(self) -> None:
        """Reads all evidence, about 15 ms for each 1,000 words; `check` else reads what is cited
        first. Worth calling while a model has not said anything yet.
        """
        for number in range(len(self._evidence)):
            self._read(number)

    def compared(self, text: str, cited: Sequence[int]) -> Comparison:
        """What a sentence's verdict on this evidence is made of, for the fit."""
        return self._compare(self._reader.read(text), tuple(cited))

    def _read(self, number: int) -> tuple[EvidenceSentence, ...]:
        known = self._sentences.get(number)
        if known is None:
            text = self._evidence[number].text
            spans = sentence_spans(text, 0, len(text))
            readings = [self._reader.read(text[start:end]) for start, end in spans]
            known = self._sentences[number] = tuple(
                EvidenceSentence(number, *span, reading, prefixes_of(reading))
                for span, reading in zip(spans, readings, strict=True)
            )
        return known

    def _compare(self, claim: Reading, cited: Sequence[int]) -> Comparison:
        sentences = [each for number in cited for each in self._read(number)]
        context = self._reader.read(". ".join(self._evidence[number].context for number in cited))
        return compare(claim, sentences, context, self._rarity)

    def _verdict(self, claim: Reading, cited: Sequence[int]) -> Verdict:
        comparison = self._compare(claim, cited)
        score = probability(comparison.signals)
        if comparison.is_invented:
            score = min(score, _JUST_UNSUPPORTED)
        elif comparison.is_doubtful:
            score = min(score, _JUST_WEAK)
        support = support_of(score)
        return Verdict(
            support=support,
            is_claim=True,
            score=score,
            reasons=() if support == "supported" else reasons_of(comparison),
            spans=_spans(comparison.chosen) if support != "unsupported" else (),
            matched=comparison.matched,
        )

    def _best(self, claim: Reading) -> Verdict:
        """The verdict on what cites nothing: by the evidence that carries most of it, and only
        where it carries half.
        """
        verdicts = [
            self._verdict(claim, (number,))
            for number in range(len(self._evidence))
            if self._rarity.share(claim.stems, number) >= _LEAST_UNCITED
        ]
        best = max(verdicts, key=lambda verdict: verdict.score, default=None)
        return best or Verdict("unsupported", True, 0.0, ("no evidence says this",))

    def _structure(self, claim: Reading, evidence: Sequence[int]) -> Verdict:
        """A heading or a table's first row is no sentence: its numbers must be somewhere, and of
        a long one half of the words.
        """
        missing = [item for item in self._compare(claim, evidence).missing if item.quantity]
        share = max(self._rarity.share(claim.stems, number) for number in evidence)
        if missing or (len(claim.content) > _SHORT and share < _LEAST_UNCITED):
            reasons = [f"the evidence does not name {item.text!r}" for item in missing]
            return Verdict("unsupported", True, 0.0, tuple(reasons) or ("no evidence says this",))
        return Verdict("supported", False, 1.0)

    def _rebound(self, claim: Reading, cited: Sequence[int], verdict: Verdict) -> Verdict:
        others = [
            number
            for number in range(len(self._evidence))
            if number not in cited and self._rarity.share(claim.stems, number) >= _ENOUGH_TO_LOOK
        ]
        better = [self._verdict(claim, (number,)) for number in others]
        best = max(better, key=lambda each: each.score, default=verdict)
        if best.support != "supported" or best.score < verdict.score + _CLEARLY:
            return verdict
        return Verdict(
            "unsupported",
            True,
            verdict.score,
            ("other evidence says this, not what is cited", *verdict.reasons),
            (),
            best.spans,
            best.matched,
        )


_CLEARLY = 0.3
_ENOUGH_TO_LOOK = 0.75
_LEAST_UNCITED = 0.5
_SHORT = 3  # words, of a heading that may be the model's own
_JUST_WEAK = SUPPORTED_FROM - 0.001
_JUST_UNSUPPORTED = UNSUPPORTED_BELOW - 0.001


def probability(signals: Signals) -> float:
    """That a sentence with these signals is true to its evidence, 0 to 1."""
    total = INTERCEPT + sum(weight * getattr(signals, name) for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-total))


def support_of(score: float) -> Support:
    """The word for a probability."""
    if score >= SUPPORTED_FROM:
        return "supported"
    return "weak" if score >= UNSUPPORTED_BELOW else "unsupported"


def _spans(chosen: Sequence[EvidenceSentence]) -> tuple[SupportingSpan, ...]:
    """Places of the sentences, neighbours joined, in order of what they carry."""
    spans: list[SupportingSpan] = []
    for each in chosen:
        for position, span in enumerate(spans):
            if span.evidence == each.evidence and (
                0 <= each.start - span.end <= 3 or 0 <= span.start - each.end <= 3
            ):
                joined = SupportingSpan(
                    span.evidence, min(span.start, each.start), max(span.end, each.end)
                )
                spans[position] = joined
                break
        else:
            spans.append(SupportingSpan(each.evidence, each.start, each.end))
    return tuple(spans)
