"""CSV and TSV files into text in which every row names its columns.

Line n of the text is line n of the file: a row is written on the line where it begins, and where it
goes on over further lines these stay empty. So citations name the row, as a spreadsheet program
counts it, and the lines are those that an editor shows.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Literal

from embeddings.base import CharSpan
from rag.errors import FileUnreadable
from rag.ingest.building import clean, one_line
from rag.ingest.decoding import decode
from rag.ingest.plain_text import decoding_metadata, decoding_warnings
from rag.ingest.tables import SAMPLE_ROWS, row_sentence, table_layout
from rag.types import ParsedDocument, Place

_DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_CHARS = 64 * 2**10
_SNIFFED_ROWS = 100
_MAX_ROW_LINES = 1_000

Record = tuple[int, list[str]]
"""The line on which a row begins, from 0, and its cells."""

Kind = Literal["row", "furniture"]


class _Unbalanced(Exception):
    """A quotation mark is opened and never closed, so it means nothing."""


def parse_delimited(data: bytes, media_type: str, likely: str = ",") -> ParsedDocument:
    """The document in a CSV or TSV file.

    Args:
        data: The file.
        media_type: Of the document.
        likely: What separates its cells if the content does not tell.

    Raises:
        FileUnreadable: It is no text, its encoding cannot be told, or a cell has over 128 KiB.
    """
    decoded = decode(data)
    text = clean(decoded.text)
    stated = _stated_delimiter(text)
    delimiter = stated or _sniffed(text, likely)
    page = _page(text, delimiter, 1 if stated else 0)
    return ParsedDocument(
        text="\n".join(page.lines),
        media_type=media_type,
        furniture=tuple(page.furniture),
        verbatim=tuple(page.verbatim),
        places=tuple(page.places),
        metadata=decoding_metadata(decoded),
        warnings=decoding_warnings(decoded),
    )


def _page(text: str, delimiter: str, skipped: int) -> "_Page":
    try:
        return _written(text, delimiter, skipped, csv.QUOTE_MINIMAL)
    except (_Unbalanced, csv.Error):
        pass
    try:
        return _written(text, delimiter, skipped, csv.QUOTE_NONE)
    except csv.Error as exc:
        raise FileUnreadable(
            f"A cell of the table cannot be read ({exc}): if the file is text and no table, give it"
            " the suffix .txt."
        ) from exc


class _Page:
    """The lines written so far, and what they are."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.furniture: list[CharSpan] = []
        self.verbatim: list[CharSpan] = []
        self.places: list[Place] = []
        self._length = 0

    def write(self, line: int, row: int, words: str, kind: Kind = "row") -> None:
        """Writes a row on a line, both counted from 0; lines before it that were left out stay
        empty.
        """
        missing = line - len(self.lines)
        self.lines.extend([""] * missing)
        start = self._length + missing
        end = start + len(words)
        self.lines.append(words)
        self._length = end + 1
        if not words:
            return
        self.places.append(Place(start, end, f"row {row + 1}"))
        if kind == "furniture":
            self.furniture.append((start, end))
        elif self.verbatim and self.verbatim[-1][1] + 1 == start:
            self.verbatim[-1] = self.verbatim[-1][0], end
        else:
            self.verbatim.append((start, end))


def _written(text: str, delimiter: str, skipped: int, quoting: Literal[0, 3]) -> _Page:
    page = _Page()
    records = enumerate(_records(text, delimiter, quoting))
    for row, (line, cells) in islice(records, skipped):
        page.write(line, row, delimiter.join(cells), "furniture")
    sample = list(islice(records, SAMPLE_ROWS))
    layout = table_layout([cells for _, (_, cells) in sample], assume_names=True)
    head = layout.captions + layout.headers
    for index, (row, (line, cells)) in enumerate(sample[:head]):
        words = " | ".join(filter(None, map(one_line, cells)))
        page.write(line, row, words, "row" if index < layout.captions else "furniture")
    for row, (line, cells) in sample[head:]:
        page.write(line, row, row_sentence(layout.names, cells))
    for row, (line, cells) in records:
        page.write(line, row, row_sentence(layout.names, cells))
    return page


def _records(text: str, delimiter: str, quoting: Literal[0, 3]) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    line = 0
    for cells in reader:
        if reader.line_num - line > _MAX_ROW_LINES:
            raise _Unbalanced
        yield line, cells
        line = reader.line_num


def _stated_delimiter(text: str) -> str | None:
    """What a first line like `sep=;` says."""
    first, _, _ = text[:10].partition("\n")
    is_stated = len(first) == 5 and first.lower().startswith("sep=")
    return first[4] if is_stated and first[4] not in '"\r\n' else None


def _sniffed(text: str, likely: str) -> str:
    """The delimiter that cuts most rows into the same number of cells."""
    sample = text[:_SNIFFED_CHARS]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1] or sample

    def score(delimiter: str) -> tuple[float, bool, int]:
        widths = _widths(sample, delimiter)
        if not widths:
            return 0.0, delimiter == likely, 0
        width, count = Counter(widths).most_common(1)[0]
        agreement = count / len(widths) if width > 1 else 0.0
        return round(agreement, 1), delimiter == likely, width

    return max(_DELIMITERS, key=score)


def _widths(sample: str, delimiter: str) -> list[int]:
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        try:
            records = islice(_records(sample, delimiter, quoting), _SNIFFED_ROWS)
            return [len(cells) for _, cells in records if cells]
        except (_Unbalanced, csv.Error):
            continue
    return []
