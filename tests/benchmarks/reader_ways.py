"""How the reader is best run on this machine: `python -m tests.benchmarks.reader_ways [MODEL]`.

Times 3 and 10 windows of 60 to 115 tokens, each question new, for ways to cut them into batches:
what the constants of `rag/reading/compiled.py` are chosen by.
"""

import random
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from rag.reading.base import Window
from rag.reading.compiled import CompiledReader
from rag.reading.loading import MODEL_FOLDER, find_reader
from rag.settings import load_settings

QUESTIONS = 60
WAYS = {
    "streams": (1, 2),
    "token_budget": (1, 512, 1536),
    "length_multiple": (8, 16, 32),
}

TEXT = """
the tunnel was opened in 1882 and is fifteen kilometres long about two hundred men died while it dug
through granite a second tube for cars followed later its cost rose to 66 million francs
"""


def asked(windows: int, seed: int = 4) -> list[tuple[str, list[Window]]]:
    """Questions of 5 to 14 words, each with windows of its own."""
    draw = random.Random(seed)
    return [
        (
            f"{_words(draw, draw.randint(5, 14))}?",
            [_window(_words(draw, draw.randint(50, 95))) for _ in range(windows)],
        )
        for _ in range(QUESTIONS)
    ]


def _words(draw: random.Random, count: int) -> str:
    return " ".join(draw.choices(TEXT.split(), k=count))


def _window(text: str) -> Window:
    return Window(text, 0, len(text), "Swiss tunnels")


def quantiles_ms(
    reader: CompiledReader, questions: Sequence[tuple[str, list[Window]]]
) -> tuple[float, float]:
    """Median and 95th percentile of a question's windows, once every shape was met."""
    taken = []
    for _ in range(2):
        taken = []
        for question, windows in questions:
            began = time.perf_counter()
            reader.read(question, windows)
            taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def main() -> None:
    """Prints a line for each way."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else MODEL_FOLDER
    cache_dir = load_settings().cache_dir / "openvino"
    few, many = asked(3), asked(10)
    sys.stdout.write(
        "streams  budget  multiple    3 windows p50/p95    10 windows p50/p95   (ms)\n"
    )
    for streams, budget, multiple in product(*WAYS.values()):
        reader = CompiledReader(
            find_reader(folder),
            cache_dir=cache_dir,
            streams=streams,
            token_budget=budget,
            length_multiple=multiple,
        )
        figures = [*quantiles_ms(reader, few), *quantiles_ms(reader, many)]
        reader.close()
        way = f"{streams:7} {budget:7} {multiple:9}"
        sys.stdout.write(way + "    {:8.1f} {:8.1f}    {:8.1f} {:8.1f}\n".format(*figures))


if __name__ == "__main__":
    main()
