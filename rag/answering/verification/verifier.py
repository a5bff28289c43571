"""Checks sentences against the evidence they cite, without a model."""

from collections.abc import Sequence

from rag.answering.verification.base import EvidenceText, Piece, Similarity, Verdict


class Verifier:
    """A `SentenceChecker` over the evidence of one answer.

    Args:
        evidence: As the model saw it, in the order of its numbers.
        similarity: Closeness of sentence vectors, if there is an encoder at hand.
    """

    def __init__(
        self, evidence: Sequence[EvidenceText], similarity: Similarity | None = None
    ) -> None:
        self._evidence = tuple(evidence)
        self._similarity = similarity

    def check(self, piece: Piece) -> Verdict:
        """The verdict on one sentence; takes a few milliseconds."""
        raise NotImplementedError(piece)
