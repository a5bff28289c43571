"""How long reading takes: windows alone, and whole answers in a warm process."""

import time
from collections.abc import Iterator

from rag.evaluation.metrics import Latency, latency
from rag.evaluation.sets import QuestionSet
from rag.reading.base import Reader
from rag.reading.windows import window_of
from rag.settings import Settings
from rag.wiring import open_assistant
from tests.benchmarks.figures import Figure

WARM_UP = 30
TIMED = 200
BARS_MS = {3: 18.0, 10: 45.0}


def windows(reader: Reader, squad2: QuestionSet, placed: Settings) -> Iterator[Figure]:
    """Reading the best 3 and 10 passages' first windows, no question read before."""
    asked = [each.question for each in squad2.questions[:: len(squad2.questions) // 300]]
    samples: dict[int, list[float]] = {3: [], 10: []}
    with open_assistant(placed) as assistant:
        cut = [
            (asked_of, [window for each in found.passages if (window := window_of(each))])
            for asked_of in asked
            for found in [assistant.retrieve(asked_of, k=10)]
        ]
    for number, (question, read) in enumerate(cut):
        count = 3 if number % 2 else 10
        started = time.perf_counter()
        reader.read(question, read[:count])
        if number >= WARM_UP:
            samples[count].append((time.perf_counter() - started) * 1000)
    for count, taken_ms in samples.items():
        measured = latency(taken_ms)
        yield Figure(f"{count} windows, p50", measured.p50_ms, "ms", BARS_MS[count], "at most")
        yield Figure(f"{count} windows, p95", measured.p95_ms, "ms")


def answers(squad2: QuestionSet, placed: Settings) -> Iterator[Figure]:
    """Whole answers, one after the other, with and without the reader; others are asked first."""
    bars = {"off": (15.0, None), "on": (60.0, 120.0)}
    for choice, (p50_bar, p95_bar) in bars.items():
        measured = _answers(squad2, placed.model_copy(update={"reader": choice}))
        name = f"whole answer, reader {choice}"
        yield Figure(f"{name}, p50", measured.p50_ms, "ms", p50_bar, "at most")
        yield Figure(f"{name}, p95", measured.p95_ms, "ms", p95_bar, "at most")


def _answers(squad2: QuestionSet, settings: Settings) -> Latency:
    asked = [each.question for each in squad2.questions[::7]]
    samples_ms = []
    with open_assistant(settings) as assistant:
        assistant.warm_up()
        for number, question in enumerate(asked[: WARM_UP + TIMED]):
            started = time.perf_counter()
            assistant.ask(question)
            if number >= WARM_UP:
                samples_ms.append((time.perf_counter() - started) * 1000)
    return latency(samples_ms)
