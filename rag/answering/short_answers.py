"""The words that answer: marked inside the quotes, and given first where a reader is sure of them.

A short answer is never more than the document says: it is the span that the first quote marks. A
question that wants a yes or a no has none, since no span says either.
"""

import re
from collections.abc import Sequence

from embeddings.base import CharSpan
from rag.answering.extractive import Evidence
from rag.answering.findings import Finding
from rag.reading import blend

LONGEST = 80
"""Characters; more is no short answer."""

MOST_OF_QUOTE = 0.7
"""A span that is more of its quote than this says nothing that the quote does not say at once."""

_WANTS_YES_OR_NO = re.compile(
    r"(?:(?:and|but|so|or|also|then|ok|okay|well)\b[\s,]*)*"
    r"(?:(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might"
    r"|must)(?:n['’]t)?|cannot|am|ain['’]t|won['’]t|can['’]t|shan['’]t)\b",
    re.IGNORECASE,
)


def highlights_of(evidence: Evidence) -> tuple[CharSpan, ...]:
    """The words of a quote that answer, as spans into the document's text, inside the quote; none
    where no reader found any there.
    """
    reading = evidence.reading
    if reading is None or reading.margin < blend.HIGHLIGHT_MARGIN:
        return ()
    start, end = max(reading.span[0], evidence.start), min(reading.span[1], evidence.end)
    if start >= end:
        return ()
    words = evidence.text_of((start, end))
    start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
    return ((start, end),) if start < end else ()


def short_answer_of(findings: Sequence[Finding], chosen: Sequence[Evidence]) -> str | None:
    """The answer in a few words, white space squeezed: those that the first quote marks.

    None where the question has several parts, wants a yes or a no, or where the reader is not sure
    enough, its span goes beyond the quote, is long, or is most of the quote.

    Args:
        findings: For each part of the question.
        chosen: The quotes to show, in their order.
    """
    if len(findings) != 1 or not chosen or _WANTS_YES_OR_NO.match(findings[0].question.strip()):
        return None
    first = chosen[0]
    if first.reading is None or first.reading.margin < blend.SHORT_ANSWER_MARGIN:
        return None
    marked = highlights_of(first)
    if marked != (first.reading.span,):
        return None
    words = " ".join(first.text_of(marked[0]).split())
    whole = " ".join(first.text.split())
    if len(words) > LONGEST or len(words) > MOST_OF_QUOTE * len(whole):
        return None
    return words
