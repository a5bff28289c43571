"""Chooses the sentences that answer a question: verbatim, from the best passages, without a model.

The score of a sentence is its passage's fused score, its own closeness to the question in meaning
and in words, whether it holds the kind of thing asked for, and whether it speaks of another year
than the one asked about. The weights are a rounded fit on one half of public question sets; more
signals than these gained nothing on the other half.

Where a reader has pointed at the words that answer, the sentence that they stand in gains, and no
other loses: answers of several sentences stay what they are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from embeddings.base import CharSpan
from rag.answering.conflicts import differ, figures
from rag.answering.question import QuestionKind, holds_kind, question_kind, years
from rag.reading import blend
from rag.reading.base import Reading
from rag.retrieval.retriever import Passage, ScoredSentence

PASSAGES = 5
"""Sentences are taken from this many of the best passages."""

EVIDENCE_TOKENS = 2000
"""Tokens (o200k_base) of passages that an answer draws from, unless the settings say otherwise."""

MOST_SENTENCES = 3

WITHIN = 0.5
"""A further sentence is shown only where its score is no more than this below the best, both
without what a reader gave them, or both with it.
"""

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
        score: With the bonus.
        start: Where the quote begins: at the sentence, or at one before it, which it leans on or
            which holds the beginning of the words that answer.
        end: Where the quote ends, exclusive: at the sentence, or at one after it that holds the
            end of these words. Both point into the document's text.
        bonus: What it gained from the reader.
        reading: What a reader says of its passage; None where none has read it.
    """

    passage: Passage
    sentence: ScoredSentence
    score: float
    start: int
    end: int
    bonus: float = 0.0
    reading: Reading | None = None

    @property
    def plain_score(self) -> float:
        """The score without a reader."""
        return self.score - self.bonus

    @property
    def text(self) -> str:
        """The quote, exactly as the document has it."""
        return self.text_of((self.start, self.end))

    def text_of(self, span: CharSpan) -> str:
        """What stands in a part of the document's text that is inside the passage."""
        chunk = self.passage.hit.chunk
        return chunk.text[span[0] - chunk.start : span[1] - chunk.start]


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


def weigh(
    question: str, passages: Sequence[Passage], readings: Mapping[int, Reading] | None = None
) -> tuple[Evidence, ...]:
    """Every sentence of the passages with its score, best first, ties by passage and place.

    Args:
        question: As it was asked.
        passages: With their sentences.
        readings: What a reader says of passages, by the chunk's id; of some, or of none.
    """
    kind, asked = question_kind(question), years(question)
    weighed = []
    for rank, passage in enumerate(passages):
        reading = readings.get(passage.hit.chunk.id) if readings else None
        bonus = blend.sentence_bonus(reading) if reading is not None else 0.0
        held = _sentences_of(reading, passage) if reading is not None and bonus else []
        for sentence in passage.sentences:
            score = passage.fused + _fit(sentence, passage, kind, asked)
            if any(each is sentence for each in held):
                quote = _together(held, passage) or (sentence.start, sentence.end)
                evidence = Evidence(passage, sentence, score + bonus, *quote, bonus, reading)
            else:
                quote = sentence.start, sentence.end
                evidence = Evidence(passage, sentence, score, *quote, reading=reading)
            weighed.append((-evidence.score, rank, sentence.start, evidence))
    weighed.sort(key=lambda entry: entry[:3])
    return tuple(entry[3] for entry in weighed)


def choose(question: str, weighed: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The one to three quotes to show, none saying the same as one before it.

    The best comes first; where the next says another figure about the same, the newer of the two
    does, if their dates are known.
    """
    chosen: list[Evidence] = []
    length = 0
    least = max((each.plain_score for each in weighed), default=0.0) - WITHIN
    for evidence in weighed:
        if len(chosen) == MOST_SENTENCES:
            break
        size = evidence.end - evidence.start
        if chosen:
            is_weak = evidence.score < chosen[0].score - WITHIN and evidence.plain_score < least
            if is_weak or length + size > LONGEST or _is_repeated(evidence, chosen):
                continue
        chosen.append(evidence)
        length += size
    ordered = _newest_first(question_kind(question), chosen)
    return tuple(_with_antecedent(each, ordered) for each in ordered)


def _sentences_of(reading: Reading, passage: Passage) -> list[ScoredSentence]:
    """Those that the words stand in that answer best."""
    start, end = reading.span
    return [each for each in passage.sentences if each.start < end and start < each.end]


def _together(sentences: Sequence[ScoredSentence], passage: Passage) -> CharSpan | None:
    """The span of sentences that follow each other; None where something stands between them that
    may not be quoted, or where they are too long.
    """
    chunk = passage.hit.chunk
    start, end = sentences[0].start, sentences[-1].end
    for one, other in pairwise(sentences):
        if chunk.text[one.end - chunk.start : other.start - chunk.start].strip():
            return None
    return None if len(sentences) > 1 and end - start > LONGEST else (start, end)


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
    if any(_covers(each, evidence.sentence, evidence.passage) for each in chosen):
        return True
    sentence = evidence.sentence
    for other in (each.sentence for each in chosen):
        same = float(sentence.direction @ other.direction) > _SAME or sentence.words <= other.words
        if same and not (figures(sentence.text) - figures(other.text)):
            return True
    return False


def _covers(evidence: Evidence, sentence: ScoredSentence, passage: Passage) -> bool:
    """Whether a sentence of a passage is quoted already."""
    return (
        evidence.passage.hit.chunk.id == passage.hit.chunk.id
        and evidence.start <= sentence.start
        and sentence.end <= evidence.end
    )


def _newest_first(kind: QuestionKind, chosen: Sequence[Evidence]) -> list[Evidence]:
    ordered = list(chosen)
    if kind in ("number", "time") and len(ordered) > 1:
        best, second = ordered[:2]
        dates = [each.passage.hit.document.date for each in (best, second)]
        if all(dates) and dates[1] > dates[0] and differ(best.sentence, second.sentence):  # type: ignore[operator]
            ordered[:2] = [second, best]
    return ordered


def _with_antecedent(evidence: Evidence, chosen: Sequence[Evidence]) -> Evidence:
    sentences = evidence.passage.sentences
    position = next(i for i, each in enumerate(sentences) if each.start == evidence.start)
    if position == 0 or not _LEANS_BACK.match(sentences[position].text):
        return evidence
    before = sentences[position - 1]
    shown = any(_covers(each, before, evidence.passage) for each in chosen)
    if shown or evidence.end - before.start > LONGEST:
        return evidence
    return replace(evidence, start=before.start)
