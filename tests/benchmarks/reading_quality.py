"""What the reader alone is worth: with the right paragraph in its hands, and on claims."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.evaluation.confidence import auroc
from rag.evaluation.learned import learned_titles
from rag.evaluation.questions import EvalQuestion
from rag.evaluation.sets import QuestionSet
from rag.evaluation.short_answers import likeness
from rag.evaluation.tasks import spread
from rag.filters import Filters
from rag.reading import blend
from rag.reading.base import Reader, Reading, Window
from rag.reading.passages import PassageReader
from rag.reading.training.preparing import HELD_BACK
from rag.reading.training.rows import is_held_back, read_rows
from rag.settings import Settings
from rag.wiring import open_assistant
from tests.benchmarks.figures import Figure

CLAIMS = ("wice", "fever_part")
MOST_PASSAGES = 10
BATCH = 64


@dataclass(frozen=True, slots=True)
class _Read:
    """A question and what the reader says of its paragraph."""

    question: EvalQuestion
    is_learned: bool
    reading: Reading
    said: str


def given_paragraph(
    reader: Reader, squad2: QuestionSet, placed: Settings, limit: int | None
) -> Iterator[Figure]:
    """Exact match and F1 on answerable questions, AUROC of answerable against adversarial ones."""
    titles = {file: str(row["title"]) for file, row in squad2.rows.items()}
    files = {each.id: squad2.files[each.group] for each in squad2.questions}
    learned = learned_titles(titles[file] for file in files.values())
    questions = spread(squad2.questions, limit)
    passages = PassageReader(reader, first=MOST_PASSAGES)
    cut: list[_Read] = []
    whole: list[_Read] = []
    with open_assistant(placed) as assistant:
        for question in questions:
            file = files[question.id]
            row = squad2.rows[file]
            found = assistant.retrieve(
                question.question, k=MOST_PASSAGES, filters=Filters(filename=(file,))
            )
            is_learned = titles[file] in learned
            read = [each.reading for each in passages.read(question.question, found.passages)]
            best = max(read, key=blend.verdict)
            cut.append(_Read(question, is_learned, best, _words(best, row["text"])))
            window = Window(row["text"], 0, len(row["text"]), row["title"])
            (one,) = reader.read(question.question, [window])
            whole.append(_Read(question, is_learned, one, _words(one, row["text"])))
    for name, group in (
        ("squad2, given paragraph, all", cut),
        ("squad2, given paragraph, not learned from", [r for r in cut if not r.is_learned]),
        ("squad2, given paragraph, learned from", [r for r in cut if r.is_learned]),
        ("the same in one window, not learned from", [r for r in whole if not r.is_learned]),
    ):
        on_bar = name.endswith("paragraph, not learned from")
        yield from _figures(name, group, on_bar)


def support(reader: Reader, rows: Path) -> Iterator[Figure]:
    """AUROC of supported sentences against the others, on rows that were held back."""
    labels: list[bool] = []
    logits: list[float] = []
    for name in CLAIMS:
        held = [
            row
            for row in read_rows(rows, [name])
            if row.supported is not None and is_held_back(row, HELD_BACK)
        ]
        pairs = [(row.question, row.passage) for row in held]
        said = [
            float(logit)
            for first in range(0, len(pairs), BATCH)
            for logit in reader.supported(pairs[first : first + BATCH])
        ]
        right = [bool(row.supported) for row in held]
        labels, logits = labels + right, logits + said
        yield from _area(f"supported, {name}, {len(held)} rows, AUROC", said, right, None)
    yield from _area(f"supported, both, {len(labels)} rows, AUROC", logits, labels, 0.85)


def _figures(name: str, group: Sequence[_Read], on_bar: bool) -> Iterator[Figure]:
    answerable = [each for each in group if each.question.answerable]
    if answerable:
        alike = [likeness(each.said, each.question.answers) for each in answerable]
        exact, f1 = (float(np.mean([getattr(a, n) for a in alike])) for n in ("exact", "f1"))
        yield Figure(f"{name}, EM of {len(alike)}", exact, "", 0.69 if on_bar else None)
        yield Figure(f"{name}, F1", f1, "", 0.80 if on_bar else None)
    right = [each.question.answerable for each in group]
    scores = {
        "verdict": [blend.verdict(each.reading) for each in group],
        "margin": [each.reading.margin for each in group],
        "answerable": [each.reading.answerable for each in group],
    }
    for kind, given in scores.items():
        bar = 0.80 if on_bar and kind == "verdict" else None
        yield from _area(f"{name}, AUROC adversarial, {kind}", given, right, bar)


def _area(
    name: str, given: Sequence[float], right: Sequence[bool], bar: float | None
) -> Iterator[Figure]:
    area = auroc(given, right)
    if area is not None:
        yield Figure(name, area, "", bar)


def _words(reading: Reading, text: str) -> str:
    return text[reading.span[0] : reading.span[1]]
