"""Plain text into a document: headings and furniture are found by their shape, since nothing marks
them.
"""

from rag.ingest.dates import stated_date
from rag.ingest.decoding import Decoded, decode
from rag.ingest.furniture import furniture_spans
from rag.ingest.headings import plain_headings
from rag.ingest.lines import split_lines
from rag.types import ParsedDocument


def parse_plain_text(data: bytes, media_type: str) -> ParsedDocument:
    """The document that the bytes of a text file hold.

    Raises:
        FileUnreadable: They are no text, or its encoding cannot be told.
    """
    decoded = decode(data)
    lines = split_lines(decoded.text)
    furniture = furniture_spans(decoded.text)
    headings = plain_headings(lines, furniture)
    return ParsedDocument(
        text=decoded.text,
        media_type=media_type,
        title=headings[0].text if headings else None,
        date=stated_date(lines),
        headings=headings,
        furniture=furniture,
        metadata=decoding_metadata(decoded),
        warnings=decoding_warnings(decoded),
    )


def decoding_metadata(decoded: Decoded) -> dict[str, str]:
    """What a document keeps of how its file was written."""
    mark = {"byte_order_mark": "yes"} if decoded.had_bom else {}
    return {"encoding": decoded.encoding, **mark}


def decoding_warnings(decoded: Decoded) -> tuple[str, ...]:
    """The sentence about a guessed encoding, where there was one."""
    return (decoded.warning,) if decoded.warning else ()
