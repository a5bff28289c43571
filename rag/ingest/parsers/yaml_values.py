"""Reads YAML: the text is the file, each line stands for itself, and each value is a place named by
its path.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from embeddings.base import CharSpan
from rag.types import ParsedDocument, Place

DEEPEST = 200
MOST_VALUES = 500_000


@dataclass(frozen=True, slots=True)
class YamlParser:
    """One or several YAML documents; what is no YAML, as a template of one, is read as text."""

    media_type: str = "application/yaml"
    suffixes: tuple[str, ...] = (".yaml", ".yml")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        import yaml

        from rag.ingest.decoding import decode
        from rag.ingest.plain_text import decoding_metadata, decoding_warnings

        decoded = decode(data)
        text = decoded.text
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        warnings = decoding_warnings(decoded)
        places: list[Place] = []
        prose: list[CharSpan] = []
        try:
            for node in yaml.compose_all(text, Loader=loader):
                found = list(_scalars(node))
                places.extend(
                    Place(start, end, path)
                    for path, start, end, _ in found
                    if path and start < end <= len(text)
                )
                prose.extend((start, end) for _, start, end, is_block in found if is_block)
        except (yaml.YAMLError, RecursionError, ValueError) as exc:
            reason = " ".join(str(exc).split())[:200]
            warnings = (*warnings, f"Read as text: it is no YAML ({reason}).")
            places, prose = [], []
        return ParsedDocument(
            text=text,
            media_type=self.media_type,
            verbatim=_outside(prose, len(text)),
            places=_apart(places),
            metadata=decoding_metadata(decoded),
            warnings=warnings,
        )


def _scalars(root: Any) -> Iterator[tuple[str, int, int, bool]]:
    """The path, start and end of each value with its key, and whether it is a block of text.

    What an alias names is looked at once: it may be named a thousand times over.
    """
    seen: set[int] = set()
    pending: list[tuple[Any, str, int, int]] = [(root, "", -1, 0)]
    while pending and len(seen) < MOST_VALUES:
        node, path, key_start, depth = pending.pop()
        if id(node) in seen or depth > DEEPEST:
            continue
        seen.add(id(node))
        start = node.start_mark.index
        if node.id == "scalar":
            first = key_start if 0 <= key_start < start else start
            yield path, first, node.end_mark.index, node.style in ("|", ">")
        elif node.id == "sequence":
            pending.extend(
                (each, f"{path}[{number}]", -1, depth + 1)
                for number, each in reversed(list(enumerate(node.value)))
            )
        else:
            pending.extend(
                (value, f"{path}.{key.value}".strip("."), key.start_mark.index, depth + 1)
                for key, value in reversed(node.value)
                if key.id == "scalar"
            )


def _outside(spans: list[CharSpan], length: int) -> tuple[CharSpan, ...]:
    edges = [(0, 0), *sorted(spans), (length, length)]
    return tuple((end, start) for (_, end), (start, _) in pairwise(edges) if end < start)


def _apart(places: list[Place]) -> tuple[Place, ...]:
    """The places in order, without those that reach into the one before them."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda each: (each.start, each.end)):
        if not kept or kept[-1].end <= place.start:
            kept.append(place)
    return tuple(kept)
