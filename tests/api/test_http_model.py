"""Answers that a model writes, through every route, over real connections."""

import json
import time
from collections.abc import Iterator

import openai
import pytest

from rag.service import Service
from rag.settings import Settings
from tests.api.client import QUESTION, QUOTE, client_of, events_of, problem_of
from tests.api.openai.conversing import client_at, serving
from tests.llm.model_server import ModelServer, Reply, error
from tests.llm.writing import check_exact, model_settings, open_written_service

LEAVE = "Parental leave lasts sixteen weeks [1]."
PAID = "It is paid in full by the company [1]."
TEXT = "Parental leave lasts sixteen weeks. [1] It is paid in full by the company. [2]"


@pytest.fixture(scope="module")
def settings(model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return model_settings(tmp_path_factory.mktemp("served"), model_server, llm_price_in=1.0)


@pytest.fixture(scope="module")
def service(settings: Settings) -> Iterator[Service]:
    with open_written_service(settings) as service:
        yield service


@pytest.fixture(scope="module")
def official(service: Service, settings: Settings) -> Iterator[openai.OpenAI]:
    with serving(service, settings) as address, client_at(address) as client:
        yield client


def test_an_answer_says_who_wrote_it_and_what_it_took(
    service: Service, settings: Settings, model_server: ModelServer
) -> None:
    model_server.says(f"{LEAVE} {PAID}")
    with client_of(service, settings) as client:
        answer = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert (answer["answer"], answer["method"], answer["model"]) == (TEXT, "llm", "scripted")
    assert answer["usage"]["prompt_tokens"] == 100
    assert answer["cost"] == pytest.approx(0.0001)
    assert answer["notice"] is None


def test_a_stream_brings_each_sentence_and_its_citations(
    service: Service, settings: Settings, model_server: ModelServer
) -> None:
    model_server.says(f"{LEAVE} {PAID}")
    with client_of(service, settings) as client:
        events = events_of(client.post("/v1/ask", json={"question": QUESTION, "stream": True}))
    assert [name for name, _ in events] == [
        "status", "status", "delta", "delta", "citation", "delta", "delta", "delta", "citation",
        "answer",
    ]  # fmt: skip
    answer = json.loads(events[-1][1])
    assert "".join(json.loads(data)["text"] for name, data in events if name == "delta") == TEXT
    kept = service.conversations.answer(answer["id"])
    assert kept.text == TEXT
    check_exact(service, kept)
    numbers = [json.loads(data)["number"] for name, data in events if name == "citation"]
    assert numbers == [each.number for each in kept.citations]


def test_what_fails_before_the_model_is_asked_is_told_as_ever(
    service: Service, settings: Settings, model_server: ModelServer
) -> None:
    with client_of(service, settings) as client:
        asked = {"question": QUESTION, "conversation_id": "conv_0"}
        assert problem_of(client.post("/v1/ask", json=asked)) == (404, "unknown-conversation")
        events = events_of(client.post("/v1/ask", json={**asked, "stream": True}))
    assert [name for name, _ in events] == ["status", "error"]


def test_a_model_that_is_down_is_noticed_in_the_answer_alone(
    service: Service, settings: Settings, model_server: ModelServer
) -> None:
    model_server.says(error(401))
    with client_of(service, settings) as client:
        response = client.post("/v1/ask", json={"question": QUESTION})
    assert response.status_code == 200
    answer = response.json()
    assert (answer["method"], answer["model"]) == ("extractive", None)
    assert "quoted from the documents" in answer["notice"]
    assert answer["answer"].startswith(f"{QUOTE} [1]")


def test_words_reach_the_reader_while_the_model_still_writes(
    official: openai.OpenAI, model_server: ModelServer
) -> None:
    model_server.says(Reply(f"{LEAVE} {PAID} And so on and on.", piece_chars=6, piece_s=0.05))
    first = 0.0
    stream = official.chat.completions.create(
        model="quoth", messages=[{"role": "user", "content": QUESTION}], stream=True
    )
    for chunk in stream:
        if chunk.choices and "sixteen" in (chunk.choices[0].delta.content or ""):
            first = time.monotonic()
    assert 0 < first < model_server.asked[0].sent[-1][0] - 0.2


@pytest.mark.parametrize("sources", [True, False])
def test_a_streamed_chat_completion_is_the_whole_one(
    sources: bool, service: Service, settings: Settings, model_server: ModelServer
) -> None:
    model_server.says(f"## Leave\n\n- **{LEAVE}**\n- {PAID} Sixteen weeks it is [1].")
    set_so = settings.model_copy(update={"chat_sources": sources})
    asked = {"model": "quoth", "messages": [{"role": "user", "content": QUESTION}]}
    with client_of(service, set_so) as client:
        whole = client.post("/v1/chat/completions", json=asked).json()
        streamed = client.post("/v1/chat/completions", json={**asked, "stream": True})
    *chunks, last, done = [data for _, data in events_of(streamed)]
    assert done == "[DONE]"
    deltas = [json.loads(chunk)["choices"][0]["delta"] for chunk in chunks]
    message = whole["choices"][0]["message"]
    assert "".join(delta.get("content", "") for delta in deltas) == message["content"]
    assert ("Sources:" in message["content"], "[1]" in message["content"]) == (sources, sources)
    annotations = [each for delta in deltas for each in delta.get("annotations", ())]
    streamed_at, whole_at = (
        sorted((each["start_index"], each["end_index"], each["url"]) for each in told)
        for told in (
            [each["url_citation"] for each in annotations],
            [each["url_citation"] for each in message["annotations"]],
        )
    )
    assert streamed_at == whole_at
    assert json.loads(last)["quoth"]["method"] == "llm"


def test_a_streamed_response_is_the_whole_one_and_kept(
    official: openai.OpenAI, model_server: ModelServer, service: Service
) -> None:
    model_server.says(f"{LEAVE} {PAID}")
    text, done = "", None
    for event in official.responses.create(
        model="quoth",
        input=QUESTION,
        stream=True,
        tools=[{"type": "file_search", "vector_store_ids": []}],
    ):
        if event.type == "response.output_text.delta":
            text += event.delta
        elif event.type == "response.completed":
            done = event.response
    assert done is not None
    assert done.output_text == text
    assert [item.type for item in done.output] == ["file_search_call", "message"]
    assert service.conversations.answer(done.id.replace("resp_", "ans_")).text == TEXT
    again = official.responses.retrieve(done.id)
    assert again.output_text == text
    model_server.says("How is parental leave paid?", PAID)
    more = official.responses.create(
        model="quoth", input="How is it paid?", previous_response_id=done.id
    )
    assert "paid in full" in more.output_text


def test_a_question_that_cannot_be_asked_keeps_its_status_in_a_stream(
    official: openai.OpenAI, model_server: ModelServer
) -> None:
    for ask in (
        lambda: official.chat.completions.create(
            model="quoth", messages=[{"role": "user", "content": "?!"}], stream=True
        ),
        lambda: official.responses.create(model="quoth", input="?!", stream=True),
    ):
        with pytest.raises(openai.BadRequestError, match="no letter"):
            ask()


def test_a_client_that_leaves_ends_the_models_call(
    official: openai.OpenAI, model_server: ModelServer
) -> None:
    model_server.says(Reply(f"{LEAVE} {PAID} " * 40, piece_s=0.02))
    stream = official.chat.completions.create(
        model="quoth", messages=[{"role": "user", "content": QUESTION}], stream=True
    )
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            break
    stream.close()
    call = model_server.asked[0]
    until = time.monotonic() + 5
    while call.hung_up_s is None and time.monotonic() < until:
        time.sleep(0.02)
    assert call.hung_up_s is not None


def test_calls_tokens_and_the_breaker_are_measured(
    service: Service, settings: Settings, model_server: ModelServer
) -> None:
    with client_of(service, settings) as client:
        for reply in (Reply(LEAVE), error(401)):
            model_server.says(reply)
            client.post("/v1/ask", json={"question": QUESTION})
        told = client.get("/metrics").text
    assert 'quoth_llm_calls_total{outcome="done"} 1.0' in told
    assert 'quoth_llm_calls_total{outcome="rejected"} 1.0' in told
    assert 'quoth_llm_tokens_total{kind="prompt"} 100.0' in told
    assert "quoth_llm_cost_total 0.0001" in told
    assert "quoth_llm_first_token_seconds_count 1.0" in told
    assert 'quoth_llm_breaker_state{state="closed"} 1.0' in told
    assert 'quoth_answers_total{method="llm",status="answered"} 1.0' in told
