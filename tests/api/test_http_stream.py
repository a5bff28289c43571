import json
from collections.abc import AsyncGenerator, AsyncIterator

import anyio
import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from api import sse
from api.routes.ask import block_of
from rag.service import Service
from rag.settings import Settings
from rag.streaming import StatusEvent
from tests.api.client import QUESTION, QUOTE, UNANSWERABLE, events_of

SCOPE = {"type": "http", "method": "GET", "path": "/"}


def streamed(client: TestClient, **asked: object) -> list[tuple[str, str]]:
    response = client.post("/v1/ask", json={**asked, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    return events_of(response)


def test_an_answer_streams_its_status_text_citations_and_itself(client: TestClient) -> None:
    events = [(name, json.loads(data)) for name, data in streamed(client, question=QUESTION)]
    names = [name for name, _ in events]
    assert names == ["status", "status", "delta", "delta", "citation", "answer"]
    stages = [data["stage"] for name, data in events if name == "status"]
    assert stages == ["retrieving", "answering"]
    answer = events[-1][1]
    text = "".join(data["text"] for name, data in events if name == "delta")
    assert text == answer["answer"] == f"{QUOTE} [1]"
    assert events[4][1] == answer["citations"][0]


def test_the_status_tells_the_short_answer_before_anything_is_written() -> None:
    told = StatusEvent("answering", "ans_1", (), "35 percent")
    events = [block_of(event, Settings()) for event in (StatusEvent("retrieving"), told)]
    data = [json.loads(event.split(b"data: ")[1]) for event in events]
    assert data == [
        {"stage": "retrieving"},
        {"stage": "answering", "short_answer": "35 percent"},
    ]


def test_a_stream_is_kept_in_its_conversation(client: TestClient, service: Service) -> None:
    answer = json.loads(streamed(client, question=QUESTION)[-1][1])
    turns = service.conversations.store.turns(answer["conversation_id"])
    assert [turn.text for turn in turns] == [QUESTION, answer["answer"]]


def test_not_found_streams_too(client: TestClient) -> None:
    name, data = streamed(client, messages=[{"role": "user", "content": UNANSWERABLE}])[-1]
    assert (name, json.loads(data)["status"]) == ("answer", "not_found")


def test_a_failure_ends_the_stream_with_a_problem(client: TestClient) -> None:
    asked = {"question": QUESTION, "conversation_id": "conv_0"}
    (first, _), (last, data) = streamed(client, **asked)
    assert (first, last) == ("status", "error")
    problem = json.loads(data)
    assert problem["type"] == "urn:quoth:problem:unknown-conversation"
    assert (problem["status"], bool(problem["request_id"])) == (404, True)


def test_what_can_be_refused_at_once_is_no_stream(client: TestClient) -> None:
    asked = {"question": QUESTION, "filters": {"author": "Ada"}, "stream": True}
    assert client.post("/v1/ask", json=asked).status_code == 422


class Client:
    """The other end of a response: takes `appetite` messages, then stops reading or goes away."""

    def __init__(self, *, appetite: int = 1_000, leaves: bool = False) -> None:
        self.messages: list[Message] = []
        self._appetite = appetite
        self._leaves = leaves
        self._gone = anyio.Event()

    async def send(self, message: Message) -> None:
        self.messages.append(message)
        if len(self.messages) >= self._appetite:
            if self._leaves:
                self._gone.set()
            else:
                await anyio.sleep_forever()

    async def receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    @property
    def blocks(self) -> list[bytes]:
        return [m["body"] for m in self.messages if m["type"] == "http.response.body"]

    @property
    def is_complete(self) -> bool:
        return not self.messages[-1].get("more_body", True)


class Source:
    """Blocks without an end, which remembers how many were taken and whether it was closed."""

    def __init__(self) -> None:
        self.taken = 0
        self.is_closed = False

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                self.taken += 1
                yield b"data: x\n\n"
        finally:
            self.is_closed = True


async def run(stream: sse.EventStream, client: Client) -> None:
    with anyio.fail_after(5):
        await stream(SCOPE, client.receive, client.send)


def test_a_stream_that_is_quiet_is_kept_alive() -> None:
    async def slow() -> AsyncIterator[bytes]:
        await anyio.sleep(0.1)
        yield b"data: x\n\n"

    client = Client()
    anyio.run(run, sse.EventStream(slow(), keep_alive_s=0.03), client)
    assert client.blocks[0] == b": keep-alive\n\n"
    assert client.blocks[-2:] == [b"data: x\n\n", b""]
    assert client.is_complete


def test_a_client_that_goes_away_stops_the_source() -> None:
    client, source = Client(appetite=4, leaves=True), Source()
    anyio.run(run, sse.EventStream(source.blocks()), client)
    assert source.is_closed
    assert source.taken < 10


def test_a_client_that_stops_reading_is_let_go_and_holds_one_block() -> None:
    client, source = Client(appetite=4), Source()
    anyio.run(run, sse.EventStream(source.blocks(), send_timeout_s=0.05), client)
    assert source.is_closed
    assert source.taken <= len(client.blocks) + 1
    assert not client.is_complete


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", 'a"b', "a\u2028b"])
def test_a_text_is_one_line_of_json(text: str) -> None:
    block = sse.json_event("delta", {"text": text}).decode()
    head, data = block.removesuffix("\n\n").split("\n")
    assert head == "event: delta"
    assert json.loads(data.removeprefix("data: ")) == {"text": text}
