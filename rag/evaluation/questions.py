"""Reads a question set: JSON Lines of `{question, answers, sources, answerable}`.

A line that cannot be used stops the reading with its number, so that no figure is ever computed
over fewer questions than the file holds.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from rag.errors import QuestionSetInvalid

SHAPE_HINT = (
    'Each line is one JSON object: {"question": "…", "answers": ["…"], "sources": ["file.txt"], '
    '"answerable": true}.'
)


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """A question and what counts as a right answer to it.

    Attributes:
        id: From the file, or else the line's number.
        answers: Accepted substrings of a quote; empty where the question is not answerable.
        sources: Accepted files, by name or by path below the root; empty means any file.
        answerable: Whether the documents hold an answer.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    sources: tuple[str, ...]
    answerable: bool


def read_questions(path: Path) -> tuple[EvalQuestion, ...]:
    """The questions of a file, in its order; blank lines are passed over.

    Raises:
        QuestionSetInvalid: The file cannot be read, holds no question, or a line is malformed.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        raise QuestionSetInvalid(
            f"The question set {str(path)!r} cannot be read: {reason}.", hint=SHAPE_HINT
        ) from exc
    questions = tuple(
        _question(line, number) for number, line in enumerate(lines, start=1) if line.strip()
    )
    if not questions:
        raise QuestionSetInvalid(
            f"The question set {str(path)!r} holds no question.", hint=SHAPE_HINT
        )
    return questions


def _question(line: str, number: int) -> EvalQuestion:
    try:
        row = json.loads(line)
    except ValueError as exc:
        raise _malformed(number, f"is not JSON ({exc})") from exc
    if not isinstance(row, dict):
        raise _malformed(number, f"is {row!r}, not a JSON object")
    question = row.get("question")
    if not isinstance(question, str) or not question.strip():
        raise _malformed(number, f"has no question: {question!r}")
    answerable = row.get("answerable")
    if not isinstance(answerable, bool):
        raise _malformed(number, f'needs "answerable" as true or false, not {answerable!r}')
    answers = _strings(row, "answers", number)
    if answerable and not answers:
        raise _malformed(number, "is answerable, but accepts no answer")
    return EvalQuestion(
        id=str(row.get("id", number)),
        question=question,
        answers=answers,
        sources=_strings(row, "sources", number),
        answerable=answerable,
    )


def _strings(row: dict[str, object], key: str, number: int) -> tuple[str, ...]:
    values = row.get(key) or []
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise _malformed(number, f'needs "{key}" as a list of strings, not {values!r}')
    return tuple(values)


def _malformed(number: int, what: str) -> QuestionSetInvalid:
    return QuestionSetInvalid(f"Line {number} of the question set {what}.", hint=SHAPE_HINT)
