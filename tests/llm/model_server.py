"""A server on this machine that speaks chat completions and does as a test tells it.

The real client reaches it over a real socket. A script is the list of what each call gets, the last
one again and again; what was asked is kept. Nothing here knows Quoth.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass(frozen=True)
class Reply:
    """What a call gets.

    Attributes:
        text: What the model says; a function is given the request.
        piece_chars: How long the pieces are that it comes in.
        first_token_s, piece_s: How long the first piece, and each other one, is waited for.
        finish: Why the model ends; None ends the stream without saying so.
        status, headers, body: Another response than a completion.
        breaks_after: Characters after which the connection is cut.
        fails_after: Characters after which an error comes in the stream.
        drips: Whether bytes come one at a time, `piece_s` apart, never a whole event.
        reasoning: What the model thinks in a field of its own.
        refusal: What it says in the field for refusals.
        raw: Bytes in place of the stream's events.
        usage: Whether tokens are told.
        streams: Whether the server streams at all.
        null_content: Whether each piece comes with a piece without content before it.
    """

    text: str | Callable[[dict[str, Any]], str] = ""
    piece_chars: int = 7
    first_token_s: float = 0.0
    piece_s: float = 0.0
    finish: str | None = "stop"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    breaks_after: int | None = None
    fails_after: int | None = None
    drips: bool = False
    reasoning: str = ""
    refusal: str = ""
    raw: bytes | None = None
    usage: bool = True
    streams: bool = True
    null_content: bool = False


def error(status: int, message: str = "It failed.", **headers: str) -> Reply:
    """A refusal in OpenAI's shape."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": None}}).encode()
    return Reply(
        status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


@dataclass
class Asked:
    """One request, its headers' names in lower case, and when the client hung up, if it did."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float
    hung_up_s: float | None = None
    sent: list[tuple[float, str]] = field(default_factory=list)

    @property
    def prompt(self) -> str:
        return "\n".join(str(message["content"]) for message in self.body["messages"])


class ModelServer:
    """The server; `script` may be changed between calls."""

    def __init__(self) -> None:
        self.script: list[Reply] = [Reply("Nothing was scripted.")]
        self.asked: list[Asked] = []
        self.most_thinking = 0
        self._thinking = [0]
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        handler = type("Handler", (_Handler,), {"world": self})
        self._http = _QuietServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def says(self, *replies: Reply | str) -> None:
        """What the next calls get."""
        self.script = [Reply(each) if isinstance(each, str) else each for each in replies]
        self.asked = []
        self.most_thinking = 0
        self._thinking = [0]  # who still thinks about an earlier script does not count

    def take(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            return self.script[min(len(self.asked), len(self.script)) - 1]

    def think(self, seconds: float) -> None:
        """Waits before the first piece; `most_thinking` tells how many calls did so at a time."""
        with self._lock:
            thinking = self._thinking
            thinking[0] += 1
            self.most_thinking = max(self._thinking[0], self.most_thinking)
        self.wait(seconds)
        with self._lock:
            thinking[0] -= 1

    def wait(self, seconds: float) -> None:
        """Waits, but not beyond the server's end."""
        if seconds > 0:
            self._stopping.wait(seconds)

    def close(self) -> None:
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    world: ModelServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def do_GET(self) -> None:
        listed = {"object": "list", "data": [{"id": "scripted", "object": "model"}]}
        self._send(200, json.dumps(listed).encode(), {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, body, time.monotonic())
        reply = self.world.take(asked)
        try:
            self._answer(reply, asked)
        except (BrokenPipeError, ConnectionResetError):
            asked.hung_up_s = time.monotonic() - asked.at
            self.close_connection = True

    def _answer(self, reply: Reply, asked: Asked) -> None:
        self.world.think(reply.first_token_s)
        if reply.status != 200 or reply.body:
            self._send(reply.status, reply.body, reply.headers)
            return
        text = reply.text(asked.body) if callable(reply.text) else reply.text
        if not reply.streams or not asked.body.get("stream"):
            self._send(200, json.dumps(_whole(text, reply)).encode(), {})
            return
        self.send_response(200)
        self.send_header("Content-Type", reply.headers.get("Content-Type", "text/event-stream"))
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if reply.raw is not None:
            self._chunk(reply.raw)
            self._end()
            return
        said = 0
        for event, chars in _events(text, reply):
            if reply.breaks_after is not None and said >= reply.breaks_after:
                self._cut()
                return
            if reply.fails_after is not None and said >= reply.fails_after:
                self._chunk(_data({"error": {"message": "overloaded", "type": "server_error"}}))
                self._end()
                return
            if reply.drips:
                for byte in event:
                    self._chunk(bytes([byte]))
                    self.world.wait(reply.piece_s)
            else:
                self._chunk(event)
                self.world.wait(reply.piece_s if chars else 0)
            said += chars
            asked.sent.append((time.monotonic(), text[:said]))
        self._end()

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()
        # A client that has hung up is seen here, and not two writes later.
        with suppress(BlockingIOError):
            if self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"":
                raise BrokenPipeError

    def _end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _events(text: str, reply: Reply) -> Iterator[tuple[bytes, int]]:
    """The stream's events, and how many characters of the text each brings."""
    yield _delta({"role": "assistant", "content": ""}), 0
    if reply.reasoning:
        yield _delta({"reasoning_content": reply.reasoning}), 0
    if reply.refusal:
        yield _delta({"refusal": reply.refusal}), 0
    for at in range(0, len(text), reply.piece_chars):
        piece = text[at : at + reply.piece_chars]
        if reply.null_content:
            yield _delta({"content": None}), 0
        yield _delta({"content": piece}), len(piece)
    if reply.finish is not None:
        yield _delta({}, reply.finish), 0
    if reply.usage:
        yield _data(_chunk_of([], usage=USAGE)), 0
    yield b"data: [DONE]\n\n", 0


def _delta(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return _data(_chunk_of([{"index": 0, "delta": delta, "finish_reason": finish}]))


def _chunk_of(choices: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    kind = "chat.completion.chunk"
    return {"id": "c1", "object": kind, "created": 1, "model": "m", "choices": choices, **more}


def _whole(text: str, reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": reply.refusal or None}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": USAGE,
    }


def _data(value: object) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


@contextmanager
def serving() -> Iterator[ModelServer]:
    """A server for as long as it is needed."""
    server = ModelServer()
    try:
        yield server
    finally:
        server.close()
