"""Turns tables into text in which every row can be quoted alone, because it names its columns:
`Region: North; Q1: 120; Q2: 135.`

Nothing in a file says which row holds the names of the columns, so it is told by how the first
rows look: text above values, all of it different, and none of it found again in its column.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, dropwhile, groupby, islice, pairwise, zip_longest
from operator import itemgetter

from rag.ingest.building import TextBuilder, one_line

Row = tuple[int, Sequence[str]]
"""A row's number, counted from 1, and the text of its cells as people see it."""

SAMPLE_ROWS = 40
"""As many rows of a table are looked at before its first is written."""

MAX_NAME_CHARS = 80
MAX_ROW_CHARS = 560
"""Below the longest sentence that is left whole (`rag.ingest.sentences`)."""

_MAX_CAPTION_ROWS = 8
_MAX_HEADER_ROWS = 3
_MAX_FORM_ROWS = 8
_VALUE = re.compile(
    r"[^\w%]{0,3}[\d.,'’\u00a0\u202f ]*\d[\d.,'’\u00a0\u202f ]*\s?(?:%|[^\W\d]{1,3}|[^\w\s])?$"
    r"|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ]\d\d?:\d\d(?::\d\d)?.{0,6})?$"
    r"|\d{1,2}:\d\d|(?:true|false|yes|no|n/a|-+|–|—|\?|#\w+[!?/]\w*)$|https?://|\S+@\S+\.\S+$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20|21)\d\d$")
_ENDS = ".!?…。！？:;"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table begins.

    Attributes:
        captions: Rows above the names of the columns.
        headers: Rows that hold them; 0 where none does.
        names: Of the columns, empty where a column has none.
    """

    captions: int
    headers: int
    names: tuple[str, ...]


def write_table(
    builder: TextBuilder,
    rows: Iterable[Row],
    label: Callable[[int], str | None],
    *,
    headers: int | None = None,
    assume_names: bool = False,
    caption_level: int = 2,
) -> None:
    """Writes the tables of a sheet or a document, which empty rows part.

    Args:
        builder: Takes the rows.
        rows: In order; those that are empty may be left out, as their numbers tell.
        label: The place of a row by its number.
        headers: How many rows hold the columns' names, where the file says it of the first table.
        assume_names: Whether a first row of text above text holds names in a narrow table too, as
            in a CSV file; in a form with a name and a value in each row it does not.
        caption_level: Of the headings that captions become.
    """
    for block in _blocks(rows):
        sample = list(islice(block, SAMPLE_ROWS))
        layout = table_layout([cells for _, cells in sample], headers, assume_names)
        headers = None
        _write_head(builder, sample, layout, label, caption_level)
        body = chain(islice(sample, layout.captions + layout.headers, None), block)
        for number, cells in body:
            place = label(number)
            for sentence in row_sentences(layout.names, cells):
                builder.row(sentence, place=place)
        builder.end_rows()


def table_layout(
    sample: Sequence[Sequence[str]], headers: int | None = None, assume_names: bool = False
) -> Layout:
    """Where the names of the columns stand in the first rows of a table."""
    width = max((len(cells) for cells in sample), default=0)
    captions = _caption_rows(sample)
    body = sample[captions:]
    count = headers if headers is not None else _header_rows(body, assume_names)
    count = min(count, max(0, len(body) - 1))
    names = _names(body[:count], width)
    return Layout(captions, count, names)


def row_sentence(names: Sequence[str], cells: Sequence[str]) -> str:
    """A row with the names of its columns; empty cells are left out, and so is one that repeats the
    cell before it under the same name. Of two cells without names the first names the second; one
    cell across the whole table stands for itself.
    """
    return _sentence(_row_parts(names, cells))


def row_sentences(names: Sequence[str], cells: Sequence[str]) -> list[str]:
    """A row as one sentence, or as several that each begin with its first cell, since a longer one
    would be cut anywhere.
    """
    parts = _row_parts(names, cells)
    if sum(map(len, parts)) + 2 * len(parts) <= MAX_ROW_CHARS:
        return [_sentence(parts)] if parts else []
    first = parts[:1] if len(parts[0]) <= MAX_NAME_CHARS else []
    pieces: list[list[str]] = [[]]
    for part in parts:
        length = sum(map(len, pieces[-1])) + 2 * len(pieces[-1])
        if len(pieces[-1]) > 1 and length + len(part) >= MAX_ROW_CHARS:
            pieces.append(first.copy())
        pieces[-1].append(part)
    return [_sentence(piece) for piece in pieces]


def _row_parts(names: Sequence[str], cells: Sequence[str]) -> list[str]:
    spanning = set(filter(None, cells)) if len(cells) > 1 and cells[0] == cells[-1] else ()
    if len(spanning) == 1 and not is_value(cells[0]):
        return [one_line(cells[0])]
    parts: list[str] = []
    for index, cell in enumerate(cells):
        words = one_line(cell)
        if not words:
            continue
        name = names[index] if index < len(names) else ""
        part = f"{name}: {words}" if name and name != words else words
        if not (name and parts and parts[-1] == part):
            parts.append(part)
    if len(parts) == 2 and len(cells) == 2 and not any(names) and not is_value(parts[0]):
        return [f"{parts[0].rstrip(':')}: {parts[1]}"]
    return parts


def _sentence(parts: Sequence[str]) -> str:
    sentence = "; ".join(parts)
    return sentence if len(parts) < 2 or sentence[-1] in _ENDS else sentence + "."


def is_value(words: str) -> bool:
    """Whether a cell holds a number, a date, a yes or no, or an address, which no name of a column
    is.
    """
    return _VALUE.match(words[:MAX_NAME_CHARS]) is not None


def _blocks(rows: Iterable[Row]) -> Iterator[Iterator[Row]]:
    """Stretches of rows that are not empty; each can be read until the next is asked for."""
    for _, group in groupby(_with_block(rows), key=itemgetter(0)):
        yield (row for _, row in group)


def _with_block(rows: Iterable[Row]) -> Iterator[tuple[int, Row]]:
    block = last = 0
    for number, cells in rows:
        if any(cells):
            block += number != last + 1
            last = number
            yield block, (number, cells)


def _write_head(
    builder: TextBuilder,
    sample: Sequence[Row],
    layout: Layout,
    label: Callable[[int], str | None],
    caption_level: int,
) -> None:
    is_table = layout.headers > 0
    for index, (number, cells) in enumerate(sample[: layout.captions]):
        words = row_sentence((), cells)
        if is_table and index == 0 and caption_level:
            builder.heading(words, caption_level)
        else:
            builder.row(words, place=label(number))
    for number, cells in sample[layout.captions : layout.captions + layout.headers]:
        builder.row(
            " | ".join(dict.fromkeys(words for cell in cells if (words := one_line(cell)))),
            place=label(number),
            furniture=True,
        )


def _caption_rows(sample: Sequence[Sequence[str]]) -> int:
    """Rows with one cell above a row with more."""
    for index, cells in enumerate(sample[: _MAX_CAPTION_ROWS + 1]):
        if len(set(filter(None, cells))) > 1:
            return index
    return 0


def _header_rows(body: Sequence[Sequence[str]], assume_names: bool) -> int:
    if len(body) < 2 or not _could_be_names(body[0], body[1:]):
        return 0
    if not assume_names and _is_form(body):
        return 0
    count = 1
    # Names over several rows: the upper ones span columns, so they repeat or leave gaps.
    while (
        count < min(_MAX_HEADER_ROWS, len(body) - 1)
        and _spans_columns(body[count - 1], body[count])
        and _could_be_names(body[count], body[count + 1 :])
        and _stand_over_values(body[count], body[count + 1])
    ):
        count += 1
    return count


def _could_be_names(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    filled = [(index, one_line(cell)) for index, cell in enumerate(cells) if cell.strip()]
    if len(filled) < 2:
        return False
    words = [cell for _, cell in filled]
    if any(len(cell) > MAX_NAME_CHARS for cell in words):
        return False
    values = [cell for cell in words if is_value(cell)]
    if values and not _are_years(values, words):
        return False
    columns = ((cell, (row[index] for row in below if index < len(row))) for index, cell in filled)
    # Right below, a name stands again where one cell spans the rows of the head.
    return not any(cell in dropwhile(cell.__eq__, column) for cell, column in columns)


def _are_years(values: Sequence[str], words: Sequence[str]) -> bool:
    """Years are names where they follow each other and something else stands before them."""
    if not all(_YEAR.match(value) for value in values):
        return False
    years = [int(value) for value in values]
    steps = {after - before for before, after in pairwise(years)}
    return steps <= {1, -1, 5, 10, 0} and (len(years) > 1 or len(words) > len(values))


def _is_form(body: Sequence[Sequence[str]]) -> bool:
    """Whether the first column names what stands in the second, rather than the first row."""
    if max(len(cells) for cells in body) > 2 or len(body) > _MAX_FORM_ROWS:
        return False
    second = [cells[1] for cells in body[1:] if len(cells) > 1 and cells[1].strip()]
    return 5 * sum(map(is_value, second)) < 4 * len(second)


def _spans_columns(upper: Sequence[str], lower: Sequence[str]) -> bool:
    filled = [cell for cell in upper if cell.strip()]
    gaps = any(
        low.strip() and not up.strip()
        for up, low in zip_longest(upper[1:], lower[1:], fillvalue="")
    )
    return gaps or len(set(filled)) < len(filled)


def _stand_over_values(names: Sequence[str], cells: Sequence[str]) -> bool:
    under = [cell for name, cell in zip(names[1:], cells[1:], strict=False) if name and cell]
    return bool(under) and 2 * sum(map(is_value, under)) >= len(under)


def _names(headers: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    rows = [_spread(row) if row is not headers[-1] else row for row in headers]
    names = []
    for index in range(width):
        parts = [one_line(row[index]) for row in rows if index < len(row)]
        names.append(" ".join(dict.fromkeys(filter(None, parts))).rstrip(":").rstrip())
    return tuple(names)


def _spread(cells: Sequence[str]) -> list[str]:
    """The cells of an upper row of names, each also over the empty ones behind it."""
    spread: list[str] = []
    for cell in cells:
        spread.append(cell if cell.strip() or not spread else spread[-1])
    return spread
