"""How long keeping an index in step takes, and how much memory the largest files do:
`python -m tests.benchmarks.syncing [--files 10000] [--megabytes 200] [--pages 2000]`.

Times are of whole processes, the model's loading included, on a folder of small text files. Memory
is the peak of the ingest and of all processes that it started, sampled 20 times a second; text is
encoded by hashing there, since the model would take an hour and its own memory is known.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.benchmarks.corpora import SEEDS
from tests.benchmarks.figures import Figure, print_table
from tests.benchmarks.processes import cost_of, run_once

_WORDS = "apple bridge cloud dragon engine forest garden harbour island lantern mountain".split()  # noqa: SIM905
_LONG_AGO_S = 1_600_000_000
_RUNS = 5
_HASHED_INGEST = """
import sys
from pathlib import Path
from embeddings.hashing import HashingEncoder
from rag.ingest.parsers.registry import parser_for
from rag.settings import Settings
from rag.wiring import ingestor_over, open_store
settings = Settings(data_dir=Path(sys.argv[1]))
with open_store(settings, create=True) as store:
    ingestor = ingestor_over(store, settings, parser_for, encoder=HashingEncoder(384))
    report = ingestor.sync([Path(sys.argv[2])])
assert report.added == 1, report
"""


def main() -> int:
    """Prints the figures; the exit code says whether every bar is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.syncing")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--pages", type=int, default=2_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quoth-sync-") as name:
        folder = Path(name)
        figures = list(_times(folder, arguments.files))
        if arguments.megabytes:
            figures.append(_text_memory(folder, arguments.megabytes))
        if arguments.pages:
            figures.append(_pdf_memory(folder, arguments.pages))
    print_table(figures, [])
    return 0 if all(figure.met is not False for figure in figures) else 1


def _times(folder: Path, files: int) -> Iterator[Figure]:
    docs, data = folder / "docs", folder / "data"
    chance = random.Random(1)
    for number in range(files):
        _write(docs / f"{number // 100}" / f"{number}.txt", _sentence(number, chance))
    run_once(["ingest", str(docs)], data)
    cost = cost_of(["ingest", str(docs)], data, runs=_RUNS)
    yield Figure(f"unchanged sync of {files} files", cost.wall_s, "s", 1.5, "at most")
    taken = []
    for run in range(_RUNS):
        changed = docs / "0" / "0.txt"
        changed.write_text(f"Zebra number {run} crosses the river.\n", encoding="utf-8")
        taken.append(run_once(["ingest", str(docs)], data).wall_s)
    yield Figure(
        f"one changed file of {files}, until it can be found",
        statistics.median(taken),
        "s",
        1.0,
        "at most",
    )


def _sentence(number: int, chance: random.Random) -> str:
    return f"Note {number}: {' '.join(chance.choices(_WORDS, k=25))}.\n"


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    os.utime(file, (_LONG_AGO_S, _LONG_AGO_S))


def _text_memory(folder: Path, megabytes: int) -> Figure:
    docs = folder / "long"
    docs.mkdir()
    seeds = "\n\n".join(file.read_text(encoding="utf-8") for file in sorted(SEEDS.glob("*.txt")))
    with (docs / "long.txt").open("w", encoding="utf-8") as out:
        number = 0
        while out.tell() < megabytes * 2**20:
            number += 1
            out.write(f"Part {number}\n\n{seeds}\n\n")
    peak = _peak_mb(folder / "long-data", docs)
    return Figure(f"peak memory, {megabytes} MB text file", peak, "MB", 1200, "at most")


def _pdf_memory(folder: Path, pages: int) -> Figure:
    docs = folder / "pdf"
    docs.mkdir()
    chance = random.Random(2)
    lines = [[_sentence(line, chance).strip() for line in range(30)] for _ in range(pages)]
    (docs / "long.pdf").write_bytes(_pdf(lines))
    peak = _peak_mb(folder / "pdf-data", docs)
    return Figure(f"peak memory, PDF of {pages} pages", peak, "MB", 1200, "at most")


def _pdf(pages: list[list[str]]) -> bytes:
    """A plain PDF of lines of Helvetica."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, lines in enumerate(pages):
        shown = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
        stream = f"BT /F1 7 Tf 40 780 Td {shown} ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for offset in offsets:
        out += f"{offset:010} 00000 n \n".encode()
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)


def _peak_mb(data_dir: Path, docs: Path) -> float:
    process = subprocess.Popen([sys.executable, "-c", _HASHED_INGEST, str(data_dir), str(docs)])
    watched = psutil.Process(process.pid)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_rss, [watched, *watched.children(recursive=True)])))
        time.sleep(0.05)
    if process.returncode != 0:
        raise RuntimeError(f"the ingest exited with {process.returncode}")
    return peak / 2**20


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


if __name__ == "__main__":
    sys.exit(main())
