"""The passage around a quote, cut into segments that a surface can style.

The quote is always whole unless it is longer than a person would read; then it is cropped around
the words that answer. What is cut away is marked with an ellipsis.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.terminal import harmless
from embeddings.base import CharSpan
from rag.store.base import DocumentReader
from rag.types import Answer, Citation

SegmentKind = Literal["context", "quote", "highlight"]
CONTEXT_CHARS = 240
QUOTE_CHARS = 1200
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a passage, on one line and harmless to print."""

    text: str
    kind: SegmentKind


def cited_passage(
    answer: Answer,
    citation: Citation,
    store: DocumentReader,
    *,
    context_chars: int = CONTEXT_CHARS,
) -> tuple[Segment, ...]:
    """The passage that a citation quotes from: its chunk where the answer brings it, or else what
    surrounds it in the document.
    """
    for hit in answer.hits:
        chunk = hit.chunk
        inside = chunk.start <= citation.start and citation.end <= chunk.end
        if chunk.document_id == citation.document.id and inside:
            span, highlights = _moved(citation, chunk.start)
            return segments(chunk.text, span, highlights, context_chars=context_chars)
    # A character more on either side tells that the text goes on there.
    origin = max(citation.start - context_chars - 1, 0)
    text = store.text_span(citation.document.id, origin, citation.end + context_chars + 1)
    return segments(text, *_moved(citation, origin), context_chars=context_chars)


def segments(
    text: str,
    quote: CharSpan,
    highlights: Sequence[CharSpan] = (),
    *,
    context_chars: int = CONTEXT_CHARS,
) -> tuple[Segment, ...]:
    """The quote with its highlights, and some of the text before and after it.

    Args:
        text: The passage, of any length.
        quote: Characters of the text.
        highlights: Characters of the text inside the quote, in order, not overlapping.
        context_chars: Most characters shown before the quote, and as many after it.
    """
    start, end = _shown_part(quote, highlights)
    before, after = text[max(0, start - context_chars) : start], text[end : end + context_chars]
    parts: list[tuple[str, SegmentKind]] = []
    if start > quote[0]:
        parts.append((ELLIPSIS, "quote"))
    else:
        parts.append((_cropped_start(before, start > context_chars), "context"))
    at = start
    for first, last in highlights:
        if at <= first < last <= end:
            parts += [(text[at:first], "quote"), (text[first:last], "highlight")]
            at = last
    parts.append((text[at:end], "quote"))
    if end < quote[1]:
        parts.append((ELLIPSIS, "quote"))
    else:
        parts.append((_cropped_end(after, end + context_chars < len(text)), "context"))
    return _squeezed(parts)


def excerpt(text: str, max_chars: int) -> str:
    """The beginning of a text on one line, harmless to print, cut at a word."""
    line = " ".join(harmless(text).split())
    if len(line) <= max_chars:
        return line
    return line[:max_chars].rsplit(" ", 1)[0] + ELLIPSIS


def _moved(citation: Citation, origin: int) -> tuple[CharSpan, list[CharSpan]]:
    quote = (citation.start - origin, citation.end - origin)
    return quote, [(start - origin, end - origin) for start, end in citation.highlights]


def _shown_part(quote: CharSpan, highlights: Sequence[CharSpan]) -> CharSpan:
    start, end = quote
    if end - start <= QUOTE_CHARS:
        return quote
    centre = highlights[0][0] if highlights else start
    first = max(start, min(centre - QUOTE_CHARS // 2, end - QUOTE_CHARS))
    return first, first + QUOTE_CHARS


def _cropped_start(text: str, cut: bool) -> str:
    return ELLIPSIS + re.sub(r"^\S*\s+", "", text, count=1) if cut else text


def _cropped_end(text: str, cut: bool) -> str:
    return re.sub(r"\s+\S*$", "", text, count=1) + ELLIPSIS if cut else text


def _squeezed(parts: Sequence[tuple[str, SegmentKind]]) -> tuple[Segment, ...]:
    lines = [(re.sub(" +", " ", harmless(text)), kind) for text, kind in parts]
    if lines:
        lines[0] = (lines[0][0].lstrip(), lines[0][1])
        lines[-1] = (lines[-1][0].rstrip(), lines[-1][1])
    return tuple(Segment(text, kind) for text, kind in lines if text)
