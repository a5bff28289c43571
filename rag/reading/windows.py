"""Cuts passages into the windows that a reader sees: whole sentences around the best ones.

A short window is read in less time than a long passage, and as well: what surrounds the sentences
that fit the question seldom decides whether they answer it. Pure functions; lengths are estimated,
so that nothing is tokenized before the reader does it.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from embeddings.base import CharSpan
from rag.reading.base import Window
from rag.retrieval.retriever import Passage, ScoredSentence
from rag.types import Chunk, Document

WINDOW_TOKENS = 60
"""Of the reader's own, question and title not counted: what longer passages are cut to.

On 1,100 questions of squad2 with their paragraph given, none about a document that was learned
from, 60 instead of 100 gave .01 and .03 more exact matches, and .03 more AUROC against adversarial
questions, on one half and the other; 35 and 45 were no better, and 140 lost .05 of that AUROC.
"""

WHOLE_TOKENS = 75
"""Passages of no more are one window."""

LONGEST_TOKENS = 180
"""A sentence that is longer is cut; with the longest question and title it is all a reader sees."""

SECOND_BEHIND = 0.1
"""A second window is cut around a sentence that fits the question nearly as well as the best."""

_CHARS_PER_TOKEN = 4.2  # of English
_PER_COUNTED_TOKEN = 1.1  # the reader's tokens for one of o200k_base
_DENSE = 0.8
_LEXICAL = 0.5


def windows_of(passage: Passage) -> tuple[Window, ...]:
    """One window or two, in the order of how well their best sentence fits the question.

    They hold whole sentences, unless one alone is too long, and do not overlap. There is none only
    where a passage holds nothing but white space.

    Args:
        passage: With its sentences; of one without them the beginning is read.
    """
    chunk = passage.hit.chunk
    chars_per_token = _chars_per_token(chunk)
    sentences = passage.sentences
    whole = (sentences[0].start, sentences[-1].end) if sentences else (chunk.start, chunk.end)
    spans: Sequence[CharSpan] = [whole]
    if whole[1] - whole[0] > WHOLE_TOKENS * chars_per_token and len(sentences) > 1:
        spans = _around_the_best(sentences, int(WINDOW_TOKENS * chars_per_token))
    title = _title(passage.hit.document)
    windows = []
    for start, end in spans:
        start, end = _cut(chunk, start, end, int(LONGEST_TOKENS * chars_per_token))
        if start < end:
            text = chunk.text[start - chunk.start : end - chunk.start]
            windows.append(Window(text, start, end, title))
    return tuple(windows)


def _chars_per_token(chunk: Chunk) -> float:
    """Fewer for tables, code and many languages, as the chunk's own count of tokens tells."""
    counted = len(chunk.text) / (_PER_COUNTED_TOKEN * max(1, chunk.tokens))
    return max(1.0, min(_CHARS_PER_TOKEN, counted))


def _around_the_best(sentences: Sequence[ScoredSentence], chars: int) -> list[CharSpan]:
    fits = [_DENSE * each.dense + _LEXICAL * each.lexical for each in sentences]
    best = max(range(len(fits)), key=fits.__getitem__)
    first, last = _grown(sentences, fits, best, chars, 0, len(fits) - 1)
    spans = [(sentences[first].start, sentences[last].end)]
    outside = [place for place in range(len(fits)) if not first <= place <= last]
    second = max(outside, key=fits.__getitem__, default=best)
    if second != best and fits[second] >= fits[best] - SECOND_BEHIND:
        low, high = (0, first - 1) if second < first else (last + 1, len(fits) - 1)
        first, last = _grown(sentences, fits, second, chars, low, high)
        spans.append((sentences[first].start, sentences[last].end))
    return spans


def _grown(
    sentences: Sequence[ScoredSentence],
    fits: Sequence[float],
    place: int,
    chars: int,
    low: int,
    high: int,
) -> tuple[int, int]:
    """First and last of the sentences around one, within bounds; better neighbours come first."""
    first = last = place
    while True:
        neighbours = []
        if first > low and sentences[last].end - sentences[first - 1].start <= chars:
            neighbours.append((fits[first - 1], first - 1, last))
        if last < high and sentences[last + 1].end - sentences[first].start <= chars:
            neighbours.append((fits[last + 1], first, last + 1))
        if not neighbours:
            return first, last
        _, first, last = max(neighbours)


def _cut(chunk: Chunk, start: int, end: int, chars: int) -> CharSpan:
    """The span without white space at its ends, cut before a word where it is too long."""
    text = chunk.text[start - chunk.start : end - chunk.start]
    start += len(text) - len(text.lstrip())
    text = text.strip()
    if len(text) > chars:
        room = text[: chars + 1]
        text = (room.rsplit(maxsplit=1)[0] if room.split(maxsplit=1)[1:] else room[:chars]).rstrip()
    return start, start + len(text)


def _title(document: Document) -> str | None:
    """The title that the content has; a file's name says nothing that is to be relied on."""
    title = document.title.strip()
    return title if title and title != PurePosixPath(document.uri).stem else None
