"""Fits how the reader is weighed: `python -m rag.evaluation.reader_calibration EVAL_DIR`.

Each set is indexed and asked its own questions and those of another set, and every passage that
may be read is; what was said is kept in the folder of `--keep`, so that a second fit reads nothing.
Half of the questions, by a hash of the document they belong to, choose the numbers of
`rag.reading.blend`; the other half measures them. Of squad2 only documents count that the reader
never learned from; the others are reported apart.
Needs scikit-learn, which comes with sentence-transformers.
"""

import argparse
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from rag.evaluation.indexing import index_set
from rag.evaluation.learned import learned_titles
from rag.evaluation.questions import EvalQuestion
from rag.evaluation.reader_choices import (
    choose_order,
    choose_sentence,
    choose_sure,
    report_confidence,
    report_weighing,
    say,
)
from rag.evaluation.reader_confidence import CANDIDATES, SHIPPED_FIT, fit_confidence, samples_of
from rag.evaluation.reader_signals import QuestionSignals, collect, load, save
from rag.evaluation.reader_table import SHIPPED_WEIGHING, Table, table_of
from rag.evaluation.sets import read_set
from rag.evaluation.tasks import spread
from rag.reading import blend
from rag.reading.loading import MODEL_FOLDER, find_reader, load_reader
from rag.reading.passages import PassageReader
from rag.settings import load_settings
from rag.wiring import open_assistant

SETS = ("squad2", "clapnq", "lihua", "product_docs", "mtrag", "scifact", "chunk_spans")
OFF_TOPIC = {"clapnq": "squad2"}  # asked on it; clapnq's questions on every other set
OFF_TOPIC_QUESTIONS = 300
LEARNED = "squad2, learned"
ASKED_OF = ("squad2", LEARNED, "clapnq", "lihua", "product_docs", "mtrag")
"""The sets whose questions the confidence is fitted on and measured with; the others hold claims,
or few documents.
"""


def main() -> None:
    """Prints the fit, and its figures on the other half."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaluation", type=Path, help="the folder of public question sets")
    parser.add_argument("--keep", type=Path, required=True, help="where indexes and signals stay")
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER, help="the reader's folder")
    parser.add_argument("--limit", type=int, help="ask at most so many questions of each kind")
    parser.add_argument("--sets", nargs="*", default=SETS, help="only these sets")
    given = parser.parse_args()
    asked = [
        each
        for name in given.sets
        for each in collected(given.evaluation, name, given.keep, given.model, given.limit)
    ]
    asked = marked(asked)
    names = list(dict.fromkeys(each.set_name for each in asked))
    halves = [{name: _table(asked, name, fitted) for name in names} for fitted in (True, False)]
    fitted = {name: table for name, table in halves[0].items() if name != LEARNED}
    weighing = choose_order(fitted)
    weighing = choose_sentence(fitted, weighing)
    weighing = choose_sure(fitted, weighing)
    judged = [each for each in asked if each.set_name in ASKED_OF]
    for name, each in (("chosen here", weighing), ("as Quoth weighs", SHIPPED_WEIGHING)):
        say(f"\n{name}: {each}")
        for half, tables in zip(("fitted", "other"), halves, strict=True):
            say(f"{half} half: hit@1, nDCG@10, right first, EM, F1")
            report_weighing(tables, each)
    samples = samples_of(judged, weighing)
    for candidate in CANDIDATES:
        learning = [each for each in samples if each.question.set_name != LEARNED]
        report_confidence(fit_confidence(learning, candidate), samples)
    say("\nas Quoth weighs:")
    report_confidence(SHIPPED_FIT, samples_of(judged, SHIPPED_WEIGHING))


def collected(
    evaluation: Path, name: str, keep: Path, model: Path, limit: int | None
) -> list[QuestionSignals]:
    """A set's signals: those that were kept, or else collected and kept."""
    part = "" if limit is None else f"-{limit}"
    path = keep / "signals" / f"{name}-{find_reader(model).fingerprint[:12]}{part}.jsonl.gz"
    if path.exists():
        return load(path)
    settings = load_settings().model_copy(update={"reader": "off"})
    question_set = read_set(evaluation / name)
    others: tuple[EvalQuestion, ...] = ()
    if name in ASKED_OF:
        others = read_set(evaluation / OFF_TOPIC.get(name, "clapnq")).questions
    question_set = replace(question_set, questions=spread(question_set.questions, limit))
    placed = index_set(question_set, keep / "indexes" / name, settings)
    reads = PassageReader(load_reader(settings.cache_dir, model), first=blend.PASSAGES)
    with closing(reads) as reader, open_assistant(placed) as assistant:
        off_topic = spread(others[:OFF_TOPIC_QUESTIONS], limit)
        found = list(collect(assistant, reader, question_set, off_topic))
    save(path, found)
    say(f"{name}: {len(found)} questions read")
    return found


def marked(asked: Sequence[QuestionSignals]) -> list[QuestionSignals]:
    """The questions, those of squad2 about documents that were learned from as a set apart."""
    learned = learned_titles(e.title for e in asked if e.set_name == "squad2" and e.title)
    return [
        replace(each, set_name=LEARNED)
        if each.set_name == "squad2" and each.title in learned
        else each
        for each in asked
    ]


def _table(questions: Sequence[QuestionSignals], name: str, fitted: bool) -> Table:
    return table_of(
        [
            each
            for each in questions
            if each.set_name == name and each.is_fitted is fitted and each.answerable
        ]
    )


if __name__ == "__main__":
    main()
