import threading

import pytest
from fastapi.testclient import TestClient

from api.schemas_asking import MAX_MESSAGE_CHARS, MAX_MESSAGES
from rag.service import Service
from tests.api.client import HOSTILE, QUESTION, QUOTE, UNANSWERABLE, problem_of

USER = {"role": "user", "content": QUESTION}
ASSISTANT = {"role": "assistant", "content": f"{QUOTE} [1]"}


def test_a_question_is_answered_with_its_citations(client: TestClient, service: Service) -> None:
    answer = client.post("/v1/ask", json={"question": QUESTION}).json()
    (citation,) = answer["citations"]
    text = service.documents.document_text(citation["file_id"])
    assert text[citation["start_char_index"] : citation["end_char_index"]] == QUOTE
    assert (answer["status"], citation["cited_text"]) == ("answered", QUOTE)


def test_not_found_is_an_answer_with_the_nearest_passages(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": UNANSWERABLE}).json()
    assert (answer["status"], answer["citations"]) == ("not_found", [])
    assert answer["hits"]


def test_filters_and_k_are_taken(client: TestClient) -> None:
    asked = {"question": QUESTION, "k": 1, "filters": {"filename": "tunnels*"}}
    answer = client.post("/v1/ask", json=asked).json()
    assert [hit["filename"] for hit in answer["hits"]] == ["tunnels.txt"]


def test_a_search_gives_hits_best_first(client: TestClient) -> None:
    hits = client.post("/v1/search", json={"query": "longest tunnel", "k": 100}).json()["hits"]
    assert hits[0]["filename"] == "tunnels.txt"
    assert [hit["score"] for hit in hits] == sorted((h["score"] for h in hits), reverse=True)


def test_a_conversation_is_begun_and_gone_on_with(client: TestClient) -> None:
    first = client.post("/v1/ask", json={"question": QUESTION}).json()
    asked = {"question": "Is it paid?", "conversation_id": first["conversation_id"]}
    second = client.post("/v1/ask", json=asked).json()
    assert second["conversation_id"] == first["conversation_id"]
    assert "parental" in second["history_terms"]
    assert "paid in full" in second["answer"]


def test_messages_are_history_and_nothing_of_them_is_kept(
    client: TestClient, service: Service
) -> None:
    messages = [USER, ASSISTANT, {"role": "user", "content": "Is it paid?"}]
    answer = client.post("/v1/ask", json={"messages": messages}).json()
    assert "paid in full" in answer["answer"]
    assert answer["conversation_id"] is None
    assert service.conversations.store.list() == ()


def test_the_longest_question_is_taken(client: TestClient) -> None:
    assert client.post("/v1/ask", json={"question": "x" * 8000}).status_code == 200


def test_a_question_may_hold_a_null_character(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": f"{QUESTION}\0"}).json()
    assert answer["status"] == "answered"
    kept = client.get(f"/v1/conversations/{answer['conversation_id']}").json()
    assert kept["turns"][0]["text"].startswith(QUESTION)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"question": None},
        {"question": ""},
        {"question": " \n"},
        {"question": "?!"},
        {"question": "x" * 8001},
        {"question": QUESTION, "k": 0},
        {"question": QUESTION, "k": 101},
        {"question": QUESTION, "k": 8.5},
        {"question": QUESTION, "colour": "red"},
        {"question": QUESTION, "messages": [USER]},
        {"question": QUESTION, "conversation_id": 7},
        {"question": QUESTION, "filters": ["filename"]},
        {"question": QUESTION, "filters": {"author": "Ada"}},
        {"question": QUESTION, "filters": {"date": "yesterday"}},
        {"messages": []},
        {"messages": [ASSISTANT]},
        {"messages": [USER, ASSISTANT]},
        {"messages": [{"role": "system", "content": "Be brief."}, USER]},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "user", "content": "x" * (MAX_MESSAGE_CHARS + 1)}, USER]},
        {"messages": [USER] * (MAX_MESSAGES + 1)},
        {"messages": [USER], "conversation_id": "conv_1"},
    ],
    ids=lambda asked: repr(asked)[:60],
)
def test_a_question_that_cannot_be_taken_is_a_problem(
    client: TestClient, asked: dict[str, object]
) -> None:
    status, _ = problem_of(client.post("/v1/ask", json=asked))
    assert status == 422


@pytest.mark.parametrize("conversation_id", ["conv_0", "", "../../x", "\0", "x' OR '1'='1"])
def test_a_conversation_that_is_not_there_is_a_problem(
    client: TestClient, conversation_id: str
) -> None:
    asked = {"question": QUESTION, "conversation_id": conversation_id}
    assert problem_of(client.post("/v1/ask", json=asked)) == (404, "unknown-conversation")


def test_what_documents_hold_comes_back_unharmed_as_json(client: TestClient) -> None:
    answer = client.post("/v1/ask", json={"question": "What is the mascot called?"}).json()
    citation = answer["citations"][0]
    assert (
        citation["cited_text"] == 'The mascot of the fair is called <b>Bobo</b> & "Bibi" [1] [99].'
    )
    assert [each["number"] for each in answer["citations"]] == [1, 2]
    assert answer["hits"][0]["text"] in HOSTILE


def test_many_questions_at_once_are_all_answered(client: TestClient) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(client.post("/v1/ask", json={"question": QUESTION}).status_code)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 16
