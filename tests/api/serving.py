"""A real `quoth serve` over a small folder, in processes of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.api.client import TEXTS, write_texts

QUOTH = str(Path(sys.executable).with_name("quoth"))
PATIENCE_S = 60


@dataclass(frozen=True)
class Folder:
    """A working folder whose documents are ingested with the real model."""

    path: Path
    cache: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "QUOTH" not in name}
        return {**kept, "QUOTH_READER": "off", "QUOTH_CACHE_DIR": str(self.cache), **self.settings}

    def run(self, *arguments: str) -> str:
        done = self._done(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def fail(self, *arguments: str) -> str:
        """What is said by a command that fails."""
        done = self._done(*arguments)
        assert done.returncode == 1, done.stdout
        return done.stderr

    def _done(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [QUOTH, *arguments],
            cwd=self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def ingested_folder(path: Path, cache: Path, texts: Mapping[str, str] = TEXTS) -> Folder:
    folder = Folder(path, cache)
    write_texts(path / "docs", texts)
    folder.run("ingest", "docs")
    return folder


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[str]
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE_S) as response:
            return str(response.read().decode())

    def post(self, path: str, body: object) -> dict:
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            return json.load(response)

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """The exit code, and what was said at the end."""
        self.process.send_signal(sig)
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, said


@contextmanager
def served(folder: Folder, *arguments: str, **settings: str) -> Iterator[Served]:
    """A server that answers already; it is gone in the end, whatever happens."""
    process = subprocess.Popen(
        [QUOTH, "serve", "--port", "0", *arguments],
        cwd=folder.path,
        env={**folder.environment, **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = ""
        while not (found := re.search(r"http://([\d.]+):(\d+) ", said)):
            line = process.stderr.readline()
            assert line, said
            said += line
        yield Served(process, found[1], int(found[2]))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stderr.close()


class HalfSent:
    """A request that the server is busy with, as the rest of its body is still to come."""

    BODY = b'{"query": "parental leave"}'

    def __init__(self, server: Served) -> None:
        self._socket = socket.create_connection((server.host, server.port), timeout=PATIENCE_S)
        head = (
            f"POST /v1/search HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.BODY)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + self.BODY[:5])
        wait_until(lambda: in_flight(server) > 1)

    def finish(self) -> bytes:
        """The whole response."""
        self._socket.sendall(self.BODY[5:])
        return self.rest()

    def rest(self) -> bytes:
        """What still comes until the server closes the connection."""
        with self._socket, self._socket.makefile("rb") as file:
            return file.read()


def in_flight(server: Served) -> float:
    """Requests in flight, the one that asks among them."""
    found = re.search(
        r"^quoth_http_requests_in_flight ([\d.]+)$", server.get("/metrics"), re.MULTILINE
    )
    assert found
    return float(found[1])


def wait_until(holds) -> None:
    """Looks until something holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
