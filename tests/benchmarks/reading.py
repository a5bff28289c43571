"""Measures the reader against its bars: `python -m tests.benchmarks.reading --eval FOLDER`.

Quality where the paragraph is given and where it has to be found, on documents that training
learned from and on the others; the support head on rows that were held back; speed of windows, of
answers, of a process and of a server; and every public set with and without the reader.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rag.evaluation.indexing import index_set
from rag.evaluation.sets import read_set
from rag.reading.loading import MODEL_FOLDER, has_reader, load_reader
from rag.settings import Settings, load_settings
from tests.benchmarks import processes, reading_answers, reading_quality, reading_speed, serving
from tests.benchmarks.figures import Figure, as_json, print_table

QUESTION = "By how much has trade grown since the Xi'an summit?"
PARTS = ("given", "support", "windows", "answers", "processes", "sets")
LOAD_QUESTIONS = 800


def main() -> int:
    """Prints the figures; the exit code says whether every bar is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reading", description=__doc__)
    parser.add_argument("--eval", type=Path, required=True, help="the folder of question sets")
    parser.add_argument("--train", type=Path, help="the folder of training rows")
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER, help="the reader's folder")
    parser.add_argument("--keep", type=Path, help="where indexes stay for the next run")
    parser.add_argument("--limit", type=int, help="at most so many questions of a set")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="these parts")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    missing = []
    if given.train is None:
        missing.append("Without --train the support head is not measured.")
    if given.model != MODEL_FOLDER or not has_reader():
        missing.append("Answers, processes and sets are measured with the package's weights alone.")
    figures = []
    with tempfile.TemporaryDirectory(prefix="quoth-reading-") as temporary:
        for figure in _measure(given, given.keep or Path(temporary), Path(temporary)):
            figures.append(figure)
            print(f"{figure.name}: {figure.value:.4g} {figure.unit}", file=sys.stderr, flush=True)  # noqa: T201
    if given.json:
        print(json.dumps(as_json(figures, missing), indent=2))  # noqa: T201
    else:
        print_table(figures, missing)
    return 0 if all(figure.met is not False for figure in figures) else 1


def _measure(given: argparse.Namespace, keep: Path, temporary: Path) -> Iterator[Figure]:
    settings = load_settings().model_copy(update={"reader": "off"})
    squad2 = read_set(given.eval / "squad2")
    placed = index_set(squad2, keep / "squad2", settings)
    with closing(load_reader(settings.cache_dir, given.model)) as reader:
        if "given" in given.only:
            yield from reading_quality.given_paragraph(reader, squad2, placed, given.limit)
        if "support" in given.only and given.train is not None:
            yield from reading_quality.support(reader, given.train)
        if "windows" in given.only:
            yield from reading_speed.windows(reader, squad2, placed)
    if given.model != MODEL_FOLDER or not has_reader():
        return
    if "answers" in given.only:
        yield from reading_speed.answers(squad2, placed)
    if "processes" in given.only:
        questions = [each.question for each in squad2.questions[::3]][:LOAD_QUESTIONS]
        yield from _processes(questions, placed, temporary)
    if "sets" in given.only:
        yield from reading_answers.with_and_without(given.eval, keep, settings, given.limit)


def _processes(questions: list[str], placed: Settings, folder: Path) -> Iterator[Figure]:
    for choice in ("off", "on"):
        os.environ["QUOTH_READER"] = choice
        is_on = choice == "on"
        name = f"reader {choice}"
        ask = processes.cost_of(["ask", questions[0]], placed.data_dir)
        yield Figure(
            f"quoth ask, whole process, {name}", ask.wall_s, "s", 0.8 if is_on else 0.6, "at most"
        )
        yield Figure(
            f"quoth ask, peak memory, {name}", ask.peak_mb, "MB", 500 if is_on else 400, "at most"
        )
        half = len(questions) // 2
        with serving.served(placed.data_dir) as server:
            yield Figure(f"quoth serve, start until ready, {name}", server.ready_s, "s")
            for part, asked in (("cold", questions[:half]), ("warm", questions[half:])):
                bodies: list[dict[str, object]] = [{"question": each} for each in asked]
                load = serving.load_on(server, "/v1/ask", bodies, folder)
                if part == "cold":
                    continue
                least = 25 if is_on else None
                yield Figure(f"/v1/ask, 16 clients, {name}", load.per_second, "requests/s", least)
                yield Figure(f"/v1/ask, 16 clients, {name}, p50", load.p50_ms, "ms")
                yield Figure(f"/v1/ask, 16 clients, {name}, p99", load.p99_ms, "ms")
                yield Figure(f"/v1/ask, 16 clients, {name}, errors", load.errors, "", 0, "at most")


if __name__ == "__main__":
    sys.exit(main())
