import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from rag.ingest.parsing.pool import ParserPool
from rag.ingest.parsing.tasks import MIB, Failed, Parsed, ParseLimits
from tests.rag.ingest.parsing.hostile import task

LIMITS = ParseLimits(timeout_s=30, memory_bytes=256 * MIB, workers=2)


@pytest.fixture
def pool() -> Iterator[ParserPool]:
    with ParserPool(LIMITS) as opened:
        yield opened


def reason(pool: ParserPool, folder: Path, text: str) -> str:
    outcome = pool.run(task(folder, text))
    assert isinstance(outcome, Failed), outcome
    return outcome.reason


def test_a_document_comes_from_another_process_with_the_state_of_its_file(
    pool: ParserPool, tmp_path: Path
):
    outcome = pool.run(task(tmp_path, "hello"))
    assert isinstance(outcome, Parsed)
    assert outcome.document.text == "hello"
    assert outcome.document.metadata["pid"] != str(os.getpid())
    assert outcome.state.size == 5


def test_no_process_is_started_before_it_is_needed():
    with ParserPool(LIMITS):
        assert psutil.Process().children() == []


def test_a_process_reads_one_file_after_another(pool: ParserPool, tmp_path: Path):
    outcomes = [pool.run(task(tmp_path, text)) for text in ("one", "two", "raise", "three")]
    pids = {each.document.metadata["pid"] for each in outcomes if isinstance(each, Parsed)}
    assert len(pids) == 1


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read(tmp_path: Path):
    with ParserPool(ParseLimits(timeout_s=0.5, workers=1)) as pool:
        for text in ("sleep 60", "spin"):
            started = time.monotonic()
            assert reason(pool, tmp_path, text) == "It took longer than 0.5 s to read."
            assert time.monotonic() - started < 20
        assert isinstance(pool.run(task(tmp_path, "fine")), Parsed)


def test_a_file_that_takes_too_much_memory_is_given_up(pool: ParserPool, tmp_path: Path):
    assert reason(pool, tmp_path, "swell") == "It takes more than 256 MiB of memory to read."
    assert isinstance(pool.run(task(tmp_path, "fine")), Parsed)


def test_a_parser_that_crashes_costs_its_file_only(pool: ParserPool, tmp_path: Path):
    assert "SIGSEGV" in reason(pool, tmp_path, "die")
    assert "exit code 3" in reason(pool, tmp_path, "leave")
    assert isinstance(pool.run(task(tmp_path, "fine")), Parsed)


def test_what_a_parser_raises_is_the_reason_in_a_sentence_of_bearable_length(
    pool: ParserPool, tmp_path: Path
):
    assert reason(pool, tmp_path, "bad") == "It is bad."
    said = reason(pool, tmp_path, "raise")
    assert said.startswith("The parser failed on it: RecursionError: much too deep")
    assert len(said) <= 500


def test_half_a_character_is_no_text(pool: ParserPool, tmp_path: Path):
    assert "UnicodeEncodeError" in reason(pool, tmp_path, "half")


def test_what_a_parser_prints_disturbs_nothing(
    pool: ParserPool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    assert isinstance(pool.run(task(tmp_path, "print")), Parsed)
    assert capfd.readouterr().out == ""


def test_a_file_that_is_gone_or_too_large_is_told_apart(pool: ParserPool, tmp_path: Path):
    gone = task(tmp_path, "gone")
    gone.path.unlink()
    outcome = pool.run(gone)
    assert isinstance(outcome, Failed)
    assert outcome.is_gone
    assert "larger than the 10,000 bytes" in reason(pool, tmp_path, "x" * 10_001)


def test_several_files_are_read_at_the_same_time(pool: ParserPool, tmp_path: Path):
    pool.run(task(tmp_path, "warm"))
    futures = [pool.submit(task(tmp_path, f"sleep 0.{n}")) for n in (5, 6)]
    documents = [future.result() for future in futures]
    pids = {each.document.metadata["pid"] for each in documents if isinstance(each, Parsed)}
    assert len(pids) == 2


def test_closing_ends_what_is_being_read_and_what_it_started(tmp_path: Path):
    noted = tmp_path / "child.pid"
    pool = ParserPool(LIMITS)
    future = pool.submit(task(tmp_path, f"child {noted}"))
    child = _pid_in(noted)
    pool.close()
    assert isinstance(future.result(), Failed)
    _wait_until_gone(child)
    assert psutil.Process().children() == []


PARENT = """
import sys
from pathlib import Path
from rag.ingest.parsing.pool import ParserPool
from rag.ingest.parsing.tasks import ParseLimits
from tests.rag.ingest.parsing.hostile import task
with ParserPool(ParseLimits(workers=1)) as pool:
    pool.run(task(Path(sys.argv[1]), "child " + sys.argv[2]))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_process_outlives_its_parent(tmp_path: Path, how: signal.Signals):
    noted = tmp_path / "child.pid"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(noted)], stderr=subprocess.DEVNULL
    )
    child = _pid_in(noted)
    started = psutil.Process(parent.pid).children()
    assert len(started) == 1
    parent.send_signal(how)
    assert parent.wait(20) != 0
    for pid in (started[0].pid, child):
        _wait_until_gone(pid)


def _pid_in(noted: Path) -> int:
    until = time.monotonic() + 30
    while not (noted.exists() and noted.read_text(encoding="utf-8")):
        assert time.monotonic() < until
        time.sleep(0.02)
    return int(noted.read_text(encoding="utf-8"))


def _wait_until_gone(pid: int) -> None:
    until = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until, pid
        time.sleep(0.02)
