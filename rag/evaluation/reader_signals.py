"""What a reader's judgement is weighed from: each question of a set with every passage that may be
read, all of it as numbers, so that weights can be tried without reading again.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rag.answering.abstention import Signals, signals
from rag.answering.closer_look import question_for_reader
from rag.answering.extractive import Evidence, weigh, within_budget
from rag.assistant import Assistant
from rag.evaluation.metrics import Quote, holds_answer
from rag.evaluation.questions import UNCLEAR_KINDS, EvalQuestion
from rag.evaluation.ranking import DEPTH, ranked_files
from rag.evaluation.sets import QuestionSet
from rag.evaluation.short_answers import likeness
from rag.evaluation.values import is_supported
from rag.index.analysis import Analyzer
from rag.reading import blend
from rag.reading.base import Reading, ReadPassage
from rag.reading.passages import PassageReader
from rag.retrieval.followups import stands_alone
from rag.retrieval.retriever import Passage, Retrieval
from rag.types import Document, Hit

FEW_DOCUMENTS = 20
"""In a set of fewer, questions are split one by one, and it is passages that are ranked."""


@dataclass(frozen=True, slots=True)
class SentenceSignals:
    """A sentence that could be quoted.

    Attributes:
        score: By the search and its own fit, without a reader.
        touched: Whether the best span of its passage stands in it.
        right: Whether it holds an accepted answer, or evidence where no answer is known; None where
            neither is.
    """

    score: float
    touched: bool
    right: bool | None


@dataclass(frozen=True, slots=True)
class PassageSignals:
    """A passage that was read.

    Attributes:
        file: Its document's, as the question's `right` has it; its own name in a set of few
            documents, which are always found.
        score: By the search.
        tokens: Its length (o200k_base).
        margin, answerable, relevant: Of the window that answers best, in logits.
        span: The text of its best span, in words that compare.
        exact, f1: Of that text against the accepted answers; 0 where none is known.
    """

    file: str
    score: float
    tokens: int
    margin: float
    answerable: float
    relevant: float
    span: str
    exact: float
    f1: float
    sentences: tuple[SentenceSignals, ...]


@dataclass(frozen=True, slots=True)
class QuestionSignals:
    """A question asked of a set's documents.

    Attributes:
        group: What is on one side of a split is of other groups than what is on the other.
        title: Of the document that it is about; empty where none is known.
        right: The files that answer it.
        has_short_answer: Whether accepted answers are known.
        has_history: Whether it goes on from earlier turns.
        search: What the confidence is made of without a reader; None where no sentence was found.
        others: Files that were found behind the passages that are read, best first.
    """

    set_name: str
    id: str
    group: str
    title: str
    answerable: bool
    off_topic: bool
    right: tuple[str, ...]
    has_short_answer: bool
    has_history: bool
    search: Signals | None
    passages: tuple[PassageSignals, ...]
    others: tuple[str, ...]

    @property
    def is_fitted(self) -> bool:
        """Whether it belongs to the half that weights are fitted on."""
        return hashlib.sha256(self.group.encode()).digest()[-1] % 2 == 0


def collect(
    assistant: Assistant,
    reader: PassageReader,
    question_set: QuestionSet,
    off_topic: Sequence[EvalQuestion],
    on_asked: Callable[[int], None] = lambda done: None,
) -> Iterator[QuestionSignals]:
    """The signals of a set's questions and of another's, in order; follow-ups are asked with their
    history, and questions of which nobody can say whether they should be answered are left out.

    Args:
        assistant: Without a reader, over the set's documents.
        reader: One that reads all passages at first.
        question_set: Its questions are asked.
        off_topic: Of another set; asked as unanswerable.
        on_asked: Told how many are done.
    """
    own = [each for each in question_set.questions if each.kind not in UNCLEAR_KINDS]
    if len(question_set.rows) < FEW_DOCUMENTS:
        own = [replace(each, group="") for each in own]
    for done, question in enumerate((*own, *(each.as_off_topic() for each in off_topic)), start=1):
        yield _signals(assistant, reader, question_set, question)
        on_asked(done)


def save(path: Path, collected: Sequence[QuestionSignals]) -> None:
    """Writes signals as JSON Lines; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    with gzip.open(unfinished, "wt", encoding="utf-8", compresslevel=3) as lines:
        for each in collected:
            lines.write(json.dumps(asdict(each)) + "\n")
    unfinished.replace(path)


def load(path: Path) -> list[QuestionSignals]:
    """What `save` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_loaded(json.loads(line)) for line in lines]


def _signals(
    assistant: Assistant, reader: PassageReader, question_set: QuestionSet, question: EvalQuestion
) -> QuestionSignals:
    retrieval = assistant.retrieve(question.question, k=blend.PASSAGES, history=question.history)
    read = reader.read(_for_reader(question), retrieval.passages)
    row = question_set.rows.get(question_set.files.get(question.group, ""), {})
    files = _Files(question, len(question_set.rows) < FEW_DOCUMENTS)
    others = _others(assistant, question, read) if question.answerable else ()
    return QuestionSignals(
        set_name=question_set.name,
        id=question.id,
        group=question.group or question.id,
        title=str(row.get("title") or ""),
        answerable=question.answerable,
        off_topic=question.off_topic,
        right=files.right([*(each.passage.hit for each in read), *others]),
        has_short_answer=bool(question.answers),
        has_history=bool(question.history),
        search=_search_signals(assistant, question.question, retrieval),
        passages=tuple(
            _passage(question, each.passage, each.reading, files.name(each.passage.hit))
            for each in read
        ),
        others=tuple(dict.fromkeys(files.name(hit) for hit in others)),
    )


@dataclass(frozen=True, slots=True)
class _Files:
    """What is ranked: documents, or where `is_fine` passages; right are those with evidence."""

    question: EvalQuestion
    is_fine: bool

    def name(self, hit: Hit) -> str:
        if self.is_fine:
            return f"{hit.document.id} {hit.chunk.start}"
        return ranked_files([hit], self.question.sources)[0]

    def right(self, hits: Sequence[Hit]) -> tuple[str, ...]:
        if not self.is_fine:
            return self.question.sources
        return tuple(dict.fromkeys(self.name(hit) for hit in hits if self._holds_evidence(hit)))

    def _holds_evidence(self, hit: Hit) -> bool:
        chunk = hit.chunk
        quote = Quote(chunk.text, _paths(hit.document), True, chunk.start, chunk.end)
        return any(is_supported(quote, each) for each in self.question.evidence)


def _for_reader(question: EvalQuestion) -> str:
    earlier = [turn.text for turn in reversed(question.history) if turn.role == "user"]
    words = Analyzer().words
    return question_for_reader(
        question.question, earlier, lambda said: stands_alone(said, words(said))
    )


def _search_signals(assistant: Assistant, question: str, retrieval: Retrieval) -> Signals | None:
    weighed = weigh(question, within_budget(retrieval.passages))
    return signals(weighed, retrieval, assistant.retriever)


def _others(
    assistant: Assistant, question: EvalQuestion, read: Sequence[ReadPassage]
) -> tuple[Hit, ...]:
    found = assistant.retrieve(question.question, k=DEPTH, history=question.history)
    first = {each.passage.hit.chunk.id for each in read}
    return tuple(each.hit for each in found.passages if each.hit.chunk.id not in first)


def _passage(
    question: EvalQuestion, passage: Passage, reading: Reading, file: str
) -> PassageSignals:
    hit = passage.hit
    start, end = reading.span
    said = hit.chunk.text[start - hit.chunk.start : end - hit.chunk.start]
    alike = likeness(said, question.answers) if question.answers else None
    return PassageSignals(
        file=file,
        score=hit.score,
        tokens=hit.chunk.tokens,
        margin=reading.margin,
        answerable=reading.answerable,
        relevant=reading.relevant,
        span=" ".join(said.lower().split()),
        exact=alike.exact if alike else 0.0,
        f1=alike.f1 if alike else 0.0,
        sentences=tuple(
            SentenceSignals(
                each.score,
                each.sentence.start < end and start < each.sentence.end,
                _is_right(question, each),
            )
            for each in weigh(question.question, [passage])
        ),
    )


def _is_right(question: EvalQuestion, evidence: Evidence) -> bool | None:
    document = evidence.passage.hit.document
    if question.answers:
        return holds_answer(evidence.text, question.answers)
    if not question.evidence:
        return None
    quote = Quote(evidence.text, _paths(document), True, evidence.start, evidence.end)
    return any(is_supported(quote, each) for each in question.evidence)


def _paths(document: Document) -> tuple[str, ...]:
    return document.paths or (document.uri,)


def _loaded(raw: dict[str, object]) -> QuestionSignals:
    from pydantic import TypeAdapter

    return TypeAdapter(QuestionSignals).validate_python(raw)
