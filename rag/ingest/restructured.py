"""reStructuredText into a document: the text is the file, sections are its headings, and what only
instructs a typesetter is furniture. Directives are not carried out, so that no file is included and
nothing raw is taken over.
"""

import re
from collections.abc import Iterator, Sequence

from embeddings.base import CharSpan
from rag.ingest.dates import stated_date
from rag.ingest.decoding import decode
from rag.ingest.furniture import merged_spans
from rag.ingest.lines import Line, split_lines
from rag.ingest.plain_text import decoding_metadata, decoding_warnings
from rag.types import Heading, ParsedDocument

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*$")
_MARKUP = re.compile(r"\s*\.\. (?:\w[\w:+.-]*::(?=\s*$|\s)|_[^:]{1,200}:|\|[^|]{1,100}\| |\[)")
_COMMENT = re.compile(r"\s*\.\.(?: (?![\w|\[_-]+.*::)|$)")
_OPTION = re.compile(r"\s+:[\w-]{1,40}:")
_FIELD = re.compile(r":([\w -]{1,40}):[ \t]+(.+)")
# Directives whose argument or content is shown to a reader.
_SPEAKS = re.compile(
    r"\s*\.\. (?:note|warning|tip|important|caution|danger|attention|error|hint|admonition|topic|"
    r"versionadded|versionchanged|deprecated|figure|table|rubric)::"
)


def parse_restructured(data: bytes, media_type: str) -> ParsedDocument:
    """The document that the bytes of a reStructuredText file hold.

    Raises:
        FileUnreadable: They are no text, or its encoding cannot be told.
    """
    decoded = decode(data)
    lines = split_lines(decoded.text)
    fields = dict(_fields(lines))
    headings, furniture = _headings(lines)
    furniture.extend(_markup(lines))
    date = fields.get("date")
    author = fields.get("author") or fields.get("authors")
    return ParsedDocument(
        text=decoded.text,
        media_type=media_type,
        title=headings[0].text if headings else None,
        date=stated_date(split_lines(date)) if date else None,
        headings=tuple(headings),
        furniture=merged_spans(furniture),
        metadata={**decoding_metadata(decoded), **({"author": author} if author else {})},
        warnings=decoding_warnings(decoded),
    )


def _headings(lines: Sequence[Line]) -> tuple[list[Heading], list[CharSpan]]:
    """Section titles with the levels in order of their adornments' first use, and the lines above
    titles, which the chunker does not know.
    """
    levels: dict[str, int] = {}
    headings: list[Heading] = []
    above: list[CharSpan] = []
    for number in range(len(lines) - 1):
        title, below = lines[number], lines[number + 1]
        under = _ADORNMENT.match(below.text)
        words = title.text.strip()
        if not under or not words or _ADORNMENT.match(title.text):
            continue
        over = _ADORNMENT.match(lines[number - 1].text) if number else None
        has_overline = over is not None and over.group(1) == under.group(1)
        is_short = len(below.text.rstrip()) < len(title.text.rstrip())
        if is_short or (title.text[0].isspace() and not has_overline):
            continue
        if not has_overline and number and lines[number - 1].text.strip():
            continue  # the last line of a table's cell or of a paragraph
        style = under.group(1) * (2 if has_overline else 1)
        level = levels.setdefault(style, len(levels) + 1)
        headings.append(Heading(title.words_start, title.words_end, level, words))
        above.append((below.start, below.end))
        if has_overline:
            above.append((lines[number - 1].start, lines[number - 1].end))
    return headings, above


def _markup(lines: Sequence[Line]) -> Iterator[CharSpan]:
    """Comments, targets and directives that say nothing to a reader, with their options."""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        is_comment = _COMMENT.match(line.text) is not None
        if not is_comment and not _MARKUP.match(line.text):
            continue
        if not _SPEAKS.match(line.text):
            yield line.start, line.end
        indent = len(line.text) - len(line.text.lstrip())
        while number < len(lines) and (
            _OPTION.match(lines[number].text) or (is_comment and _is_inside(lines[number], indent))
        ):
            yield lines[number].start, lines[number].end
            number += 1


def _is_inside(line: Line, indent: int) -> bool:
    words = line.text.strip()
    return bool(words) and len(line.text) - len(line.text.lstrip()) > indent


def _fields(lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """The bibliographic fields near the beginning, as `:Author: Anna`."""
    for line in lines[:60]:
        match = _FIELD.match(line.text)
        if match:
            yield match.group(1).strip().lower(), match.group(2).strip()[:300]
