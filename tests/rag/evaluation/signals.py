"""Hand-made signals of questions that were read."""

from rag.answering.abstention import Signals
from rag.evaluation.reader_signals import PassageSignals, QuestionSignals, SentenceSignals

SEARCH = Signals(1.0, 0.0, 0.5)


def make_passage(
    file: str = "right",
    score: float = 1.0,
    *,
    margin: float = 0.0,
    answerable: float = 0.0,
    relevant: float = 0.0,
    span: str = "35 percent",
    exact: float = 0.0,
    sentences: tuple[SentenceSignals, ...] = (),
) -> PassageSignals:
    return PassageSignals(
        file, score, 20, margin, answerable, relevant, span, exact, exact, sentences
    )


def make_question(
    *passages: PassageSignals,
    identity: str = "q",
    set_name: str = "squad2",
    answerable: bool = True,
    off_topic: bool = False,
    right: tuple[str, ...] = ("right",),
    search: Signals | None = SEARCH,
    others: tuple[str, ...] = (),
    has_history: bool = False,
) -> QuestionSignals:
    return QuestionSignals(
        set_name=set_name,
        id=identity,
        group=identity,
        title="Trade",
        answerable=answerable,
        off_topic=off_topic,
        right=right,
        has_short_answer=True,
        has_history=has_history,
        search=search,
        passages=passages,
        others=others,
    )
