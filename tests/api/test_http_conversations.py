import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from rag.evaluation.questions import read_questions
from tests.api.client import QUESTION, UNANSWERABLE, problem_of


def begin(client: TestClient, question: str = QUESTION) -> dict[str, str]:
    answer: dict[str, str] = client.post("/v1/ask", json={"question": question}).json()
    return answer


def rate(client: TestClient, answer_id: str, rating: str = "up", **more: object) -> int:
    given = {"answer_id": answer_id, "rating": rating, **more}
    return client.post("/v1/feedback", json=given).status_code


def test_conversations_are_listed_the_last_used_first(client: TestClient) -> None:
    ids = [begin(client)["conversation_id"], begin(client, UNANSWERABLE)["conversation_id"]]
    page = client.get("/v1/conversations").json()
    assert [each["id"] for each in page["conversations"]] == ids[::-1]
    assert [each["title"] for each in page["conversations"]] == [UNANSWERABLE, QUESTION]
    assert page["next"] is None


def test_pages_of_conversations_follow_each_other(client: TestClient) -> None:
    ids = [begin(client)["conversation_id"] for _ in range(3)]
    first = client.get("/v1/conversations", params={"limit": 2}).json()
    second = client.get("/v1/conversations", params={"after": first["next"]}).json()
    both = first["conversations"] + second["conversations"]
    assert [each["id"] for each in both] == ids[::-1]


def test_a_conversation_has_its_turns_answers_and_feedback(client: TestClient) -> None:
    answer = begin(client)
    rate(client, answer["id"], "down", comment="Too short.")
    read = client.get(f"/v1/conversations/{answer['conversation_id']}").json()
    asked, said = read["turns"]
    assert (asked["role"], asked["text"], asked["answer"]) == ("user", QUESTION, None)
    assert (said["role"], said["text"]) == ("assistant", answer["answer"])
    assert said["answer"] == answer
    assert said["feedback"] == {"rating": "down", "comment": "Too short."}


def test_a_conversation_is_renamed(client: TestClient) -> None:
    path = f"/v1/conversations/{begin(client)['conversation_id']}"
    assert client.patch(path, json={"title": "Leave"}).json()["title"] == "Leave"
    assert client.get(path).json()["title"] == "Leave"


@pytest.mark.parametrize("title", ["word " * 39 + "words", "字" * 200, "Two  spaces, one\tline"])
def test_a_title_is_kept_as_it_is_sent(client: TestClient, title: str) -> None:
    path = f"/v1/conversations/{begin(client)['conversation_id']}"
    assert client.patch(path, json={"title": title}).json()["title"] == title
    assert client.get(path).json()["title"] == title


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, None, 7])
def test_a_title_that_cannot_be_used_is_a_problem(client: TestClient, title: object) -> None:
    path = f"/v1/conversations/{begin(client)['conversation_id']}"
    assert problem_of(client.patch(path, json={"title": title})) == (422, "usage")


def test_a_conversation_is_removed_with_its_answers_and_feedback(client: TestClient) -> None:
    answer = begin(client)
    rate(client, answer["id"])
    path = f"/v1/conversations/{answer['conversation_id']}"
    assert client.delete(path).status_code == 204
    assert problem_of(client.get(path)) == (404, "unknown-conversation")
    assert client.get("/v1/feedback").json()["feedback"] == []
    assert rate(client, answer["id"]) == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_conversation_that_is_not_there_is_a_problem(client: TestClient, method: str) -> None:
    json = {"title": "x"} if method == "PATCH" else None
    response = client.request(method, "/v1/conversations/conv_0", json=json)
    assert problem_of(response) == (404, "unknown-conversation")


def test_feedback_is_kept_replaced_and_taken_back(client: TestClient) -> None:
    answer = begin(client)
    assert rate(client, answer["id"], "up") == 200
    assert rate(client, answer["id"], "down", comment="Wrong.") == 200
    (kept,) = client.get("/v1/feedback").json()["feedback"]
    assert (kept["rating"], kept["comment"]) == ("down", "Wrong.")
    assert (kept["question"], kept["answer"], kept["status"]) == (
        QUESTION,
        answer["answer"],
        "answered",
    )
    assert client.delete(f"/v1/feedback/{answer['id']}").status_code == 204
    assert client.get("/v1/feedback").json()["feedback"] == []


@pytest.mark.parametrize(
    "given",
    [
        {"rating": "meh"},
        {"rating": "up", "comment": "x" * 4001},
        {"rating": "up", "comment": "\\ud800"},
        {"rating": "up", "stars": 5},
        {},
    ],
    ids=lambda given: repr(given)[:40],
)
def test_feedback_that_cannot_be_taken_is_a_problem(
    client: TestClient, given: dict[str, object]
) -> None:
    body = json.dumps({"answer_id": begin(client)["id"], **given}).replace("\\\\u", "\\u")
    response = client.post(
        "/v1/feedback", content=body, headers={"Content-Type": "application/json"}
    )
    assert problem_of(response) == (422, "usage")


def test_feedback_on_an_answer_that_is_not_kept_is_a_problem(client: TestClient) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    answer = client.post("/v1/ask", json={"messages": messages}).json()
    given = {"answer_id": answer["id"], "rating": "up"}
    assert problem_of(client.post("/v1/feedback", json=given)) == (404, "unknown-answer")
    assert problem_of(client.delete("/v1/feedback/ans_0")) == (404, "unknown-answer")


def test_pages_of_feedback_follow_each_other(client: TestClient) -> None:
    ids = [begin(client)["id"] for _ in range(3)]
    for each in ids:
        rate(client, each)
    first = client.get("/v1/feedback", params={"limit": 2}).json()
    second = client.get("/v1/feedback", params={"after": first["next"]}).json()
    both = first["feedback"] + second["feedback"]
    assert [each["answer_id"] for each in both] == ids[::-1]
    assert second["next"] is None


def test_what_was_liked_is_exported_as_questions(client: TestClient, tmp_path: Path) -> None:
    rate(client, begin(client)["id"])
    rate(client, begin(client, UNANSWERABLE)["id"], "down")
    response = client.get("/v1/feedback/export")
    assert response.headers["content-type"] == "application/jsonl"
    (line,) = response.text.splitlines()
    assert json.loads(line)["question"] == QUESTION
    file = tmp_path / "liked.jsonl"
    file.write_bytes(response.content)
    (question,) = read_questions(file)
    assert question.answerable
