"""Chooses the sentences that answer a question: verbatim, from the best passages, without a model.

The score of a sentence is its passage's fused score, its own closeness to the question in meaning
and in words, whether it holds the kind of thing asked for, and whether it speaks of another year
than the one asked about. The weights are a rounded fit on one half of public question sets; more
signals than these gained nothing on the other half.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.conflicts import differ, figures
from rag.answering.question import QuestionKind, holds_kind, question_kind, years
from rag.retrieval.retriever import Passage, ScoredSentence

PASSAGES = 5
"""Sentences are taken from this many of the best passages."""

EVIDENCE_TOKENS = 2000
"""Tokens (o200k_base) of passages that an answer draws from, unless the settings say otherwise."""

MOST_SENTENCES = 3

WITHIN = 0.5
"""A further sentence is shown only where its score is no more than this below the best."""

LONGEST = 500
"""Characters beyond which no further sentence is added; the first is always whole."""

_DENSE = 0.8
_LEXICAL = 0.5
_KIND = 0.06
_OTHER_YEAR = -0.1  # a year that matches is a word in common already
_SAME = 0.92  # cosine of two sentences from which on the second says nothing new

# Sentences that say "he" or "this" first are quoted with the one before, which says who or what.
_LEANS_BACK = re.compile(
    r"[\"'“‘(]*(?:he|she|it|they|his|her|its|their|this|these|those|that|such|both|there|here"
    r"|the former|the latter)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence, where it stands, and how well it answers.

    Attributes:
        start: Where the quote begins: at the sentence, or at the one before, which it leans on.
    """

    passage: Passage
    sentence: ScoredSentence
    score: float
    start: int

    @property
    def end(self) -> int:
        """Where the quote ends, exclusive; `start` and `end` point into the document's text."""
        return self.sentence.end

    @property
    def text(self) -> str:
        """The quote, exactly as the document has it."""
        chunk = self.passage.hit.chunk
        return chunk.text[self.start - chunk.start : self.end - chunk.start]


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
    kind, asked = question_kind(question), years(question)
    weighed = []
    for rank, passage in enumerate(passages):
        for sentence in passage.sentences:
            score = passage.fused + _fit(sentence, passage, kind, asked)
            evidence = Evidence(passage, sentence, score, sentence.start)
            weighed.append((-score, rank, sentence.start, evidence))
    weighed.sort(key=lambda entry: entry[:3])
    return tuple(entry[3] for entry in weighed)


def choose(question: str, weighed: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The one to three quotes to show, none saying the same as one before it.

    The best comes first; where the next says another figure about the same, the newer of the two
    does, if their dates are known.
    """
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
    ordered = _newest_first(question_kind(question), chosen)
    return tuple(_with_antecedent(each, ordered) for each in ordered)


def _fit(
    sentence: ScoredSentence, passage: Passage, kind: QuestionKind, asked: frozenset[str]
) -> float:
    fit = _DENSE * sentence.dense + _LEXICAL * sentence.lexical
    if holds_kind(kind, sentence.text):
        fit += _KIND
    if asked:
        date = passage.hit.document.date
        said = years(sentence.text) or frozenset({date[:4]} if date else ())
        if said and not said & asked:
            fit += _OTHER_YEAR
    return fit


def _is_repeated(evidence: Evidence, chosen: Sequence[Evidence]) -> bool:
    sentence = evidence.sentence
    for other in (each.sentence for each in chosen):
        same = float(sentence.direction @ other.direction) > _SAME or sentence.words <= other.words
        if same and not (figures(sentence.text) - figures(other.text)):
            return True
    return False


def _newest_first(kind: QuestionKind, chosen: Sequence[Evidence]) -> list[Evidence]:
    ordered = list(chosen)
    if kind in ("number", "time") and len(ordered) > 1:
        best, second = ordered[:2]
        dates = [each.passage.hit.document.date for each in (best, second)]
        if all(dates) and dates[1] > dates[0] and differ(best.sentence, second.sentence):  # type: ignore[operator]
            ordered[:2] = [second, best]
    return ordered


def _with_antecedent(evidence: Evidence, chosen: Sequence[Evidence]) -> Evidence:
    if not _LEANS_BACK.match(evidence.sentence.text):
        return evidence
    sentences = evidence.passage.sentences
    position = sentences.index(evidence.sentence)
    if position == 0:
        return evidence
    before = sentences[position - 1]
    shown = any(each.sentence is before for each in chosen)
    if shown or evidence.end - before.start > LONGEST:
        return evidence
    return Evidence(evidence.passage, evidence.sentence, evidence.score, before.start)
