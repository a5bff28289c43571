"""What a check of a sentence takes and gives. Offsets are Unicode code points into a piece of
evidence's own text, 0-based, end exclusive.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from rag.types import Support

PieceKind = Literal["sentence", "structure"]


@dataclass(frozen=True, slots=True)
class Piece:
    r"""A whole sentence of a model's text, or a heading or a row that stands for itself.

    Attributes:
        text: Readable text without markers, links, tags and invisible characters; never empty, no
            white space around it.
        cited: The evidence its markers name, from 0, in order of appearance, each once.
        kind: "structure" for headings and the like. They are checked as well: one that states no
            fact is supported without a citation.
        lead: What stands between it and the piece before: "", " ", or line breaks and what opens
            the line, as "\n\n", "\n- ", "\n2. ", "\n\n## ". The text of an answer is lead and text
            of its pieces, one after the other; the first piece's lead has no line break.
    """

    text: str
    cited: tuple[int, ...] = ()
    kind: PieceKind = "sentence"
    lead: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceText:
    """A piece of evidence as the model saw it.

    Attributes:
        text: The passage; the spans of a verdict point into it.
        context: What frames it: title, headings, date. Its words and names count as said, and are
            never the span.
    """

    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class SupportingSpan:
    """A sentence (or two that follow each other) of a piece of evidence: `evidence` counts from
    0.
    """

    evidence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the evidence says what a sentence says.

    Attributes:
        support: `supported` only if all that it cites (or, where it cites nothing, some evidence)
            carries it.
        is_claim: False for sentences that state no fact ("Here is what I found:"); those are
            supported and have no spans.
        score: Probability that it is true to its evidence, 0 to 1, as fitted.
        reasons: What speaks against it, in words for a person, worst first: "the evidence does not
            name 12 %".
        spans: What carries it, best first, one to three, never two of the same place. Of the cited
            evidence; of any evidence where it cites none. For weak sentences the nearest;
            empty for unsupported ones.
        rebound: What carries it in evidence that it does not cite, where the cited does not and the
            other does so without any doubt; the support is then `unsupported`, and whoever shows
            the sentence may move its citation there.
        matched: The numbers, dates and names that were found, as the sentence has them.
    """

    support: Support
    is_claim: bool
    score: float
    reasons: tuple[str, ...] = ()
    spans: tuple[SupportingSpan, ...] = ()
    rebound: tuple[SupportingSpan, ...] = ()
    matched: tuple[str, ...] = ()


class SentenceChecker(Protocol):
    """Checks a sentence: Quoth's own `Verifier`, or a second model behind it.

    A second model may only lower a verdict, never raise it, and must answer in bounded time.
    """

    def check(self, piece: Piece) -> Verdict:
        """The verdict; never raises on any text."""
        ...
