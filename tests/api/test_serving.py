"""`quoth serve` as whole processes: signals, workers, and an index that others write."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.api.client import QUESTION, QUOTE
from tests.api.serving import (
    QUOTH,
    Folder,
    HalfSent,
    Served,
    ingested_folder,
    served,
    wait_until,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Folder:
    return ingested_folder(tmp_path_factory.mktemp("serving"), model_cache)


@pytest.fixture(scope="module")
def server(folder: Folder) -> Iterator[Served]:
    with served(folder) as server:
        yield server


@pytest.fixture(scope="module")
def two_workers(folder: Folder) -> Iterator[Served]:
    with served(folder, "--workers", "2") as server:
        yield server


def test_it_answers_and_is_ready(server: Served) -> None:
    assert json.loads(server.get("/readyz")) == {"status": "ready"}
    answer = server.post("/v1/ask", {"question": QUESTION})
    assert answer["citations"][0]["cited_text"] == QUOTE


def test_what_another_process_ingests_is_found_without_a_restart(
    folder: Folder, server: Served
) -> None:
    asked = {"query": "Who keeps the lighthouse?", "k": 1}
    assert server.post("/v1/search", asked)["hits"][0]["filename"] != "later.txt"
    (folder.path / "docs" / "later.txt").write_text("Ada keeps the lighthouse since 1931.\n")
    folder.run("ingest")
    assert server.post("/v1/search", asked)["hits"][0]["filename"] == "later.txt"


def test_a_port_that_is_taken_is_a_sentence(folder: Folder, server: Served) -> None:
    done = subprocess.run(
        [QUOTH, "serve", "--port", str(server.port)],
        cwd=folder.path,
        env=folder.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"cannot listen on port {server.port}" in done.stderr


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_what_is_being_answered_is_finished_first(folder: Folder, sig: signal.Signals) -> None:
    with served(folder) as server:
        request = HalfSent(server)
        server.process.send_signal(sig)
        with pytest.raises(subprocess.TimeoutExpired):
            server.process.wait(0.5)
        assert request.finish().startswith(b"HTTP/1.1 200 ")
        _, said = server.process.communicate()
        assert (server.process.returncode, said) == (0, "Stopped.\n")


def test_what_takes_too_long_is_cut_off_and_counted(folder: Folder) -> None:
    with served(folder, QUOTH_SHUTDOWN_GRACE_S="1") as server:
        request = HalfSent(server)
        code, said = server.stop()
        request.rest()
        assert code == 0
        assert "1 answer was cut off after 1 seconds.\nStopped.\n" in said
        assert "Traceback" not in said


def test_a_second_signal_ends_it_at_once(folder: Folder) -> None:
    with served(folder, QUOTH_SHUTDOWN_GRACE_S="600") as server:
        request = HalfSent(server)
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            server.process.wait(0.5)
        assert server.stop(signal.SIGINT)[0] == 128 + signal.SIGINT
        request.rest()


def test_an_empty_index_says_how_to_begin(tmp_path: Path, model_cache: Path) -> None:
    with served(Folder(tmp_path, model_cache)) as server:
        assert server.process.stderr is not None
        assert "quoth ingest FOLDER" in server.process.stderr.readline()
        assert server.stop() == (0, "Stopped.\n")


def test_for_other_machines_a_key_is_needed_and_enough(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path, folder.cache)
    command = [QUOTH, "serve", "--port", "0", "--host", "0.0.0.0"]
    refused = subprocess.run(
        command, cwd=tmp_path, env=other.environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "quoth keys add" in refused.stderr
    assert not (tmp_path / ".quoth").exists()
    other.run("keys", "add", "me")
    with served(other, "--host", "0.0.0.0") as server:
        assert json.loads(server.get("/healthz")) == {"status": "ok"}


def worker_ids(server: Served) -> set[int]:
    children = psutil.Process(server.process.pid).children()
    return {each.pid for each in children if is_running(each) and "spawn_main" in command_of(each)}


def is_running(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def test_several_workers_answer_from_one_index_and_count_together(two_workers: Served) -> None:
    assert len(worker_ids(two_workers)) == 2
    for _ in range(20):
        two_workers.post("/v1/search", {"query": QUESTION})
    pattern = r'^quoth_http_requests_total\{.*route="/v1/search",status="200"\} ([\d.]+)$'
    found = re.search(pattern, two_workers.get("/metrics"), re.MULTILINE)
    assert found
    assert float(found[1]) == 20


def test_a_worker_that_dies_is_replaced(two_workers: Served) -> None:
    before = worker_ids(two_workers)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: len(worker_ids(two_workers) - before) == 1)
    assert two_workers.post("/v1/search", {"query": QUESTION})["hits"]


def test_workers_finish_what_they_answer_and_end_with_their_parent(folder: Folder) -> None:
    with served(folder, "--workers", "2") as server:
        request = HalfSent(server)
        # Both get the signal where a whole group of processes is told to end.
        for pid in (*worker_ids(server), server.process.pid):
            os.kill(pid, signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            server.process.wait(0.5)
        assert request.finish().startswith(b"HTTP/1.1 200 ")
        _, said = server.process.communicate()
        assert (server.process.returncode, said) == (0, "Stopped.\n")


def test_workers_do_not_outlive_a_parent_that_is_killed(folder: Folder) -> None:
    with served(folder, "--workers", "2") as server:
        workers = [psutil.Process(pid) for pid in worker_ids(server)]
        server.process.kill()
        wait_until(lambda: not any(is_running(worker) for worker in workers))


def test_workers_that_cannot_start_end_it_with_a_sentence(
    tmp_path: Path, model_cache: Path
) -> None:
    folder = Folder(tmp_path, model_cache)
    done = subprocess.run(
        [QUOTH, "serve", "--port", "0", "--workers", "2"],
        cwd=tmp_path,
        env={**folder.environment, "QUOTH_MODEL": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "none" in done.stderr
    assert "Traceback" not in done.stderr
