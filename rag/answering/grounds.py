"""What a model's sentence may stand on: the evidence without what speaks to models, and the places
that a verdict names.
"""

import re

from embeddings.base import CharSpan
from rag.answering.citations import quoted
from rag.answering.verification.base import EvidenceText, Piece, Verdict
from rag.llm.addressing import addresses_model
from rag.llm.fencing import blanked, speaks_to_models
from rag.llm.prompting import AnswerPrompt
from rag.types import Chunk, Citation, Hit

_WORD = re.compile(r"[^\W_]{4,}")
_OF_A_LEAD_IN = frozenset(
    ("according", "also", "answer", "below", "documents", "document", "evidence", "following",
     "follows", "here", "points", "question", "regarding", "said", "says", "sources", "state",
     "stated", "states", "steps", "summary", "that", "there", "these", "this", "what", "which",
     "with", "from", "main", "list", "lists", "listed", "overview", "details", "more", "they")
)  # fmt: skip
_LONGEST_LEAD_IN = 160


def sources_of(verdict: Verdict, prompt: AnswerPrompt) -> list[Citation]:
    """What carries a sentence: in what it cites, or without any doubt elsewhere."""
    spans = verdict.rebound if verdict.support == "unsupported" else verdict.spans
    cited = []
    for span in spans:
        hit = prompt.evidence[span.evidence]
        start = hit.chunk.start
        place = (start + span.start, start + span.end)
        cited.append(quoted(0, hit, place, (0, 0), stale=False))
    return cited


def leads_over(piece: Piece, question: str, evidence: str) -> bool:
    """Whether a text that states nothing may lead over to what does: a heading or "…:" in words
    that the question, the evidence or such texts have.
    """
    text = piece.text
    if len(text) > _LONGEST_LEAD_IN or not (piece.kind == "structure" or text.endswith(":")):
        return False
    words = _words(text) - _OF_A_LEAD_IN - _words(question)
    return words <= _words(evidence) and not addresses_model(text)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text))


def evidence_text(hit: Hit, text: str) -> EvidenceText:
    """A piece of evidence without what speaks to models, everything else in its place."""
    chunk, document = hit.chunk, hit.document
    sentences = sentences_of(chunk)
    framed = [document.title, chunk.heading or "", document.date or "", document.uri]
    context = "\n".join(part for part in framed if not addresses_model(part))
    shown = [(start, end) for start, end in sentences if end <= len(text)]
    return EvidenceText(blanked(text, speaks_to_models(text, shown or [(0, len(text))])), context)


def sentences_of(chunk: Chunk) -> list[CharSpan]:
    """As spans into its own text."""
    return [(start - chunk.start, end - chunk.start) for start, end in chunk.sentences]
