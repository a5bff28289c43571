"""Chooses the sentences that answer a question: verbatim, from the best passages, without a model.

The score of a sentence is its passage's fused score, its own closeness to the question in meaning
and in words, and whether it holds the kind of thing asked for. The weights are a rounded fit on one
half of public question sets; more signals than these four gained nothing on the other half.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.question import holds_kind, question_kind
from rag.retrieval.retriever import Passage, ScoredSentence

PASSAGES = 5
"""Sentences are taken from this many of the best passages."""

EVIDENCE_TOKENS = 2000
"""Tokens (o200k_base) of passages that an answer draws from, unless the settings say otherwise."""

MOST_SENTENCES = 3

WITHIN = 0.2
"""A further sentence is shown only where its score is no more than this below the best."""

LONGEST = 450
"""Characters after which no further sentence is added; the first is always whole."""

_DENSE = 0.8
_LEXICAL = 0.5
_KIND = 0.06
_SAME = 0.92  # cosine of two sentences from which on the second says nothing new


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence, where it stands, and how well it answers."""

    passage: Passage
    sentence: ScoredSentence
    score: float


def within_budget(
    passages: Sequence[Passage], evidence_tokens: int = EVIDENCE_TOKENS
) -> tuple[Passage, ...]:
    """The best passages while their tokens fit in the budget; the first always does."""
    kept: list[Passage] = []
    for passage in passages[:PASSAGES]:
        evidence_tokens -= passage.hit.chunk.tokens
        if kept and evidence_tokens < 0:
            break
        kept.append(passage)
    return tuple(kept)


def weigh(question: str, passages: Sequence[Passage]) -> tuple[Evidence, ...]:
    """Every sentence of the passages with its score, best first, ties by passage and place."""
    kind = question_kind(question)
    weighed = []
    for rank, passage in enumerate(passages):
        for sentence in passage.sentences:
            score = (
                passage.fused
                + _DENSE * sentence.dense
                + _LEXICAL * sentence.lexical
                + _KIND * holds_kind(kind, sentence.text)
            )
            weighed.append((-score, rank, sentence.start, Evidence(passage, sentence, score)))
    weighed.sort(key=lambda entry: entry[:3])
    return tuple(entry[3] for entry in weighed)


def choose(weighed: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """The one to three sentences to show, best first, none saying the same as one before it."""
    chosen: list[Evidence] = []
    length = 0
    for evidence in weighed:
        if len(chosen) == MOST_SENTENCES or (chosen and evidence.score < chosen[0].score - WITHIN):
            break
        size = len(evidence.sentence.text)
        if chosen and (length + size > LONGEST or _is_repeated(evidence, chosen)):
            continue
        chosen.append(evidence)
        length += size
    return tuple(chosen)


def _is_repeated(evidence: Evidence, chosen: list[Evidence]) -> bool:
    words = evidence.sentence.words
    return any(
        words <= other.sentence.words
        or float(evidence.sentence.direction @ other.sentence.direction) > _SAME
        for other in chosen
    )
