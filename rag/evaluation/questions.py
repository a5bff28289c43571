"""Reads a question set: JSON Lines of `{question, answers, sources, answerable}`, with `evidence`
(`[{source, text}]`), `history` and `type` where they are known.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import QuestionSetInvalid
from rag.evaluation.lines import Row, malformed, read_rows, strings
from rag.types import Turn

SHAPE_HINT = (
    'Each line is one JSON object: {"question": "…", "answers": ["…"], "sources": ["file.txt"], '
    '"answerable": true}; in a conversation with "history": [{"role": "user", "text": "…"}, …].'
)

DISPUTED = "disputed"
"""The kind of a question whose answer somebody disliked."""

UNCLEAR_KINDS = frozenset({"partial", "conversational", "underspecified", DISPUTED})
"""Kinds of questions of which nobody can say whether they should be answered."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that supports an answer.

    Attributes:
        source: The file it stands in, as in `EvalQuestion.sources`.
        start: Offset into the document's text, with `end`; None where only its words are known.
    """

    source: str
    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """A question and what counts as a right answer to it.

    Attributes:
        id: From the file, or else the line's number.
        answers: Accepted substrings of a quote; empty where the question is not answerable, or
            where no answer can be found by its words.
        sources: Accepted files, by name or by path below the root; empty means any file.
        answerable: Whether the documents hold an answer.
        evidence: What supports an answer, where that is known.
        history: The earlier turns of the conversation, in order.
        kind: What the set calls this kind of question.
        group: Questions of one group are about the same document.
        off_topic: Whether it is another set's question.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    sources: tuple[str, ...]
    answerable: bool
    evidence: tuple[Evidence, ...] = ()
    history: tuple[Turn, ...] = ()
    kind: str = ""
    group: str = ""
    off_topic: bool = False

    def as_off_topic(self) -> "EvalQuestion":
        """The same question for documents that do not answer it."""
        return replace(
            self,
            id=f"off-topic:{self.id}",
            answers=(),
            sources=(),
            answerable=False,
            evidence=(),
            history=(),
            off_topic=True,
        )


def read_questions(path: Path) -> tuple[EvalQuestion, ...]:
    """The questions of a file, in its order; blank lines are passed over.

    Raises:
        QuestionSetInvalid: The file cannot be read, holds no question, or a line is malformed.
    """
    questions = tuple(_question(path, number, row) for number, row in read_rows(path, SHAPE_HINT))
    if not questions:
        raise QuestionSetInvalid(
            f"The question set {str(path)!r} holds no question.", hint=SHAPE_HINT
        )
    return questions


def question_text(path: Path, number: int, row: Row, hint: str) -> str:
    """A row's question.

    Raises:
        QuestionSetInvalid: It has none.
    """
    question = row.get("question")
    if not isinstance(question, str) or not question.strip():
        raise malformed(path, number, f"has no question: {question!r:.80}", hint)
    return question


def read_history(path: Path, number: int, row: Row, hint: str) -> tuple[Turn, ...]:
    """A row's earlier turns; a bare string is a question of the user.

    Raises:
        QuestionSetInvalid: A turn has no text, or is of nobody.
    """
    turns = row.get("history") or []
    if not isinstance(turns, list):
        raise malformed(path, number, f'needs "history" as a list, not {turns!r:.80}', hint)
    return tuple(_turn(path, number, turn, hint) for turn in turns)


def _turn(path: Path, number: int, turn: object, hint: str) -> Turn:
    if isinstance(turn, str):
        return Turn("user", turn)
    match turn:
        case {"role": "user", "text": str(text)}:
            return Turn("user", text)
        case {"role": "assistant" | "agent", "text": str(text)}:
            return Turn("assistant", text)
    raise malformed(path, number, f"has an earlier turn that is none: {turn!r:.80}", hint)


def _question(path: Path, number: int, row: Row) -> EvalQuestion:
    question = question_text(path, number, row, SHAPE_HINT)
    answerable = row.get("answerable")
    if not isinstance(answerable, bool):
        what = f'needs "answerable" as true or false, not {answerable!r:.80}'
        raise malformed(path, number, what, SHAPE_HINT)
    answers = strings(path, number, row, "answers", SHAPE_HINT)
    if answerable and not answers:
        raise malformed(path, number, "is answerable, but accepts no answer", SHAPE_HINT)
    return EvalQuestion(
        id=str(row.get("id", number)),
        question=question,
        answers=answers,
        sources=strings(path, number, row, "sources", SHAPE_HINT),
        answerable=answerable,
        evidence=_evidence(path, number, row),
        history=read_history(path, number, row, SHAPE_HINT),
        kind=str(row.get("type", "")),
    )


def _evidence(path: Path, number: int, row: Row) -> tuple[Evidence, ...]:
    given = row.get("evidence") or []
    if not isinstance(given, list):
        raise malformed(path, number, f'needs "evidence" as a list, not {given!r:.80}', SHAPE_HINT)
    found = []
    for each in given:
        match each:
            case {"source": str(source), "text": str(text)} if source and text.strip():
                found.append(Evidence(source, text))
            case _:
                what = f"has evidence that is none: {each!r:.80}"
                raise malformed(path, number, what, SHAPE_HINT)
    return tuple(found)
