"""Whole processes of the command line: how long, how much memory, and what they import."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

QUOTH = str(Path(sys.executable).with_name("quoth"))

# A process inherits the peak memory of the one that starts it, so a small one has to.
LAUNCHER = """
import json, os, subprocess, sys, time
started = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
elapsed = time.perf_counter() - started
child.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps([elapsed, usage.ru_maxrss / 1024, child.returncode]))
"""
RUN_AND_LIST = """
import sys
from api.cli import run
from api.engine import Engine
run(sys.argv[1:], Engine())
print(*sorted(sys.modules), file=sys.stderr)
"""


@dataclass(frozen=True, slots=True)
class ProcessCost:
    """Medians over several runs of one command; memory is the highest of them."""

    wall_s: float
    peak_mb: float
    exit_code: int


def cost_of(arguments: Sequence[str], data_dir: Path, *, runs: int = 7) -> ProcessCost:
    """What `quoth` with these arguments costs, once the file cache is warm."""
    samples = [_run_once(arguments, data_dir) for _ in range(runs + 1)][1:]
    return ProcessCost(
        wall_s=statistics.median(sample.wall_s for sample in samples),
        peak_mb=max(sample.peak_mb for sample in samples),
        exit_code=samples[-1].exit_code,
    )


def run_once(arguments: Sequence[str], data_dir: Path) -> ProcessCost:
    """One run of `quoth`.

    Raises:
        RuntimeError: It failed.
    """
    cost = _run_once(arguments, data_dir)
    if cost.exit_code != 0:
        raise RuntimeError(f"quoth {' '.join(arguments)} exited with {cost.exit_code}")
    return cost


def imported_by(arguments: Sequence[str], data_dir: Path) -> frozenset[str]:
    """The modules in memory when `quoth` with these arguments ends."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_LIST, *arguments],
        env=environment(data_dir),
        capture_output=True,
        text=True,
        check=True,
    )
    return frozenset(done.stderr.splitlines()[-1].split())


def environment(data_dir: Path) -> dict[str, str]:
    """This process's, with the data folder that is measured on, and without a reader unless it asks
    for one: the bars are those of the search alone.
    """
    return {"QUOTH_READER": "off", **os.environ, "QUOTH_DATA_DIR": str(data_dir)}


def _run_once(arguments: Sequence[str], data_dir: Path) -> ProcessCost:
    done = subprocess.run(
        [sys.executable, "-c", LAUNCHER, QUOTH, *arguments],
        env=environment(data_dir),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return ProcessCost(*json.loads(done.stdout))
