"""Reads JSON as records that can be read alone, and JSON lines with a record on each line."""

import json
from dataclasses import dataclass

from rag.errors import FileUnreadable
from rag.types import ParsedDocument, Place


@dataclass(frozen=True, slots=True)
class JsonParser:
    """One JSON value; its text is made by `rag.ingest.records`, or by `rag.ingest.slack_day` where
    it is a day of a channel that Slack exported.

    What is no JSON, as settings with comments in them, is read as the text it is.
    """

    media_type: str = "application/json"
    suffixes: tuple[str, ...] = (".json", ".geojson", ".jsonc", ".json5")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.decoding import decode
        from rag.ingest.plain_text import decoding_metadata, decoding_warnings
        from rag.ingest.records import rendered
        from rag.ingest.slack_day import is_slack_day, parse_slack_day

        decoded = decode(data)
        try:
            value = json.loads(decoded.text) if decoded.text.strip() else None
            if is_slack_day(value):
                return parse_slack_day(value, self.media_type)
            found = rendered(value)
        except RecursionError as exc:
            raise FileUnreadable(
                "It is nested too deeply.", hint="Flatten it, or leave it out."
            ) from exc
        except ValueError as exc:
            return ParsedDocument(
                text=decoded.text,
                media_type=self.media_type,
                verbatim=((0, len(decoded.text)),),
                metadata=decoding_metadata(decoded),
                warnings=(*decoding_warnings(decoded), f"Read as text: it is no JSON ({exc})."),
            )
        title, date = _title_and_date(value)
        return ParsedDocument(
            text=found.text,
            media_type=self.media_type,
            title=title,
            date=date,
            verbatim=found.verbatim,
            places=found.places,
            metadata=decoding_metadata(decoded),
            warnings=decoding_warnings(decoded),
        )


@dataclass(frozen=True, slots=True)
class JsonLinesParser:
    """A JSON value on each line. Line n of the text is line n of the file."""

    media_type: str = "application/jsonl"
    suffixes: tuple[str, ...] = (".jsonl", ".ndjson")
    version: int = 1

    def parse(self, data: bytes) -> ParsedDocument:
        from rag.ingest.decoding import decode
        from rag.ingest.plain_text import decoding_metadata, decoding_warnings
        from rag.ingest.records import one_line

        decoded = decode(data)
        lines: list[str] = []
        broken: list[int] = []
        for number, line in enumerate(decoded.text.split("\n"), 1):
            words = line.strip()
            try:
                lines.append(one_line(json.loads(words)) if words else "")
            except (ValueError, RecursionError):
                broken.append(number)
                lines.append(words)
        if broken and len(broken) * 2 > sum(1 for line in lines if line):
            raise FileUnreadable(
                f"{len(broken)} of its lines are no JSON, line {broken[0]} first.",
                hint="Write one JSON value on each line, or name it .txt.",
            )
        text = "\n".join(lines)
        return ParsedDocument(
            text=text,
            media_type=self.media_type,
            verbatim=((0, len(text)),),
            places=_line_places(lines),
            metadata=decoding_metadata(decoded),
            warnings=(
                *decoding_warnings(decoded),
                *([f"{len(broken)} lines are no JSON, line {broken[0]} first."] if broken else []),
            ),
        )


def _line_places(lines: list[str]) -> tuple[Place, ...]:
    places = []
    start = 0
    for number, line in enumerate(lines, 1):
        if line:
            places.append(Place(start, start + len(line), f"record {number}"))
        start += len(line) + 1
    return tuple(places)


def _title_and_date(value: object) -> tuple[str | None, str | None]:
    """What a single object says of itself."""
    from rag.ingest.dates import stated_date
    from rag.ingest.lines import split_lines

    if not isinstance(value, dict):
        return None, None
    title = value.get("title")
    date = value.get("date") or value.get("published")
    return (
        title.strip()[:300] or None if isinstance(title, str) else None,
        stated_date(split_lines(date[:40])) if isinstance(date, str) else None,
    )
