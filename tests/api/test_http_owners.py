"""Whose a conversation is: what a key sees of another key's, by each way in."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from rag.service import Service
from tests.api.client import QUESTION, add_key

FOLLOW_UP = "Is it paid?"
Headers = dict[str, str]
Answer = dict[str, str]


@pytest.fixture
def mine(service: Service) -> Headers:
    return add_key(service, "ask")


@pytest.fixture
def yours(service: Service) -> Headers:
    return add_key(service, "ask", "ingest")


@pytest.fixture
def admin(service: Service) -> Headers:
    return add_key(service, "admin")


def begin(client: TestClient, headers: Headers) -> Answer:
    answer: Answer = client.post("/v1/ask", json={"question": QUESTION}, headers=headers).json()
    return answer


def listed(client: TestClient, headers: Headers) -> list[str]:
    page = client.get("/v1/conversations", headers=headers).json()
    return [each["id"] for each in page["conversations"]]


Way = Callable[[TestClient, Answer, Headers], httpx2.Response]
CONVERSATION_WAYS: dict[str, Way] = {
    "read": lambda c, a, h: c.get(f"/v1/conversations/{a['conversation_id']}", headers=h),
    "rename": lambda c, a, h: c.patch(
        f"/v1/conversations/{a['conversation_id']}", json={"title": "x"}, headers=h
    ),
    "remove": lambda c, a, h: c.delete(f"/v1/conversations/{a['conversation_id']}", headers=h),
    "page": lambda c, a, h: c.get(
        "/v1/conversations", params={"after": a["conversation_id"]}, headers=h
    ),
    "ask": lambda c, a, h: c.post(
        "/v1/ask",
        json={"question": FOLLOW_UP, "conversation_id": a["conversation_id"]},
        headers=h,
    ),
}
FEEDBACK_WAYS: dict[str, Way] = {
    "rate": lambda c, a, h: c.post(
        "/v1/feedback", json={"answer_id": a["id"], "rating": "down"}, headers=h
    ),
    "unrate": lambda c, a, h: c.delete(f"/v1/feedback/{a['id']}", headers=h),
}
RESPONSE_WAYS: dict[str, Way] = {
    "read": lambda c, a, h: c.get(f"/v1/responses/{_response_id(a)}", headers=h),
    "remove": lambda c, a, h: c.delete(f"/v1/responses/{_response_id(a)}", headers=h),
    "previous": lambda c, a, h: c.post(
        "/v1/responses",
        json={"input": FOLLOW_UP, "previous_response_id": _response_id(a)},
        headers=h,
    ),
    "conversation": lambda c, a, h: c.post(
        "/v1/responses", json={"input": FOLLOW_UP, "conversation": a["conversation_id"]}, headers=h
    ),
}
WAYS = {
    **{f"conversation {name}": way for name, way in CONVERSATION_WAYS.items()},
    **{f"feedback {name}": way for name, way in FEEDBACK_WAYS.items()},
    **{f"response {name}": way for name, way in RESPONSE_WAYS.items()},
}


def _response_id(answer: Answer) -> str:
    return answer["id"].replace("ans_", "resp_")


def _turns(client: TestClient, answer: Answer, headers: Headers) -> int:
    read = client.get(f"/v1/conversations/{answer['conversation_id']}", headers=headers)
    return len(read.json()["turns"])


@pytest.mark.parametrize("name", WAYS)
def test_another_keys_conversation_is_not_there(
    client: TestClient, mine: Headers, yours: Headers, name: str
) -> None:
    answer = begin(client, mine)
    rated = {"answer_id": answer["id"], "rating": "up"}
    assert client.post("/v1/feedback", json=rated, headers=mine).status_code == 200
    refusal = WAYS[name](client, answer, yours)
    nothing = {"id": "ans_0", "conversation_id": "conv_0"}
    unknown = WAYS[name](client, nothing, yours)
    assert refusal.status_code == unknown.status_code
    assert refusal.status_code in ({400} if name == "response previous" else {404})
    assert _words(refusal, answer) == _words(unknown, nothing)
    read = client.get(f"/v1/conversations/{answer['conversation_id']}", headers=mine).json()
    assert (len(read["turns"]), read["title"]) == (2, QUESTION)
    assert read["turns"][1]["feedback"]["rating"] == "up"


def test_each_key_has_feedback_of_its_own(
    client: TestClient, mine: Headers, admin: Headers
) -> None:
    answer = begin(client, mine)
    path = f"/v1/conversations/{answer['conversation_id']}"
    wrong = {"answer_id": answer["id"], "rating": "down", "comment": "It is outdated."}
    client.post("/v1/feedback", json=wrong, headers=mine)
    client.post("/v1/feedback", json={"answer_id": answer["id"], "rating": "up"}, headers=admin)
    read = client.get(path, headers=mine).json()
    assert read["turns"][1]["feedback"] == {"rating": "down", "comment": "It is outdated."}
    listed = client.get("/v1/feedback", params={"limit": 1}, headers=admin).json()
    more = client.get("/v1/feedback", params={"after": listed["next"]}, headers=admin).json()
    both = listed["feedback"] + more["feedback"]
    assert [each["rating"] for each in both] == ["up", "down"]
    assert len({each["rater"] for each in both}) == 2
    exported = client.get("/v1/feedback/export", headers=admin).text.splitlines()
    assert len(exported) == 1
    client.delete(f"/v1/feedback/{answer['id']}", headers=admin)
    assert client.get(path, headers=admin).json()["turns"][1]["feedback"] is None
    assert client.get(path, headers=mine).json()["turns"][1]["feedback"]["rating"] == "down"


def _words(response: httpx2.Response, answer: Answer) -> object:
    """What a refusal says, without what differs by request."""
    text = response.text.replace(_response_id(answer), "RESPONSE")
    text = text.replace(answer["id"], "ANSWER").replace(answer["conversation_id"], "CONVERSATION")
    return text.replace(response.headers["x-request-id"], "REQUEST")


@pytest.mark.parametrize("name", WAYS)
def test_ones_own_conversation_is_there(client: TestClient, mine: Headers, name: str) -> None:
    assert WAYS[name](client, begin(client, mine), mine).is_success


@pytest.mark.parametrize("name", WAYS)
def test_who_has_all_scopes_sees_every_conversation(
    client: TestClient, mine: Headers, admin: Headers, name: str
) -> None:
    assert WAYS[name](client, begin(client, mine), admin).is_success


@pytest.mark.parametrize("name", WAYS)
def test_what_was_begun_before_there_was_a_key_is_seen_by_none_without_all_scopes(
    client: TestClient, service: Service, name: str
) -> None:
    answer = begin(client, {})
    mine, admin = add_key(service, "ask"), add_key(service, "admin")
    assert WAYS[name](client, answer, mine).status_code in {400, 404}
    assert WAYS[name](client, answer, admin).is_success


def test_each_key_lists_what_it_began(
    client: TestClient, mine: Headers, yours: Headers, admin: Headers
) -> None:
    first, second = begin(client, mine), begin(client, yours)
    assert listed(client, mine) == [first["conversation_id"]]
    assert listed(client, yours) == [second["conversation_id"]]
    assert set(listed(client, admin)) == {first["conversation_id"], second["conversation_id"]}


def test_a_response_that_is_kept_belongs_to_its_key(
    client: TestClient, mine: Headers, yours: Headers
) -> None:
    first = client.post("/v1/responses", json={"input": QUESTION}, headers=mine).json()
    for text in (FOLLOW_UP, "How long is it?"):  # the second begins a copy of the conversation
        asked = {"input": text, "previous_response_id": first["id"]}
        assert client.post("/v1/responses", json=asked, headers=mine).status_code == 200
    assert len(listed(client, mine)) == 2
    assert listed(client, yours) == []
    assert client.get(f"/v1/responses/{first['id']}", headers=yours).status_code == 404


def test_a_stream_says_that_another_keys_conversation_is_not_there(
    client: TestClient, mine: Headers, yours: Headers
) -> None:
    answer = begin(client, mine)
    asked = {
        "question": FOLLOW_UP,
        "conversation_id": answer["conversation_id"],
        "stream": True,
    }
    told = client.post("/v1/ask", json=asked, headers=yours).text
    assert "unknown-conversation" in told
    assert _turns(client, answer, mine) == 2


def test_an_agent_goes_on_with_its_own_keys_conversations_alone(
    client: TestClient, mine: Headers, yours: Headers
) -> None:
    answer = begin(client, mine)
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "ask",
            "arguments": {"question": FOLLOW_UP, "conversation_id": answer["conversation_id"]},
        },
    }
    accept = {"Accept": "application/json, text/event-stream"}
    refused = client.post("/mcp", json=call, headers={**yours, **accept}).json()["result"]
    assert refused["isError"]
    assert "There is no conversation" in refused["content"][0]["text"]
    assert _turns(client, answer, mine) == 2
    told = client.post("/mcp", json=call, headers={**mine, **accept}).json()["result"]
    assert not told.get("isError")
    assert _turns(client, answer, mine) == 4


def test_a_kept_answer_tells_that_its_file_has_changed(client: TestClient, tmp_path: Path) -> None:
    answer = begin(client, {})
    paths = (
        f"/v1/conversations/{answer['conversation_id']}",
        f"/v1/responses/{_response_id(answer)}",
    )
    (tmp_path / "docs" / "hr" / "leave.md").write_text("Parental leave is one week long.\n")
    read = client.get(paths[0]).json()["turns"][1]["answer"]
    assert [each["stale"] for each in read["citations"]] == [True]
    assert [each["stale"] for each in client.get(paths[1]).json()["citations"]] == [True]
