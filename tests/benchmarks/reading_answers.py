"""Every public set with and without the reader, as `quoth eval` asks it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.evaluation.figures import figures_of
from rag.evaluation.indexing import index_set
from rag.evaluation.learned import learned_titles
from rag.evaluation.records import Record
from rag.evaluation.runner import evaluate
from rag.evaluation.sets import QuestionSet, read_set
from rag.evaluation.tasks import read_off_topic, spread
from rag.settings import Settings
from rag.wiring import open_assistant
from tests.benchmarks.figures import Figure

OFF_TOPIC = {"squad2": "clapnq"}
OFF_TOPIC_QUESTIONS = 300
NO_WORSE = "no worse"
BARS: dict[str, dict[str, float | str | None]] = {
    "squad2": {
        "hit_at_1": 0.90,
        "right_at_1": 0.86,
        "short_exact": 0.65,
        "short_f1": 0.74,
        "auroc": 0.78,
        "off_topic_auroc": 0.99,
        "wrongly_refused": None,
        "wrongly_answered": None,
    },
    "clapnq": {"auroc": 0.88, "hit_at_1": None, "support_at_1": None},
    "lihua": {"auroc": 0.83, "hit_at_1": NO_WORSE, "ndcg_at_10": None},
    "product_docs": {"hit_at_1": NO_WORSE, "ndcg_at_10": None},
    "mtrag": {"ndcg_at_10": NO_WORSE, "hit_at_1": None},
    "scifact": {"ndcg_at_10": NO_WORSE, "hit_at_1": None},
    "chunk_spans": {"span_recall_at_5": NO_WORSE, "span_recall_4000": None, "support_at_1": None},
}
"""The figures shown of each set and their bars: a number, no worse than without, or none."""


def with_and_without(
    evaluation: Path, keep: Path, settings: Settings, limit: int | None
) -> Iterator[Figure]:
    """Each set's figures; of squad2 the bars hold for the documents that were not learned from."""
    for name in BARS:
        corpus = read_set(evaluation / name)
        placed = index_set(corpus, keep / name, settings)
        groups = {
            choice: _groups(corpus, _records(corpus, placed, choice, evaluation, limit))
            for choice in ("off", "on")
        }
        for group in groups["on"]:
            yield from _compared(name, group, groups["off"][group], groups["on"][group])


def _records(
    corpus: QuestionSet, placed: Settings, choice: str, evaluation: Path, limit: int | None
) -> tuple[Record, ...]:
    others = OFF_TOPIC.get(corpus.name)
    off_topic = read_off_topic(evaluation / others)[:OFF_TOPIC_QUESTIONS] if others else ()
    questions = (*spread(corpus.questions, limit), *spread(off_topic, limit))
    with open_assistant(placed.model_copy(update={"reader": choice})) as assistant:
        assistant.warm_up()
        return evaluate(assistant, questions, name=corpus.name).records


def _groups(corpus: QuestionSet, records: Sequence[Record]) -> dict[str, list[Record]]:
    """All records, and of squad2 apart those about documents that were not learned from."""
    if corpus.name != "squad2":
        return {"": list(records)}
    title = {
        each.id: str(corpus.rows[corpus.files[each.group]]["title"]) for each in corpus.questions
    }
    learned = learned_titles(title.values())
    return {
        ", all": list(records),
        ", not learned from": [each for each in records if title.get(each.id) not in learned],
    }


def _compared(
    name: str, group: str, without: Sequence[Record], read: Sequence[Record]
) -> Iterator[Figure]:
    before = {each.kind.key: each.value for each in figures_of(without)}
    after = {each.kind.key: each for each in figures_of(read)}
    for key, wanted in BARS[name].items():
        if key not in after:
            continue
        figure = after[key]
        label = f"{name}{group}: {figure.kind.group}, {figure.kind.label}"
        if key in before:
            yield Figure(f"{label}, without", before[key])
        bar = before.get(key) if wanted == NO_WORSE else wanted
        bar = float(bar) if bar is not None and group != ", all" else None
        yield Figure(f"{label}, with", figure.value, "", bar)
