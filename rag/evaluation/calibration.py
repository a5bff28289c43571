"""Fits the confidence on public question sets: `python -m rag.evaluation.calibration EVAL_DIR`.

Each set is indexed and asked its own questions and those of another set, which its documents do not
answer. Half of the questions, chosen by a hash of the document they belong to, fit the logistic
function of `rag.answering.abstention`, and set the levels, which are shares of answerable questions
of squad2 that are refused; the other half measures both.
Needs scikit-learn, which comes with sentence-transformers.
"""

import hashlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from embeddings.base import FloatArray
from rag.answering.abstention import Signals, signals
from rag.answering.extractive import weigh, within_budget
from rag.assistant import Assistant
from rag.evaluation.confidence import expected_calibration_error
from rag.evaluation.indexing import index_set
from rag.evaluation.questions import UNCLEAR_KINDS, EvalQuestion
from rag.evaluation.sets import QuestionSet, read_set
from rag.settings import load_settings
from rag.wiring import open_assistant

SETS = ("squad2", "clapnq", "lihua", "product_docs", "mtrag")
OFF_TOPIC = {"clapnq": "squad2"}  # asked on it; clapnq's questions on every other set
OFF_TOPIC_QUESTIONS = 300
REFUSED_ANSWERABLE = {"strict": 0.1, "balanced": 0.03, "eager": 0.01}


@dataclass(frozen=True, slots=True)
class Sample:
    """A question asked on a set, its signals, and whether the set's documents answer it."""

    set_name: str
    off_topic: bool
    answerable: bool
    fitted: bool
    signals: Signals


def samples_of(question_set: QuestionSet, others: QuestionSet) -> Iterator[Sample]:
    """Indexes a set in a temporary folder, and asks its questions and the others."""
    with tempfile.TemporaryDirectory() as folder:
        alone = load_settings().model_copy(update={"reader": "off"})
        settings = index_set(question_set, Path(folder), alone)
        with open_assistant(settings) as assistant:
            for question in question_set.questions:
                if question.kind not in UNCLEAR_KINDS and not question.history:
                    yield from _sample(assistant, question_set.name, question, off_topic=False)
            for question in others.questions[:OFF_TOPIC_QUESTIONS]:
                yield from _sample(assistant, question_set.name, question, off_topic=True)


def main(arguments: Sequence[str]) -> None:
    """Prints the fit, and its figures on the other half."""
    from sklearn.linear_model import LogisticRegression

    sets = {name: read_set(Path(arguments[0]) / name) for name in SETS}
    samples = [
        sample
        for name in SETS
        for sample in samples_of(sets[name], sets[OFF_TOPIC.get(name, "clapnq")])
    ]
    fitted = [sample for sample in samples if sample.fitted]
    model = LogisticRegression(C=30, max_iter=5000).fit(
        _features(fitted), [sample.answerable for sample in fitted]
    )
    squad2 = [each for each in fitted if each.set_name == "squad2" and each.answerable]
    names = ("INTERCEPT", "SCORE_WEIGHT", "UNKNOWN_WEIGHT", "ALONE_WEIGHT")
    for name, value in zip(names, (*model.intercept_, *model.coef_[0]), strict=True):
        _say(f"{name} = {value:.2f}")
    confidences = _confidences(model, squad2)
    others = [sample for sample in samples if not sample.fitted]
    for level, refused in REFUSED_ANSWERABLE.items():
        threshold = float(np.quantile(confidences, refused))
        _say(f"NOT_FOUND_BELOW[{level!r}] = {threshold:.2f}")
        _report(model, others, threshold)


def _report(model: object, others: Sequence[Sample], threshold: float) -> None:
    from sklearn.metrics import roc_auc_score

    given = _confidences(model, others)
    right = [sample.answerable for sample in others]
    _say(f"expected calibration error {expected_calibration_error(given, right):.3f}")
    for name in SETS:
        own = [s for s in others if s.set_name == name]
        answerable = _confidences(model, [s for s in own if s.answerable])
        _say(f"{name:14} answerable   refused {np.mean(answerable < threshold):.3f}")
        for off_topic in (False, True):
            group = [s for s in own if not s.answerable and s.off_topic is off_topic]
            if not group:
                continue
            wrong = _confidences(model, group)
            labels = [1] * len(answerable) + [0] * len(wrong)
            auroc = roc_auc_score(labels, np.concatenate([answerable, wrong]))
            kind = "off-topic" if off_topic else "unanswerable"
            refused = np.mean(wrong < threshold)
            _say(f"{name:14} {kind:12} refused {refused:.3f}  AUROC {auroc:.3f}")


def _sample(
    assistant: Assistant, set_name: str, question: EvalQuestion, *, off_topic: bool
) -> Iterator[Sample]:
    retrieval = assistant.retrieve(question.question)
    weighed = weigh(question.question, within_budget(retrieval.passages))
    found = signals(weighed, retrieval, assistant.retriever)
    if found is not None:
        digest = hashlib.sha256(question.group.encode()).digest()
        answerable = question.answerable and not off_topic
        yield Sample(set_name, off_topic, answerable, digest[-1] % 2 == 0, found)


def _features(samples: Sequence[Sample]) -> FloatArray:
    rows = [astuple(each.signals) for each in samples]
    return np.asarray(rows, np.float32)


def _confidences(model: object, samples: Sequence[Sample]) -> FloatArray:
    probabilities: FloatArray = model.predict_proba(_features(samples))[:, 1]  # type: ignore[attr-defined]
    return probabilities


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
