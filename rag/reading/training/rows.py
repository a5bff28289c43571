"""What the reader learns from: a question or a sentence, a passage, and what is known of the two.

Rows come as gzipped JSON Lines, one file a set: questions as {id, question, context, answers:
[{text, start}], answerable, set, title?, span_type?}, sentences as {id, claim, evidence, label,
set}. What a row does not say stays None, and costs no loss.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embeddings.base import CharSpan

SUFFIX = ".jsonl.gz"
_NO_SHORT_ANSWER = ("sentence", "snippet", "whole")
_YES_NO_SETS = ("boolq_dev", "condaqa_yesno")


@dataclass(frozen=True, slots=True)
class Row:
    """One question or sentence, and one passage.

    Attributes:
        id: As its set names it.
        source: The name of its set.
        spans: Every accepted answer, as offsets into `passage`; none where nothing answers or where
            no short answer is known.
        answerable: Whether the passage answers the question.
        relevant: Whether the passage is about what is asked.
        supported: Whether the passage says what the sentence says.
        anchor: Where the words stand that make an unanswerable question tempting, as a span of
            `passage`; a window is laid around them.
        title: Of the passage's document.
    """

    id: str
    source: str
    question: str
    passage: str
    spans: tuple[CharSpan, ...] = ()
    answerable: bool | None = None
    relevant: bool | None = None
    supported: bool | None = None
    anchor: CharSpan | None = None
    title: str | None = None

    @property
    def has_span(self) -> bool:
        """Whether the words of the answer are known."""
        return bool(self.spans)


def read_rows(folder: Path, names: Sequence[str]) -> Iterator[Row]:
    """The rows of the named sets, in order.

    Raises:
        FileNotFoundError: A set is missing.
        ValueError: A row is malformed.
    """
    for name in names:
        for line in _lines(folder / f"{name}{SUFFIX}"):
            row = row_of(json.loads(line))
            if row is not None:
                yield row


def row_of(raw: Mapping[str, Any]) -> Row | None:
    """One line as a row; None for labels that teach nothing."""
    return _claim(raw) if "claim" in raw else _question(raw)


def with_anchors(rows: Sequence[Row], sources: Mapping[str, Row]) -> list[Row]:
    """Rows that were made from others, with the place of the original's answer as their anchor."""
    anchored = []
    for row in rows:
        original = sources.get(_original_id(row.id))
        if original and original.spans and original.passage == row.passage:
            anchored.append(replace(row, anchor=original.spans[0], title=original.title))
        else:
            anchored.append(row)
    return anchored


def is_held_back(row: Row, share: float) -> bool:
    """Whether a row is kept from training; all rows of a passage are, or none."""
    digest = hashlib.sha256(row.passage.encode()).digest()
    return int.from_bytes(digest[:4]) < share * 2**32


def _original_id(row_id: str) -> str:
    """`swap-squad_train_part-56d…` was made from `56d…` of `squad_train_part`."""
    return row_id.partition("-")[2]


def _question(raw: Mapping[str, Any]) -> Row | None:
    passage = str(raw["context"])
    is_short = raw.get("span_type") not in _NO_SHORT_ANSWER
    spans = tuple(
        (answer["start"], answer["start"] + len(answer["text"])) for answer in raw["answers"]
    )
    for start, end in spans:
        if not 0 <= start < end <= len(passage):
            raise ValueError(f"The answer of row {raw['id']!r} lies outside its passage.")
    answerable = bool(raw["answerable"])
    relevant: bool | None = True if answerable else None
    if raw["set"] == "synthetic_noanswer":
        relevant = False
    if raw["set"] == "synthetic_entity_swap":
        relevant = True
    return Row(
        id=str(raw["id"]),
        source=str(raw["set"]),
        question=str(raw["question"]),
        passage=passage,
        spans=spans if is_short else (),
        answerable=answerable,
        relevant=relevant,
        anchor=spans[0] if spans else None,
        title=raw.get("title"),
    )


def _claim(raw: Mapping[str, Any]) -> Row | None:
    source, label = str(raw["set"]), str(raw["label"])
    row = Row(str(raw["id"]), source, str(raw["claim"]), str(raw["evidence"]))
    if label in ("RELEVANT", "NOT_RELEVANT"):
        return replace(row, relevant=label == "RELEVANT")
    if source in _YES_NO_SETS:
        return replace(row, answerable=label != "NEI", relevant=True)
    if source == "fool_me_twice" and label == "NEI":
        return None
    return replace(row, supported=label == "SUPPORTED")


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from (line for line in lines if line.strip())
