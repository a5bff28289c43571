"""The description's examples, against what the API really says of the document they tell of."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.schemas_examples import REPLIES, REQUESTS, Example
from rag.reading.passages import PassageReader
from rag.settings import Settings
from tests.api.client import client_of, open_hashed_service, problem_of
from tests.reading.scripted import reader_of

TEXT = REPLIES["DocumentTextModel"]["text"]
QUESTION = REQUESTS["AskRequest"][0]
ANSWER = REPLIES["AnswerModel"]
RANDOM = re.compile(r"(?<=[_-])[0-9a-f]{24}")
CHANGING = {
    "score",
    "scores",
    "confidence",
    "timings_ms",
    "created",
    "created_at",
    "updated_at",
    "date",
    "failed",
}
TRIED_FIRST = [
    ("post", "/v1/ask"),
    ("post", "/v1/search"),
    ("post", "/v1/feedback"),
    ("post", "/v1/chat/completions"),
    ("post", "/v1/responses"),
    ("patch", "/v1/conversations/{conversation_id}"),
]


@pytest.fixture
def described(settings: Settings) -> Iterator[TestClient]:
    """A client of a service that has the document of the examples, and a reader."""
    texts = {"hr/leave.md": TEXT}
    reader = PassageReader(reader_of({"parental leave": ANSWER["short_answer"]}))
    with (
        open_hashed_service(settings, texts, reader=reader) as service,
        client_of(service, settings) as client,
    ):
        yield client


def same(one: object, other: object, place: str = "") -> None:
    """Fails where an example is not what was said, but for ids, times and figures."""
    if isinstance(one, dict) and isinstance(other, dict):
        assert list(one) == list(other), place
        for name, value in one.items():
            if name not in CHANGING:
                same(value, other[name], f"{place}.{name}")
    elif isinstance(one, list) and isinstance(other, list):
        assert len(one) == len(other), place
        for index, (first, second) in enumerate(zip(one, other, strict=True)):
            same(first, second, f"{place}[{index}]")
    elif place.endswith(".url"):
        assert str(other).endswith(str(one)), place
    else:
        assert RANDOM.sub("…", str(one)) == RANDOM.sub("…", str(other)), place


def test_the_examples_of_asking_are_what_is_said(described: TestClient) -> None:
    answer = described.post("/v1/ask", json=QUESTION).json()
    same(ANSWER, answer)
    same(
        REPLIES["SearchModel"],
        described.post("/v1/search", json=REQUESTS["SearchRequest"][0]).json(),
    )
    streamed = described.post("/v1/ask", json=REQUESTS["AskRequest"][1])
    assert "event: answer" in streamed.text


def test_the_examples_of_documents_are_what_is_said(described: TestClient) -> None:
    page = described.get("/v1/documents").json()
    same(REPLIES["DocumentsModel"], page)
    document = REPLIES["DocumentModel"]
    assert page["documents"][0]["id"] == document["id"]
    path = f"/v1/documents/{document['id']}"
    same(document, described.get(path).json())
    text = described.get(f"{path}/text", params={"start": 16, "end": 53}).json()
    assert text == REPLIES["DocumentTextModel"]


def test_the_examples_of_conversations_and_feedback_are_what_is_said(
    described: TestClient,
) -> None:
    answer = described.post("/v1/ask", json=QUESTION).json()
    rating = {**REQUESTS["FeedbackRequest"][0], "answer_id": answer["id"]}
    same(REPLIES["FeedbackModel"], described.post("/v1/feedback", json=rating).json())
    same(REPLIES["FeedbackPageModel"], described.get("/v1/feedback").json())
    same(REPLIES["ConversationsModel"], described.get("/v1/conversations").json())
    path = f"/v1/conversations/{answer['conversation_id']}"
    same(REPLIES["ConversationTurnsModel"], described.get(path).json())
    title = REQUESTS["RenameRequest"][0]
    same({**REPLIES["ConversationModel"], **title}, described.patch(path, json=title).json())


def test_the_examples_of_openai_s_formats_are_what_is_said(described: TestClient) -> None:
    completion = described.post("/v1/chat/completions", json=REQUESTS["ChatRequest"][0]).json()
    same(REPLIES["ChatCompletion"], completion)
    response = described.post("/v1/responses", json=REQUESTS["ResponseRequest"][0]).json()
    same(REPLIES["ResponseModel"], response)


@pytest.mark.parametrize("name", sorted({*REQUESTS, *REPLIES}))
def test_every_example_is_described_with_its_fields_in_their_order(
    client: TestClient, name: str
) -> None:
    schema = client.get("/openapi.json").json()["components"]["schemas"][name]
    examples: list[Example] = REQUESTS.get(name) or [REPLIES[name]]
    assert schema["examples"] == examples
    assert [list(each) for each in schema["examples"]] == [list(each) for each in examples]
    fields = list(schema["properties"])
    for each in examples:
        assert set(each) <= set(fields)
        assert list(each) == [field for field in fields if field in each]


@pytest.mark.parametrize(("method", "path"), TRIED_FIRST)
def test_what_is_tried_first_has_an_example_either_way(
    client: TestClient, method: str, path: str
) -> None:
    description = client.get("/openapi.json").json()
    operation = description["paths"][path][method]
    for content in (operation["requestBody"]["content"], operation["responses"]["200"]["content"]):
        name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert description["components"]["schemas"][name]["examples"]


def test_an_example_with_an_id_that_is_nowhere_is_a_problem(client: TestClient) -> None:
    given = REQUESTS["FeedbackRequest"][0]
    assert problem_of(client.post("/v1/feedback", json=given)) == (404, "unknown-answer")
