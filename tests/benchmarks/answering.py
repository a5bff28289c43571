"""A warm assistant in this process: how fast it searches, how well it answers, how exactly it
cites.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from rag.evaluation.metrics import Latency, latency
from rag.evaluation.questions import EvalQuestion, read_questions
from rag.evaluation.runner import EvaluationReport, evaluate
from rag.settings import Settings
from rag.wiring import open_assistant

WARM_UP_QUERIES = 50
TIMED_QUERIES = 500


def search_latency(data_dir: Path, queries: Sequence[str]) -> Latency:
    """Of one search after another, encoding, both indexes and fusion included."""
    samples_ms = []
    with open_assistant(Settings(data_dir=data_dir, reader="off")) as assistant:
        assistant.warm_up()
        for query in queries[:WARM_UP_QUERIES]:
            assistant.search(query, k=10)
        for query in queries[WARM_UP_QUERIES:][:TIMED_QUERIES] or queries:
            started = time.perf_counter()
            assistant.search(query, k=10)
            samples_ms.append((time.perf_counter() - started) * 1000)
    return latency(samples_ms)


def answer_all(data_dir: Path, questions: Path) -> EvaluationReport:
    """The report over a question set."""
    with open_assistant(Settings(data_dir=data_dir, reader="off")) as assistant:
        return evaluate(assistant, read_questions(questions))


def citation_exactness(data_dir: Path, questions: Sequence[str]) -> EvaluationReport:
    """The report over bare questions, of which only the citations are judged."""
    asked = [EvalQuestion(str(n), text, (), (), False) for n, text in enumerate(questions)]
    with open_assistant(Settings(data_dir=data_dir, reader="off")) as assistant:
        return evaluate(assistant, asked)
