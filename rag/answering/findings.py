"""What was found for each part of a question, and what to say of all of them together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TypeVar

from rag.answering import abstention
from rag.answering.abstention import Level, Signals
from rag.answering.extractive import MOST_SENTENCES, Evidence, choose, weigh, within_budget
from rag.reading.base import Reading
from rag.retrieval.retriever import Passage, Retrieval, Retriever
from rag.types import Hit, Status

_Each = TypeVar("_Each")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for a question, or for one part of it.

    Attributes:
        question: The part, as it was asked.
        retrieval: All passages that were looked at.
        passages: Those that sentences were taken from.
        weighed: Every sentence of these with its score, best first.
        signals: What the confidence is made of; None where there was no sentence.
        confidence: Probability that the documents answer the part.
        found: Whether the confidence reaches the line below which nothing is said.
        readings: What a reader says of passages, by the chunk's id, for those that it has read;
            None where there is no reader.
    """

    question: str
    retrieval: Retrieval
    passages: tuple[Passage, ...]
    weighed: tuple[Evidence, ...]
    signals: Signals | None
    confidence: float
    found: bool
    readings: Mapping[int, Reading] | None = None


def finding_of(
    question: str,
    retrieval: Retrieval,
    readings: Mapping[int, Reading] | None,
    retriever: Retriever,
    *,
    evidence_tokens: int,
    level: Level,
) -> Finding:
    """What the passages say, weighed.

    Args:
        question: The part, as it was asked.
        retrieval: Its passages in the order in which they are drawn from.
        readings: What a reader says of them, by the chunk's id; None where there is none.
        retriever: What has found them.
        evidence_tokens: Most tokens of the passages that sentences are taken from.
        level: How sure an answer must be.
    """
    passages = within_budget(retrieval.passages, evidence_tokens)
    weighed = weigh(question, passages, readings)
    signals = abstention.signals(weighed, retrieval, retriever)
    known = readings or {}
    ids = [each.hit.chunk.id for each in retrieval.passages]
    read = [known[each] for each in ids if each in known]
    confidence = abstention.confidence(signals, read)
    found = abstention.is_found(confidence, level, was_read=bool(read))
    return Finding(question, retrieval, passages, weighed, signals, confidence, found, readings)


def status_of(findings: Sequence[Finding]) -> Status:
    """Answered if all parts are, partial if some are."""
    if all(finding.found for finding in findings):
        return "answered"
    return "partial" if any(finding.found for finding in findings) else "not_found"


def confidence_of(findings: Sequence[Finding]) -> float:
    """The mean over the parts: a question half answered is half sure."""
    return sum(finding.confidence for finding in findings) / len(findings)


def evidence_of(findings: Sequence[Finding]) -> tuple[Evidence, ...]:
    """The quotes to show: the best of each part that was found, then the next of each."""
    chosen = [choose(each.question, each.weighed) for each in findings if each.found]
    unique: dict[tuple[str, int], Evidence] = {}
    for evidence in _in_turn(chosen):
        unique.setdefault((evidence.passage.hit.document.id, evidence.end), evidence)
    return tuple(unique.values())[: max(MOST_SENTENCES, len(chosen))]


def hits_of(findings: Sequence[Finding], k: int) -> tuple[Hit, ...]:
    """The passages of all parts in turn, each once, at most k."""
    unique: dict[int, Hit] = {}
    for passage in _in_turn([finding.retrieval.passages for finding in findings]):
        unique.setdefault(passage.hit.chunk.id, passage.hit)
    return tuple(unique.values())[:k]


def _in_turn(groups: Iterable[Sequence[_Each]]) -> Iterable[_Each]:
    rounds = chain.from_iterable(zip_longest(*groups))
    return (each for each in rounds if each is not None)
