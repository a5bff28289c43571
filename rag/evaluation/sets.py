"""Public question sets: a folder with `corpus.jsonl.gz` and `queries.jsonl`.

A set's documents become files, one a document, so that they go through the same ingest as a
person's files; its questions name those files as their sources. A parser of their own takes title
and date from the row, so that offsets into the row's text stay what the set says they are.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import QuestionSetInvalid
from rag.evaluation.lines import Row, malformed, read_rows, strings
from rag.evaluation.metrics import normalise
from rag.evaluation.questions import EvalQuestion, Evidence, question_text, read_history
from rag.types import ParsedDocument

CORPUS_FILE = "corpus.jsonl.gz"
QUERIES_FILE = "queries.jsonl"
SHAPE_HINT = (
    f'A question set is a folder with {CORPUS_FILE}, rows of {{"id": "…", "title": "…", "text": '
    f'"…"}}, and {QUERIES_FILE}, rows of {{"id": "…", "question": "…", "answers": ["…"], '
    '"relevant": ["document id"], "evidence": [{"doc_id": "…", "start": 0, "end": 9, "text": '
    '"…"}], "answerable": true}.'
)
SUFFIX = ".row"

_VERDICTS = frozenset({"yes", "no", "true", "false"})
"""Answers that are said about a document and not in it."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A corpus and the questions on it.

    Attributes:
        files: The name of the file that each document becomes, by the document's id.
        rows: The documents by the name of their file.
    """

    name: str
    files: Mapping[str, str]
    rows: Mapping[str, Mapping[str, Any]]
    questions: tuple[EvalQuestion, ...]


def is_set(folder: Path) -> bool:
    """Whether a folder has the two files of a set."""
    return (folder / CORPUS_FILE).is_file() and (folder / QUERIES_FILE).is_file()


def find_sets(folder: Path) -> tuple[Path, ...]:
    """The folder itself where it is a set, or else the sets right below it, by name.

    Raises:
        QuestionSetInvalid: There is no such folder, or no set in it.
    """
    if not folder.is_dir():
        raise QuestionSetInvalid(f"There is no {str(folder)!r}.", hint=SHAPE_HINT)
    if is_set(folder):
        return (folder,)
    sets = tuple(sorted(each for each in folder.iterdir() if is_set(each)))
    if not sets:
        raise QuestionSetInvalid(f"{str(folder)!r} holds no question set.", hint=SHAPE_HINT)
    return sets


def read_set(folder: Path) -> QuestionSet:
    """The set in a folder.

    Raises:
        QuestionSetInvalid: A file is missing or malformed.
    """
    corpus = _corpus(folder / CORPUS_FILE)
    files = {document: f"{number:06d}{SUFFIX}" for number, document in enumerate(corpus)}
    rows = {files[document]: row for document, row in corpus.items()}
    path = folder / QUERIES_FILE
    reader = _QuestionReader(path, files, rows)
    questions = tuple(reader.read(number, row) for number, row in read_rows(path, SHAPE_HINT))
    if not questions:
        raise QuestionSetInvalid(f"{str(path)!r} holds no question.", hint=SHAPE_HINT)
    return QuestionSet(folder.resolve().name, files, rows, _without_prose(questions))


def write_corpus(question_set: QuestionSet, folder: Path) -> None:
    """Makes the folder hold each document of a set as a file; what is there already is not
    touched, so that a second ingest finds nothing changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob(f"*{SUFFIX}"):
        if path.name not in question_set.rows:
            path.unlink()
    for name, row in question_set.rows.items():
        path, content = folder / name, json.dumps(row, ensure_ascii=False)
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")


class RowParser:
    """Reads a file that `write_corpus` wrote."""

    suffixes = (SUFFIX,)
    media_type = "text/plain"
    version = 1
    trusted = True

    def parse(self, data: bytes) -> ParsedDocument:
        """The row's text, with its title and date."""
        row = json.loads(data)
        return ParsedDocument(
            text=row["text"],
            media_type=self.media_type,
            title=row.get("title") or None,
            date=row.get("date") or None,
        )


class _QuestionReader:
    """Makes questions of the rows of one file."""

    def __init__(
        self, path: Path, files: Mapping[str, str], rows: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._path = path
        self._files = files
        self._rows = rows
        self._bare = {name: normalise(row["text"]) for name, row in rows.items()}

    def read(self, number: int, row: Row) -> EvalQuestion:
        relevant = strings(self._path, number, row, "relevant", SHAPE_HINT)
        sources = tuple(self._file_of(each, number) for each in relevant)
        identity = str(row.get("id", number))
        answers = strings(self._path, number, row, "answers", SHAPE_HINT)
        return EvalQuestion(
            id=identity,
            question=question_text(self._path, number, row, SHAPE_HINT),
            answers=tuple(each for each in answers if self._is_quotable(each, sources)),
            sources=sources,
            answerable=bool(row.get("answerable", True)),
            evidence=tuple(self._evidence(number, row)),
            history=read_history(self._path, number, row, SHAPE_HINT),
            kind=str(row.get("type", "")),
            group=str(row.get("context_id") or min(relevant, default=identity)),
        )

    def _is_quotable(self, answer: str, sources: Sequence[str]) -> bool:
        """Whether an answer can be found in a quote, because a relevant document says it."""
        bare = normalise(answer)
        return bare not in _VERDICTS and any(bare in self._bare[file] for file in sources if bare)

    def _file_of(self, document: str, number: int) -> str:
        if document not in self._files:
            what = f"names a document that is not in the corpus: {document!r}"
            raise malformed(self._path, number, what, SHAPE_HINT)
        return self._files[document]

    def _evidence(self, number: int, row: Row) -> Iterator[Evidence]:
        given = row.get("evidence") or []
        for each in given if isinstance(given, list) else [given]:
            match each:
                case {"doc_id": str(document), "start": int(start), "end": int(end)}:
                    file = self._file_of(document, number)
                    yield Evidence(file, self._rows[file]["text"][start:end], start, end)
                case {"doc_id": str(document), "sentences": [*ordinals]}:
                    sentences = self._rows[self._file_of(document, number)].get("sentences", ())
                    for ordinal in ordinals:
                        if not isinstance(ordinal, int) or not 0 <= ordinal < len(sentences):
                            what = f"names a sentence that is not there: {ordinal!r:.80}"
                            raise malformed(self._path, number, what, SHAPE_HINT)
                        yield self._placed(document, number, sentences[ordinal])
                case {"doc_id": str(document), "text": str(text)}:
                    yield self._placed(document, number, text)
                case _:
                    what = f"has evidence that is none: {each!r:.80}"
                    raise malformed(self._path, number, what, SHAPE_HINT)

    def _placed(self, document: str, number: int, text: str) -> Evidence:
        """Evidence with its place, where the document's text has its words as they are."""
        file = self._file_of(document, number)
        start = self._rows[file]["text"].find(text)
        return Evidence(file, text) if start < 0 else Evidence(file, text, start, start + len(text))


def _without_prose(questions: tuple[EvalQuestion, ...]) -> tuple[EvalQuestion, ...]:
    """The questions without their answers where the set has answers in its own words: the few of
    them that happen to be quotable would say nothing of the others.
    """
    answerable = [question for question in questions if question.answerable]
    if 2 * sum(bool(question.answers) for question in answerable) >= len(answerable):
        return questions
    return tuple(replace(question, answers=()) for question in questions)


def _corpus(path: Path) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for number, row in read_rows(path, SHAPE_HINT):
        document = row.get("id")
        if not isinstance(document, str) or not isinstance(row.get("text"), str):
            raise malformed(path, number, 'needs "id" and "text" as strings', SHAPE_HINT)
        if document in rows:
            raise malformed(path, number, f"repeats the id {document!r}", SHAPE_HINT)
        rows[document] = row
    return rows
