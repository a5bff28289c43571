"""What only a real connection can do: break off, lie about its length, and leave while it is
answered.
"""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import uvicorn

from api.app import create_app
from rag.service import Service
from rag.settings import Settings
from tests.api.client import QUESTION

FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
PATIENCE_S = 10.0


@pytest.fixture
def address(service: Service, settings: Settings) -> Iterator[tuple[str, int]]:
    """Of a server that runs in a thread."""
    config = uvicorn.Config(create_app(settings, service), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started)
        yield listener.getsockname()
        server.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def send(address: tuple[str, int], path: str, media_type: str, body: bytes, length: int) -> bytes:
    """The first bytes of the answer to a request that says that its body has a length; nothing
    where the body is shorter, and the connection broken off behind it.
    """
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    with socket.create_connection(address, PATIENCE_S) as connection:
        connection.sendall(head.encode() + body)
        return connection.recv(1_000) if len(body) >= length else b""


def kept_files(settings: Settings) -> list[Path]:
    return list((settings.data_dir / "uploads").glob("*"))


def ask(address: tuple[str, int]) -> int:
    url = f"http://127.0.0.1:{address[1]}/v1/ask"
    return httpx2.post(url, json={"question": QUESTION}, timeout=PATIENCE_S).status_code


def test_an_upload_that_is_broken_off_leaves_nothing(
    address: tuple[str, int], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for body in (b"", PART[:20], PART + b"x" * 50_000):
            send(address, "/v1/documents", FORM, body, 90_000)
        wait_until(lambda: caplog.text.count("was cut off") == 3)
    assert ask(address) == 200
    assert kept_files(settings) == []
    assert "met a bug" not in caplog.text
    assert "Exception" not in caplog.text


def test_a_question_that_is_broken_off_is_not_asked(
    address: tuple[str, int], service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({"question": QUESTION}).encode()
    with caplog.at_level(logging.INFO):
        send(address, "/v1/ask", "application/json", body, len(body) + 1)
        wait_until(lambda: "POST /v1/ask 400" in caplog.text)
    assert service.conversations.store.list() == ()
    assert "met a bug" not in caplog.text


def test_an_upload_that_is_longer_than_it_says_is_refused(
    address: tuple[str, int], settings: Settings
) -> None:
    body = PART + b"x" * 1_000 + b"\r\n--b--\r\n"
    answer = send(address, "/v1/documents", FORM, body, len(body) - 500)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert ask(address) == 200
    assert kept_files(settings) == []


def test_a_reader_that_leaves_a_stream_harms_nobody(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({"question": QUESTION, "stream": True}).encode()
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            first = send(address, "/v1/ask", "application/json", body, len(body))
            assert first.startswith(b"HTTP/1.1 200 ")
        wait_until(lambda: caplog.text.count("POST /v1/ask 200") == 5)
    assert ask(address) == 200
    assert "Exception" not in caplog.text
