"""Public question sets: a folder with `corpus.jsonl.gz` and `queries.jsonl`, and how to index one.

Documents of a set go through the same ingest as a person's files; a parser of their own takes title
and date from the row, so that offsets into the row's text stay what the set says they are.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import QuestionSetInvalid
from rag.types import ParsedDocument

CORPUS_FILE = "corpus.jsonl.gz"
QUERIES_FILE = "queries.jsonl"


@dataclass(frozen=True, slots=True)
class SetEvidence:
    """What supports an answer: a passage of a document, with its place where the set gives one."""

    document_id: str
    text: str
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class SetTurn:
    """An earlier turn of a conversation."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question of a set; attributes as in the set's own description."""

    id: str
    question: str
    answers: tuple[str, ...]
    relevant: frozenset[str]
    evidence: tuple[SetEvidence, ...]
    answerable: bool
    kind: str
    history: tuple[SetTurn, ...]
    group: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A corpus, as rows by document id, and the questions on it."""

    name: str
    rows: Mapping[str, Mapping[str, Any]]
    questions: tuple[SetQuestion, ...]


def read_set(folder: Path) -> QuestionSet:
    """The set in a folder.

    Raises:
        QuestionSetInvalid: A file is missing or malformed.
    """
    try:
        with gzip.open(folder / CORPUS_FILE, "rt", encoding="utf-8") as lines:
            rows = {row["id"]: row for row in map(json.loads, lines)}
        queries = (folder / QUERIES_FILE).read_text(encoding="utf-8").splitlines()
        questions = tuple(_question(json.loads(line)) for line in queries if line.strip())
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise QuestionSetInvalid(
            f"{str(folder)!r} is no question set: {exc}.",
            hint=f"It needs {CORPUS_FILE} and {QUERIES_FILE}, one JSON object a line.",
        ) from exc
    return QuestionSet(folder.name, rows, questions)


def write_corpus(question_set: QuestionSet, folder: Path) -> dict[str, str]:
    """Writes each document of a set as a file of its own; returns document ids by file name."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {}
    for number, (document_id, row) in enumerate(question_set.rows.items()):
        name = f"{number:06d}.row"
        (folder / name).write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
        names[name] = document_id
    return names


class RowParser:
    """Reads a file that `write_corpus` wrote."""

    suffixes = (".row",)
    media_type = "text/plain"
    version = 1

    def parse(self, data: bytes) -> ParsedDocument:
        """The row's text, with its title and date."""
        row = json.loads(data)
        return ParsedDocument(
            text=row["text"],
            media_type=self.media_type,
            title=row.get("title") or None,
            date=row.get("date") or None,
        )


def _question(row: Mapping[str, Any]) -> SetQuestion:
    evidence = tuple(
        SetEvidence(each["doc_id"], each.get("text", ""), each.get("start"), each.get("end"))
        for each in row.get("evidence") or ()
    )
    relevant = frozenset(row.get("relevant") or ())
    history = tuple(SetTurn(turn["role"], turn["text"]) for turn in row.get("history") or ())
    group = row.get("context_id") or min(relevant, default=str(row["id"]))
    return SetQuestion(
        id=str(row["id"]),
        question=row["question"],
        answers=tuple(row.get("answers") or ()),
        relevant=relevant,
        evidence=evidence,
        answerable=bool(row.get("answerable", True)),
        kind=str(row.get("type", "")),
        history=history,
        group=str(group),
    )
