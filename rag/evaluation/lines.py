"""Reads JSON Lines, packed or not: every object with the number of its line.

What cannot be read stops the reading with the file and the line, so that no figure is ever computed
over fewer rows than a file holds.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from rag.errors import QuestionSetInvalid

Row = dict[str, object]


def read_rows(path: Path, hint: str) -> Iterator[tuple[int, Row]]:
    """The objects of a file with their line numbers, from 1; blank lines are passed over.

    Args:
        path: UTF-8, packed with gzip where its name ends in `.gz`.
        hint: Says to a person what a line should look like.

    Raises:
        QuestionSetInvalid: The file cannot be read, or a line is no JSON object.
    """
    for number, line in enumerate(_text(path, hint).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as exc:
            raise malformed(path, number, f"is not JSON ({exc})", hint) from exc
        if not isinstance(row, dict):
            raise malformed(path, number, f"is {row!r:.80}, not a JSON object", hint)
        yield number, row


def malformed(path: Path, number: int, what: str, hint: str) -> QuestionSetInvalid:
    """The error about a line; `what` goes on after "Line 3 of 'questions.jsonl'"."""
    return QuestionSetInvalid(f"Line {number} of {path.name!r} {what}.", hint=hint)


def strings(path: Path, number: int, row: Row, key: str, hint: str) -> tuple[str, ...]:
    """A field that is a list of strings with something in them; none where it is missing.

    Raises:
        QuestionSetInvalid: It is something else.
    """
    values = row.get(key) or []
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise malformed(
            path, number, f'needs "{key}" as a list of strings, not {values!r:.80}', hint
        )
    return tuple(values)


def _text(path: Path, hint: str) -> str:
    try:
        packed = path.read_bytes()
        return (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except (gzip.BadGzipFile, EOFError):
        reason = "it is not packed with gzip, or not whole"
    except OSError as exc:
        reason = exc.strerror or str(exc)
    raise QuestionSetInvalid(f"{str(path)!r} cannot be read: {reason}.", hint=hint)
