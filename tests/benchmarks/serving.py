"""A server as a process of its own: how soon it is ready and streams, and how much it bears."""

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tests.benchmarks.processes import QUOTH, environment

START_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `ready_s` is how long it took from its start until `/readyz`."""

    port: int
    ready_s: float


@dataclass(frozen=True, slots=True)
class Load:
    """What a server bore: requests a second, milliseconds of one, and how many failed."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


@contextmanager
def served(data_dir: Path) -> Iterator[Server]:
    """`quoth serve` with one worker on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        [QUOTH, "serve", "--port", str(port)],
        env=environment(data_dir),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await_ready(port, started + START_TIMEOUT_S)
        yield Server(port, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(30)


def load_on(server: Server, path: str, bodies: Sequence[dict[str, object]], folder: Path) -> Load:
    """What the server bears from sixteen clients that send each body once."""
    result = _run_clients(server, path, bodies, folder)
    taken_ms = sorted(result["taken_ms"])
    return Load(
        per_second=len(taken_ms) / result["elapsed_s"],
        p50_ms=statistics.median(taken_ms),
        p99_ms=taken_ms[int(0.99 * len(taken_ms))],
        errors=result["errors"],
    )


def first_byte_ms(server: Server, questions: Sequence[str]) -> float:
    """Median time from sending a question to the first word of its streamed answer."""
    return statistics.median(_first_delta_ms(server, question) for question in questions)


def _first_delta_ms(server: Server, question: str) -> float:
    body = json.dumps({"question": question, "stream": True}).encode()
    head = (
        "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        started = time.perf_counter()
        connection.sendall(head.encode() + body)
        received = b""
        while b"event: delta" not in received:
            some = connection.recv(65536)
            if not some:
                raise RuntimeError("The stream ended without an answer.")
            received += some
        return (time.perf_counter() - started) * 1000


def _run_clients(
    server: Server, path: str, bodies: Sequence[dict[str, object]], folder: Path
) -> dict[str, Any]:
    file = folder / "bodies.jsonl"
    file.write_text("".join(json.dumps(body) + "\n" for body in bodies), encoding="utf-8")
    command = [sys.executable, "-m", "tests.benchmarks.load", str(server.port), path, str(file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def await_ready(port: int, deadline: float) -> None:
    """Returns as soon as the server can answer; `deadline` is a moment of `time.perf_counter`."""
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (URLError, OSError):
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.01)
