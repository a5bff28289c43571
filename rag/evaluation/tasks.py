"""What is to be asked of which index.

All of it is read before anything is asked, so that a mistake in the last set does not come to light
after an hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rag.errors import QuestionSetInvalid
from rag.evaluation.lines import read_rows
from rag.evaluation.questions import UNCLEAR_KINDS, EvalQuestion, question_text, read_questions
from rag.evaluation.rewrites import RewritePair, read_rewrites
from rag.evaluation.sets import QUERIES_FILE, QuestionSet, find_sets, read_set

OFF_TOPIC_HINT = (
    'Name JSON Lines of {"question": "…"}, or the folder of a question set, whose questions the '
    "documents do not answer."
)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Task:
    """Questions to ask.

    Attributes:
        name: The file's or the set's.
        corpus: What to ask them of; None means the person's own index.
    """

    name: str
    questions: tuple[EvalQuestion, ...]
    rewrites: tuple[RewritePair, ...] = ()
    corpus: QuestionSet | None = None


def read_tasks(
    path: Path, *, off_topic: Path | None = None, limit: int | None = None
) -> tuple[Task, ...]:
    """The file of questions, the set, or the sets in a folder.

    Args:
        path: A file is asked of the person's own index, a set of its own documents.
        off_topic: Its questions are asked too, as unanswerable; not of themselves.
        limit: At most so many questions of each kind and set, from all over it.

    Raises:
        QuestionSetInvalid: Something is missing or malformed.
    """
    others = read_off_topic(off_topic) if off_topic else ()
    if path.is_file():
        questions = (*spread(read_questions(path), limit), *spread(others, limit))
        return (Task(path.stem, questions),)
    tasks = []
    for folder in find_sets(path):
        corpus = read_set(folder)
        is_same = off_topic is not None and off_topic.resolve() == folder.resolve()
        questions = (*spread(corpus.questions, limit), *spread(() if is_same else others, limit))
        rewrites = spread(read_rewrites(folder, corpus), limit)
        tasks.append(Task(corpus.name, questions, rewrites, corpus))
    return tuple(tasks)


def read_off_topic(path: Path) -> tuple[EvalQuestion, ...]:
    """Questions of a file or a set's folder that other documents do not answer.

    Raises:
        QuestionSetInvalid: It cannot be read, holds no question, or a line is malformed.
    """
    file = path / QUERIES_FILE if path.is_dir() else path
    questions = tuple(
        EvalQuestion(
            id=str(row.get("id", number)),
            question=question_text(file, number, row, OFF_TOPIC_HINT),
            answers=(),
            sources=(),
            answerable=False,
        ).as_off_topic()
        for number, row in read_rows(file, OFF_TOPIC_HINT)
        if row.get("type") not in UNCLEAR_KINDS and not row.get("history")
    )
    if not questions:
        raise QuestionSetInvalid(f"{str(file)!r} holds no question.", hint=OFF_TOPIC_HINT)
    return questions


def spread(items: Sequence[Item], most: int | None) -> tuple[Item, ...]:
    """At most so many of the items, at equal distances and in their order."""
    if most is None or len(items) <= most:
        return tuple(items)
    return tuple(items[number * len(items) // most] for number in range(most))
