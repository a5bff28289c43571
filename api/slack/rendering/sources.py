"""Sources under an answer: where each quote stands, the quote itself, and a link to its page."""

from collections.abc import Iterator, Sequence

from api.passages import Segment, excerpt, segments
from api.schemas import document_url
from api.slack.rendering.escaping import one_line
from api.slack.rendering.rich_text import Part, Run, section
from api.slack.rendering.splitting import shortened
from rag.types import Citation, Document, Hit

TITLE_CHARS = 150
PATH_CHARS = 200
EXCERPT_CHARS = 300
STALE = " (the file has changed since it was indexed)"


def source_parts(citation: Citation, public_url: str | None) -> tuple[Part, ...]:
    """One source: its number, title, place and date, and its quote with the words that answer."""
    line = source_line(citation, public_url, marker=f"[{citation.number}] ")
    text, origin = citation.cited_text, citation.start
    highlights = [(start - origin, end - origin) for start, end in citation.highlights]
    quote = segments(text, (0, len(text)), highlights, context_chars=0)
    return section(*line), Part("quote", tuple(segment_runs(quote)))


def source_line(citation: Citation, public_url: str | None, *, marker: str = "") -> Iterator[Run]:
    """`[1] Leave policy — hr/leave.md, line 38 · 2025-03-01`; the title is the link."""
    url = citation_url(citation, public_url)
    yield from _named(citation.document, url, place_of(citation), marker)
    if citation.stale:
        yield Run(STALE, italic=True)


def hit_parts(hit: Hit, public_url: str | None) -> tuple[Part, ...]:
    """A passage that was near to the question, and how it begins."""
    chunk = hit.chunk
    span = (chunk.start, chunk.end)
    url = document_url(hit.document.id, span, public_url) if public_url else None
    place = _lines_or_pages(
        (chunk.first_line, chunk.last_line), (chunk.first_page, chunk.last_page)
    )
    line = section(*_named(hit.document, url, place, ""))
    beginning = excerpt(chunk.text, EXCERPT_CHARS)
    return (line, Part("quote", (Run(beginning),))) if beginning else (line,)


def segment_runs(passage: Sequence[Segment]) -> Iterator[Run]:
    """A passage with the words that answer in bold."""
    for segment in passage:
        yield Run(segment.text, bold=segment.kind == "highlight")


def citation_url(citation: Citation, public_url: str | None) -> str | None:
    """Where the quote is highlighted; None where people cannot reach the server."""
    if not public_url:
        return None
    return document_url(citation.document.id, (citation.start, citation.end), public_url)


def place_of(citation: Citation) -> str:
    """`slide 4`, `page 3`, `lines 38–39`: the finest that the format has."""
    if citation.place is not None:
        return one_line(citation.place)
    lines = (citation.first_line, citation.last_line)
    return _lines_or_pages(lines, (citation.first_page, citation.last_page))


def _named(document: Document, url: str | None, place: str, marker: str) -> Iterator[Run]:
    title = shortened(one_line(document.title) or "Untitled", TITLE_CHARS)
    path = shortened(one_line(document.uri), PATH_CHARS)
    yield Run(f"{marker}{title}", bold=True, url=url)
    yield Run(f", {place}" if path == title else f" — {path}, {place}")
    if document.date:
        yield Run(f" · {one_line(document.date)}")


def _lines_or_pages(lines: tuple[int, int], pages: tuple[int | None, int | None]) -> str:
    if pages[0] is not None:
        return _range("page", pages[0], pages[1] or pages[0])
    return _range("line", *lines)


def _range(unit: str, first: int, last: int) -> str:
    return f"{unit} {first}" if first == last else f"{unit}s {first}–{last}"
