"""Splits a parsed document into chunks that are searched and quoted from.

Chunks are exact spans, in order, without overlap; together with the headings above them they hold
all text but furniture. A chunk begins and ends with a sentence, unless one sentence alone is over
the limit.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embeddings.base import CharSpan
from rag.ingest.embedding import chunker_version
from rag.ingest.lines import LineNumbers
from rag.ingest.measuring import TokenCounting, TokenMeasure
from rag.ingest.packing import Unit, pack
from rag.ingest.quotable import is_quotable
from rag.ingest.sections import Stretch, overlapping, stretches
from rag.ingest.sentences import line_spans, sentence_spans, trim
from rag.ingest.windows import WINDOW_CHARS, windows
from rag.tokens import count_tokens
from rag.types import ChunkDraft, ParsedDocument

_INTRODUCES = (":", "：")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of one that is too long for a chunk."""

    start: int
    end: int
    tokens: int
    continues: bool = False


class Chunker:
    """Chunks of at most `max_tokens` of the encoder's own tokens.

    Attributes:
        version: Equal versions give equal chunks.
    """

    def __init__(self, encoder: TokenCounting, max_tokens: int) -> None:
        """Costs nothing: the encoder's tokenizer is loaded with the first text."""
        self.version = chunker_version(max_tokens)
        self._max_tokens = max_tokens
        self._measure = TokenMeasure(encoder, max_tokens)

    def split(self, parsed: ParsedDocument) -> tuple[ChunkDraft, ...]:
        """The document's chunks in order; none for a document without text."""
        return tuple(self.drafts(parsed))

    def drafts(self, parsed: ParsedDocument) -> Iterator[ChunkDraft]:
        """As `split`, with about a million characters' worth of chunks in memory at a time."""
        lines = LineNumbers(parsed.text)
        ordinal = 0
        for group in _groups(parsed):
            for stretch, pieces in self._measured(parsed, group):
                starts = pack(_units(parsed.text, pieces), self._max_tokens)
                for first, last in zip(starts, [*starts[1:], len(pieces)], strict=True):
                    yield _draft(ordinal, parsed, stretch.heading, pieces[first:last], lines)
                    ordinal += 1

    def _measured(
        self, parsed: ParsedDocument, group: Sequence[Stretch]
    ) -> Iterator[tuple[Stretch, list[_Piece]]]:
        """Each stretch with its pieces. All are weighed at once, which costs least."""
        text = parsed.text
        found = [(each, _sentences(text, each, parsed.verbatim)) for each in group]
        weights = iter(
            self._measure.weights([text[a:b] for _, sentences in found for a, b in sentences])
        )
        for stretch, sentences in found:
            pieces: list[_Piece] = []
            for start, end in sentences:
                tokens = next(weights)
                if tokens <= self._max_tokens:
                    pieces.append(_Piece(start, end, tokens))
                else:
                    pieces.extend(self._parts(text, start, end))
            yield stretch, pieces

    def _parts(self, text: str, start: int, end: int) -> Iterator[_Piece]:
        cuts = [start + offset for offset in self._measure.cuts(text[start:end])]
        spans = [
            trim(text, first, last) for first, last in zip(cuts, [*cuts[1:], end], strict=True)
        ]
        spans = [(first, last) for first, last in spans if first < last]
        weights = self._measure.weights([text[first:last] for first, last in spans])
        for (first, last), tokens in zip(spans, weights, strict=True):
            yield _Piece(first, last, tokens, continues=first > start)


def _groups(parsed: ParsedDocument) -> Iterator[list[Stretch]]:
    """The stretches, so many at a time as fill a window; one over two windows is cut."""
    group: list[Stretch] = []
    size = 0
    for stretch in stretches(parsed):
        spans = [(stretch.start, stretch.end)]
        if not stretch.headings:
            spans = list(windows(parsed.text, stretch.start, stretch.end))
        for first, last in spans:
            start, end = trim(parsed.text, first, last)
            if start < end:
                group.append(Stretch(start, end, stretch.heading, stretch.headings))
                size += end - start
            if size >= WINDOW_CHARS:
                yield group
                group, size = [], 0
    yield group


def _sentences(text: str, stretch: Stretch, verbatim: Sequence[CharSpan]) -> list[CharSpan]:
    if stretch.headings:
        return [
            span for start, end in stretch.headings for span in sentence_spans(text, start, end)
        ]
    spans: list[CharSpan] = []
    position = stretch.start
    for start, end in overlapping(verbatim, stretch.start, stretch.end):
        spans.extend(sentence_spans(text, position, start))
        spans.extend(line_spans(text, start, end))
        position = end
    return [*spans, *sentence_spans(text, position, stretch.end)]


def _units(text: str, pieces: Sequence[_Piece]) -> list[Unit]:
    previous_end = pieces[0].start if pieces else 0
    units = []
    for piece in pieces:
        units.append(Unit(piece.tokens, _cut_cost(text, previous_end, piece)))
        previous_end = piece.end
    return units


def _cut_cost(text: str, previous_end: int, piece: _Piece) -> float:
    """How bad it is to begin a chunk here: least at a paragraph, worst inside a sentence."""
    if piece.continues:
        return 0.3
    gap = text[previous_end : piece.start].replace("\r\n", "\n").replace("\r", "\n")
    breaks = min(2, gap.count("\n"))
    introduced = text.endswith(_INTRODUCES, max(0, previous_end - 1), previous_end)
    return (0.05, 0.02, 0.0)[breaks] + (0.2 if introduced else 0.0)


def _draft(
    ordinal: int,
    parsed: ParsedDocument,
    heading: str | None,
    pieces: Sequence[_Piece],
    lines: LineNumbers,
) -> ChunkDraft:
    start, end = pieces[0].start, pieces[-1].end
    text = parsed.text[start:end]
    return ChunkDraft(
        ordinal=ordinal,
        text=text,
        start=start,
        end=end,
        first_line=lines.of(start),
        last_line=lines.of(end - 1),
        heading=heading,
        first_page=_page(parsed.page_starts, start),
        last_page=_page(parsed.page_starts, end - 1),
        tokens=count_tokens(text),
        sentences=tuple(
            (piece.start, piece.end)
            for piece in pieces
            if is_quotable(parsed.text[piece.start : piece.end])
        ),
    )


def _page(page_starts: Sequence[int], offset: int) -> int | None:
    return max(1, bisect_right(page_starts, offset)) if page_starts else None
