"""One question's values, by the keys of `rag.evaluation.figures`: only those that apply to it.

What a set does not say is not counted as wrong: without accepted answers there is no `right_at_1`,
without evidence no `support_at_1`. A refusal is counted as wrong wherever an answer could be right.
"""

from collections.abc import Callable, Sequence

from rag.evaluation.metrics import Judgement, Quote, accepted_file, is_accepted_file, normalise
from rag.evaluation.questions import UNCLEAR_KINDS, EvalQuestion, Evidence
from rag.evaluation.ranking import DEPTH, NDCG, ranked_files, ranking_values
from rag.evaluation.short_answers import likeness
from rag.evaluation.spans import Place, first_characters, span_figures
from rag.types import Hit, Turn

Find = Callable[[int, Sequence[Turn]], Sequence[Hit]]
"""Retrieves that many passages for the question at hand, after that history."""

SPAN_PASSAGES = 5
SPAN_CHARACTERS = 4_000


def answer_values(
    question: EvalQuestion, quotes: Sequence[Quote], judgement: Judgement
) -> dict[str, float]:
    """Of the answer, by its quotes in order; a refusal has none."""
    values: dict[str, float] = {}
    if quotes:
        values["citations_exact"] = _share([quote.exact for quote in quotes])
    if not question.answerable:
        if question.kind not in UNCLEAR_KINDS or question.off_topic:
            key = "off_topic_answered" if question.off_topic else "wrongly_answered"
            values[key] = float(judgement.wrongly_answered)
        return values
    if question.kind not in UNCLEAR_KINDS:
        values["wrongly_refused"] = float(judgement.wrongly_refused)
    if question.answers:
        values["right_at_1"] = float(judgement.right_at_1)
        values["right_at_all"] = float(judgement.right_at_all)
    if question.sources:
        values |= _file_values(question, quotes, judgement)
    if question.evidence:
        supports = [
            any(is_supported(quote, each) for each in question.evidence) for quote in quotes
        ]
        values["support_at_1"] = float(supports[:1] == [True])
        values["support_at_all"] = float(any(supports))
        if supports:
            values["citation_precision"] = _share(supports)
    return values


def short_answer_values(question: EvalQuestion, said: str | None) -> dict[str, float]:
    """Of the short answer, where one of the accepted answers could be it; none said is wrong."""
    if not question.answerable or not question.answers or question.kind in UNCLEAR_KINDS:
        return {}
    alike = likeness(said, question.answers)
    return {
        "short_exact": alike.exact,
        "short_f1": alike.f1,
        "short_given": float(said is not None),
    }


def retrieval_values(find: Find, question: EvalQuestion) -> dict[str, float]:
    """Of the passages that were found for an answerable question."""
    values: dict[str, float] = {}
    if not question.sources:
        return values
    hits = find(DEPTH, question.history)
    values |= ranking_values(ranked_files(hits, question.sources), question.sources)
    if question.history:
        alone = ranked_files(find(DEPTH, ()), question.sources)
        values["last_turn_ndcg_at_10"] = ranking_values(alone, question.sources)[NDCG]
    evidence = [place for each in question.evidence if (place := _place(each)) is not None]
    if evidence:
        files = [each.file for each in evidence]
        places = _places(find(SPAN_PASSAGES, question.history), files)
        figures = span_figures(places, evidence)
        values["span_recall_at_5"] = figures.recall
        values["span_precision_at_5"] = figures.precision
        values["span_iou_at_5"] = figures.iou
        first = first_characters(_places(hits, files), SPAN_CHARACTERS)
        values["span_recall_4000"] = span_figures(first, evidence).recall
    return values


def is_supported(quote: Quote, evidence: Evidence) -> bool:
    """Whether a quote has some of the evidence: by place where that is known, else by its words."""
    if accepted_file(quote.files, [evidence.source]) is None:
        return False
    place = _place(evidence)
    if place is not None:
        return place.overlaps(Place(place.file, quote.start, quote.end))
    said, wanted = normalise(quote.text), normalise(evidence.text)
    return bool(said and wanted) and (said in wanted or wanted in said)


def _file_values(
    question: EvalQuestion, quotes: Sequence[Quote], judgement: Judgement
) -> dict[str, float]:
    right = any(is_accepted_file(quote.files, question.sources) for quote in quotes)
    values = {"file_at_1": float(judgement.file_at_1), "file_at_all": float(right)}
    if question.answers:
        values["grounded"] = float(judgement.grounded)
    if question.history:
        values["followup_file_at_all"] = float(right)
    return values


def _place(evidence: Evidence) -> Place | None:
    if evidence.start is None or evidence.end is None or evidence.start >= evidence.end:
        return None
    return Place(evidence.source, evidence.start, evidence.end)


def _places(hits: Sequence[Hit], files: Sequence[str]) -> list[Place]:
    return [
        Place(
            accepted_file(hit.document.paths or (hit.document.uri,), files) or hit.document.id,
            hit.chunk.start,
            hit.chunk.end,
        )
        for hit in hits
    ]


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags)
