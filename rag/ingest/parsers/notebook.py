"""Reads Jupyter notebooks: Markdown cells as prose under their headings, code cells line by line,
and what they printed. Each cell is a place, as `cell 3`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from embeddings.base import CharSpan
from rag.errors import FileUnreadable
from rag.types import Heading, ParsedDocument, Place

_LONGEST_OUTPUT_CHARS = 20_000
_ESCAPES = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")


@dataclass(frozen=True, slots=True)
class NotebookParser:
    """Notebooks of format 4, and of format 3 with its worksheets."""

    media_type: str = "application/x-ipynb+json"
    suffixes: tuple[str, ...] = (".ipynb",)
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        notebook = _notebook(data)
        parts: list[str] = []
        length = 0
        places: list[Place] = []
        headings: list[Heading] = []
        verbatim: list[CharSpan] = []
        for number, (kind, words) in enumerate(_cells(notebook), 1):
            if not words.strip():
                continue
            start = length
            if kind == "markdown":
                headings.extend(_headings(words, start))
            else:
                verbatim.append((start, start + len(words)))
            parts.append(words)
            length += len(words) + 2
            places.append(Place(start, start + len(words), f"cell {number}"))
        metadata = notebook.get("metadata")
        stated = metadata.get("title") if isinstance(metadata, dict) else None
        first = headings[0].text if headings else None
        return ParsedDocument(
            text="\n\n".join(parts),
            media_type=self.media_type,
            title=stated.strip()[:300] or first if isinstance(stated, str) else first,
            headings=tuple(headings),
            verbatim=tuple(verbatim),
            places=tuple(places),
        )


def _notebook(data: bytes) -> dict[str, Any]:
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise FileUnreadable(
            f"It is no notebook: {exc}.", hint="Open it in Jupyter and save it again."
        ) from exc
    if not isinstance(notebook, dict) or not ("cells" in notebook or "worksheets" in notebook):
        raise FileUnreadable("It is JSON without cells.", hint="Name it .json to have it read.")
    return notebook


def _cells(notebook: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The kind and the text of each cell, its output behind its code."""
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        sheets = notebook.get("worksheets")
        found = [each.get("cells") for each in sheets or () if isinstance(each, dict)]
        cells = [cell for each in found if isinstance(each, list) for cell in each]
    for cell in cells:
        if not isinstance(cell, dict):
            yield "raw", ""
            continue
        kind = str(cell.get("cell_type", "raw"))
        words = _joined(cell.get("source", cell.get("input", "")))
        outputs = cell.get("outputs")
        printed = [_printed(each) for each in outputs] if isinstance(outputs, list) else []
        yield kind, "\n".join(part.rstrip() for part in (words, *printed) if part.strip())


def _printed(output: object) -> str:
    if not isinstance(output, dict):
        return ""
    data = output.get("data")
    plain = data.get("text/plain") if isinstance(data, dict) else None
    words = _joined(output.get("text") or plain or output.get("traceback") or "")
    return _ESCAPES.sub("", words[:_LONGEST_OUTPUT_CHARS])


def _joined(lines: object) -> str:
    if isinstance(lines, str):
        return lines
    if isinstance(lines, list):
        separator = "" if any(str(each).endswith("\n") for each in lines) else "\n"
        return separator.join(str(each) for each in lines)
    return ""


def _headings(words: str, offset: int) -> Iterator[Heading]:
    from rag.ingest.markdown import parse_markdown

    for heading in parse_markdown(words.encode("utf-8", "replace"), "text/markdown").headings:
        yield replace(heading, start=heading.start + offset, end=heading.end + offset)
