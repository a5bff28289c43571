"""Cuts passages into the windows that a reader sees: whole sentences around the best ones.

A short window is read in less time than a long passage, and tells better whether there is an
answer; a wide one tells better which words it is. Pure functions; lengths are estimated, so that
nothing is tokenized before the reader does it.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from embeddings.base import CharSpan
from rag.reading.base import Window
from rag.retrieval.retriever import Passage, ScoredSentence
from rag.types import Chunk, Document

WINDOW_TOKENS = 60
"""Of the reader's own, question and title not counted: what longer passages are cut to.

On squad2 with the paragraph given, of documents that were not learned from, the AUROC against
adversarial questions is .77 for 45 and 60, .75 for 90 and .70 for the whole paragraph; the words
that answer are found best the other way round (exact .68, .69, .70, .73), which is why passages
that leave a doubt are read a second time as a whole.
"""

WHOLE_TOKENS = 75
"""Passages of no more are one window."""

LONGEST_TOKENS = 180
"""A sentence that is longer is cut; with the longest question and title it is all a reader sees."""

_CHARS_PER_TOKEN = 4.2  # of English
_PER_COUNTED_TOKEN = 1.1  # the reader's tokens for one of o200k_base
_DENSE = 0.8
_LEXICAL = 0.5


def window_of(passage: Passage) -> Window | None:
    """The sentences around the one that fits the question best.

    It holds whole sentences, unless one alone is too long. There is none only where a passage holds
    nothing but white space.

    Args:
        passage: With its sentences; of one without them the beginning is read.
    """
    return _window(passage, WINDOW_TOKENS, whole_tokens=WHOLE_TOKENS)


def wide_window_of(passage: Passage) -> Window | None:
    """The same with as much around it as a reader sees at once."""
    return _window(passage, LONGEST_TOKENS, whole_tokens=LONGEST_TOKENS)


def _window(passage: Passage, tokens: int, *, whole_tokens: int) -> Window | None:
    chunk, sentences = passage.hit.chunk, passage.sentences
    chars_per_token = _chars_per_token(chunk)
    start, end = (sentences[0].start, sentences[-1].end) if sentences else (chunk.start, chunk.end)
    if end - start > whole_tokens * chars_per_token and len(sentences) > 1:
        start, end = _around_the_best(sentences, int(tokens * chars_per_token))
    start, end = _cut(chunk, start, end, int(LONGEST_TOKENS * chars_per_token))
    if start == end:
        return None
    text = chunk.text[start - chunk.start : end - chunk.start]
    return Window(text, start, end, _title(passage.hit.document))


def _chars_per_token(chunk: Chunk) -> float:
    """Fewer for tables, code and many languages, as the chunk's own count of tokens tells."""
    counted = len(chunk.text) / (_PER_COUNTED_TOKEN * max(1, chunk.tokens))
    return max(1.0, min(_CHARS_PER_TOKEN, counted))


def _around_the_best(sentences: Sequence[ScoredSentence], chars: int) -> CharSpan:
    """The span of sentences that follow each other around the best, better neighbours first."""
    fits = [_DENSE * each.dense + _LEXICAL * each.lexical for each in sentences]
    first = last = max(range(len(fits)), key=fits.__getitem__)
    while True:
        neighbours = []
        if first > 0 and sentences[last].end - sentences[first - 1].start <= chars:
            neighbours.append((fits[first - 1], first - 1, last))
        if last + 1 < len(fits) and sentences[last + 1].end - sentences[first].start <= chars:
            neighbours.append((fits[last + 1], first, last + 1))
        if not neighbours:
            return sentences[first].start, sentences[last].end
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
