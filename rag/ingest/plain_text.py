"""Plain text into a document: headings and furniture are found by their shape, since nothing marks
them.
"""

from embeddings.base import CharSpan
from rag.ingest.dates import stated_date
from rag.ingest.decoding import Decoded, decode
from rag.ingest.furniture import furniture_spans
from rag.ingest.headings import plain_headings
from rag.ingest.lines import split_lines
from rag.ingest.windows import LARGE_CHARS, windows
from rag.types import Heading, ParsedDocument


def parse_plain_text(data: bytes, media_type: str) -> ParsedDocument:
    """The document that the bytes of a text file hold.

    Raises:
        FileUnreadable: They are no text, or its encoding cannot be told.
    """
    decoded = decode(data)
    text = decoded.text
    spans = [(0, len(text))] if len(text) <= LARGE_CHARS else list(windows(text, 0, len(text)))
    headings: list[Heading] = []
    furniture: list[CharSpan] = []
    for start, end in spans:
        found, left_out = _shape(text[start:end] if len(spans) > 1 else text)
        headings += [
            Heading(each.start + start, each.end + start, each.level, each.text) for each in found
        ]
        furniture += [(first + start, last + start) for first, last in left_out]
    return ParsedDocument(
        text=text,
        media_type=media_type,
        title=headings[0].text if headings else None,
        date=stated_date(split_lines(text[: spans[0][1]])),
        headings=tuple(headings),
        furniture=tuple(furniture),
        metadata=decoding_metadata(decoded),
        warnings=decoding_warnings(decoded),
    )


def _shape(text: str) -> tuple[tuple[Heading, ...], tuple[CharSpan, ...]]:
    furniture = furniture_spans(text)
    return plain_headings(split_lines(text), furniture), furniture


def decoding_metadata(decoded: Decoded) -> dict[str, str]:
    """What a document keeps of how its file was written."""
    mark = {"byte_order_mark": "yes"} if decoded.had_bom else {}
    return {"encoding": decoded.encoding, **mark}


def decoding_warnings(decoded: Decoded) -> tuple[str, ...]:
    """The sentence about a guessed encoding, where there was one."""
    return (decoded.warning,) if decoded.warning else ()
