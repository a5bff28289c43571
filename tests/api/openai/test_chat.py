"""Chat completions, asked for with the official client over a real connection."""

import asyncio
import json

import openai
import pytest

from rag.service import Service
from rag.settings import Settings
from rag.types import Turn
from tests.api.client import HOSTILE, QUESTION, QUOTE, UNANSWERABLE, add_key, open_hashed_service
from tests.api.openai.conversing import KEY, client_at, serving

FOLLOW_UP = "Is it paid?"
TWO_SOURCES = (
    "How many days of holidays does every employee have, and when do unused holidays expire?"
)


def ask(client: openai.OpenAI, *messages: object, **changes: object) -> object:
    said = [each if isinstance(each, dict) else user(str(each)) for each in messages]
    return client.chat.completions.create(  # type: ignore[call-overload]
        **{"model": "quoth", "messages": said, **changes}
    )


def user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


def test_a_question_is_answered_with_markers_sources_and_annotations(
    shared: openai.OpenAI,
) -> None:
    answer = ask(shared, QUESTION)
    message = answer.choices[0].message
    assert message.content.startswith(f"{QUOTE} [1]")
    assert "\n\nSources:\n\n- [1] Leave policy — hr/leave.md, line 3" in message.content
    first = message.annotations[0].url_citation
    assert message.content[first.start_index : first.end_index] == QUOTE
    assert (first.title, first.url.split("?")[0][:7]) == ("Leave policy", "http://")
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.object, answer.model) == ("chat.completion", "quoth")


def test_whole_citations_and_the_status_come_beside(
    shared: openai.OpenAI, shared_service: Service
) -> None:
    answer = ask(shared, QUESTION)
    (cited, *_) = answer.citations
    text = shared_service.documents.document_text(cited["file_id"])
    assert text[cited["start_char_index"] : cited["end_char_index"]] == cited["cited_text"] == QUOTE
    assert answer.quoth["status"] == "answered"
    assert 0 < answer.quoth["confidence"] <= 1


def test_the_url_of_an_annotation_shows_the_document(shared: openai.OpenAI) -> None:
    url = ask(shared, QUESTION).choices[0].message.annotations[0].url_citation.url
    assert shared._client.get(url).status_code == 200


def test_what_is_not_found_is_an_answer(shared: openai.OpenAI) -> None:
    answer = ask(shared, UNANSWERABLE)
    assert answer.quoth["status"] == "not_found"
    assert answer.choices[0].message.content == "Not found in these documents."
    assert answer.citations == []


def test_usage_counts_tokens(shared: openai.OpenAI) -> None:
    usage = ask(shared, "How long is parental leave?").usage
    # tiktoken's o200k_base: 6 of the question, 1 of the role, 3 around the message, 3 at the end.
    assert usage.prompt_tokens == 13
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_a_stream_brings_the_same_text_and_citations(shared: openai.OpenAI) -> None:
    whole = ask(shared, QUESTION)
    chunks = list(ask(shared, QUESTION, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]
    assert chunks[-1].citations == whole.citations
    assert {chunk.id for chunk in chunks} == {chunks[0].id}


def test_a_streamed_annotation_comes_right_after_its_text(shared: openai.OpenAI) -> None:
    text, annotated = "", []
    for chunk in ask(shared, QUESTION, stream=True):
        delta = chunk.choices[0].delta
        text += delta.content or ""
        for each in getattr(delta, "annotations", None) or []:
            place = each["url_citation"]
            annotated.append(text[place["start_index"] : place["end_index"]])
            assert text.endswith(f"{annotated[-1]} [{len(annotated)}]")
    assert annotated[0] == QUOTE


def test_a_stream_ends_in_the_usage_where_it_is_asked_for(shared: openai.OpenAI) -> None:
    chunks = list(ask(shared, QUESTION, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == []
    assert chunks[-1].usage == ask(shared, QUESTION).usage
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_the_official_stream_helper_reads_the_stream(shared: openai.OpenAI) -> None:
    with shared.chat.completions.stream(model="quoth", messages=[user(QUESTION)]) as stream:  # type: ignore[list-item]
        final = stream.get_final_completion()
    assert (final.choices[0].message.content or "").startswith(QUOTE)


def test_the_official_stream_helper_puts_all_annotations_together(shared: openai.OpenAI) -> None:
    whole = ask(shared, TWO_SOURCES).choices[0].message
    assert len(whole.annotations) >= 2
    with shared.chat.completions.stream(model="quoth", messages=[user(TWO_SOURCES)]) as stream:  # type: ignore[list-item]
        final = stream.get_final_completion().choices[0].message
    assert final.content == whole.content
    assert final.annotations is not None
    assert [each.url_citation for each in final.annotations] == [
        each.url_citation for each in whole.annotations
    ]


def test_the_asynchronous_client_is_served_too(base_url: str) -> None:
    async def streamed() -> str:
        async with openai.AsyncOpenAI(base_url=base_url, api_key=KEY, max_retries=0) as client:
            stream = await client.chat.completions.create(
                model="quoth",
                messages=[{"role": "user", "content": QUESTION}],
                stream=True,
            )
            return "".join([each.choices[0].delta.content or "" async for each in stream])

    assert asyncio.run(streamed()).startswith(QUOTE)


def test_earlier_turns_are_the_history(shared: openai.OpenAI, shared_service: Service) -> None:
    first = ask(shared, QUESTION).choices[0].message.content
    answer = ask(shared, QUESTION, {"role": "assistant", "content": first}, FOLLOW_UP)
    history = [Turn("user", QUESTION)]
    expected = shared_service.assistant.ask(FOLLOW_UP, history=history)
    assert expected.confidence != shared_service.assistant.ask(FOLLOW_UP).confidence
    assert answer.quoth["confidence"] == expected.confidence
    assert answer.choices[0].message.content.startswith(expected.text)


def test_parts_of_text_are_joined_and_unused_fields_ignored(shared: openai.OpenAI) -> None:
    answer = ask(
        shared,
        {"role": "system", "content": "You are a pirate."},
        user(
            [{"type": "text", "text": "How long is"}, {"type": "text", "text": "parental leave?"}]
        ),
        temperature=0.3,
        top_p=0.9,
        seed=7,
        max_tokens=5,
        stop=["."],
        logit_bias={"1": 1},
        user="me",
        tool_choice="none",
        response_format={"type": "text"},
        extra_body={"chat_id": "of the front end", "metadata": {"x": 1}},
    )
    assert answer.choices[0].message.content.startswith(QUOTE)


def test_an_invisible_tool_result_in_the_history_is_left_out(shared: openai.OpenAI) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer = ask(
        shared,
        "Call the tool.",
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "35"},
        QUESTION,
    )
    assert answer.choices[0].message.content.startswith(QUOTE)


TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"tools": [TOOL]}, "unsupported_parameter", "tools"),
        ({"tools": [TOOL], "tool_choice": "required"}, "unsupported_parameter", "tools"),
        ({"tool_choice": "required"}, "unsupported_parameter", "tool_choice"),
        ({"functions": [{"name": "f"}]}, "unsupported_parameter", "functions"),
        ({"n": 2}, "unsupported_parameter", "n"),
        (
            {"response_format": {"type": "json_object"}},
            "unsupported_parameter",
            "response_format",
        ),
        ({"modalities": ["text", "audio"]}, "unsupported_parameter", "modalities"),
        ({"messages": []}, "invalid_value", "messages"),
        ({"messages": [{"role": "owner", "content": "x"}]}, "invalid_value", "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "invalid_value", "messages[0].content"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "invalid_value", "messages"),
        ({"messages": [user("  ")]}, "question_invalid", None),
        ({"messages": [user("x" * 8001)]}, "question_invalid", None),
        ({"stream": "perhaps"}, "invalid_value", "stream"),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_what_cannot_be_done_is_refused_by_name(
    shared: openai.OpenAI, stream: bool, changes: dict[str, object], code: str, param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        ask(shared, QUESTION, **{"stream": stream, **changes})
    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert refusal.value.type == "invalid_request_error"
    assert refusal.value.request_id


@pytest.mark.parametrize("kind", ["image_url", "input_audio", "file", "video_url"])
def test_content_that_is_no_text_is_refused_by_its_kind(shared: openai.OpenAI, kind: str) -> None:
    with pytest.raises(openai.BadRequestError, match=kind) as refusal:
        ask(shared, user([{"type": "text", "text": QUESTION}, {"type": kind, kind: {}}]))
    assert refusal.value.code == "unsupported_content"
    assert refusal.value.param == "messages[0].content[1].type"


def test_another_model_is_not_found(shared: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        ask(shared, QUESTION, model="gpt-4o")
    assert refusal.value.code == "model_not_found"
    assert ask(shared, QUESTION, model="quoth:latest").model == "quoth"


def test_models_are_listed_and_looked_up(shared: openai.OpenAI) -> None:
    assert [model.id for model in shared.models.list()] == ["quoth"]
    assert shared.models.retrieve("quoth").owned_by == "quoth"
    with pytest.raises(openai.NotFoundError):
        shared.models.retrieve("gpt-4o")


def test_a_wrong_key_is_an_authentication_error(
    service: Service, base_url: str, official: openai.OpenAI
) -> None:
    token = add_key(service, "ask")["Authorization"].removeprefix("Bearer ")
    with pytest.raises(openai.AuthenticationError) as refusal:
        ask(official, QUESTION)
    assert refusal.value.code == "invalid_api_key"
    with client_at(base_url, token) as with_key:
        assert ask(with_key, QUESTION).quoth["status"] == "answered"
        assert [model.id for model in with_key.models.list()] == ["quoth"]


def test_a_key_for_something_else_is_a_permission_error(service: Service, base_url: str) -> None:
    token = add_key(service, "ingest")["Authorization"].removeprefix("Bearer ")
    with client_at(base_url, token) as client, pytest.raises(openai.PermissionDeniedError):
        ask(client, QUESTION)


def test_a_key_that_is_used_up_is_a_rate_limit_error(service: Service, base_url: str) -> None:
    token = add_key(service, "ask", per_minute=1)["Authorization"].removeprefix("Bearer ")
    with client_at(base_url, token) as client:
        ask(client, QUESTION)
        with pytest.raises(openai.RateLimitError) as refusal:
            ask(client, QUESTION)
    assert 0 < int(refusal.value.response.headers["retry-after"]) <= 60


def test_nothing_ingested_is_a_conflict_that_is_not_tried_again(settings: Settings) -> None:
    with (
        open_hashed_service(settings, {}) as empty,
        serving(empty, settings) as base_url,
        client_at(base_url).with_options(max_retries=2) as client,
        pytest.raises(openai.ConflictError) as refusal,
    ):
        ask(client, QUESTION)
    assert refusal.value.code == "nothing_indexed"
    assert refusal.value.response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"[" * 100_000, b'{"messages": "x"}', b"\xff", b"", b"null"]
)
def test_a_body_that_is_no_request_is_an_openai_error(shared: openai.OpenAI, body: bytes) -> None:
    response = shared._client.post(
        "/chat/completions", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_nested_fields_that_nobody_reads_do_no_harm(shared: openai.OpenAI) -> None:
    nested = "[" * 500 + "]" * 500
    body = json.dumps({"messages": [user(QUESTION)]})[:-1] + f', "tools": {nested}}}'
    response = shared._client.post(
        "/chat/completions", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code == 400


def test_nothing_is_kept(official: openai.OpenAI, service: Service) -> None:
    answer = ask(official, QUESTION)
    assert answer.quoth["conversation_id"] is None
    assert service.conversations.store.list() == ()


def test_a_front_ends_title_prompt_is_answered_without_a_search(
    shared: openai.OpenAI,
) -> None:
    prompt = (
        '### Task:\nMake a title of 3-5 words.\nJSON format: { "title": "your title" }\n'
        f"<chat_history>\nUSER: {QUESTION}\n</chat_history>"
    )
    answer = ask(shared, prompt)
    assert json.loads(answer.choices[0].message.content) == {"title": "How long is parental leave"}
    assert (answer.citations, answer.quoth) == ([], None)
    streamed = ask(shared, prompt, stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in streamed)
    assert text == answer.choices[0].message.content


def test_a_hostile_document_forges_no_source(shared: openai.OpenAI) -> None:
    content = ask(shared, "What is the mascot of the fair called?").choices[0].message.content
    assert HOSTILE.splitlines()[0] not in content
    sources = content.partition("\n\nSources:\n\n")[2]
    assert sources.startswith(r"- [1] Hostile \<script>alert(1)\</script> — hostile.md, line 3")


def test_a_text_that_no_encoding_holds_is_answered(shared: openai.OpenAI) -> None:
    response = shared._client.post(
        "/chat/completions",
        content=b'{"messages": [{"role": "user", "content": "parental \\ud800 leave"}]}',
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 200


def test_quoted_html_and_markers_reach_no_front_end_as_such(shared: openai.OpenAI) -> None:
    message = ask(shared, "What is the mascot of the fair called?").choices[0].message
    said = message.content.partition("\n\nSources:\n\n")[0]
    assert r'called \<b>Bobo\</b> & "Bibi" \[1] \[99]. [1]' in said
    assert message.annotations[0].url_citation.end_index == said.index(" [1]")


@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.embeddings.create(model="quoth", input="x"),
        lambda client: client.completions.create(model="quoth", prompt="x"),
        lambda client: client.audio.speech.create(model="quoth", input="x", voice="alloy"),
        lambda client: client.images.generate(model="quoth", prompt="x"),
        lambda client: client.moderations.create(input="x"),
        lambda client: client.files.list(),
        lambda client: client.files.create(file=b"x", purpose="assistants"),
        lambda client: client.vector_stores.list(),
    ],
)
def test_what_is_not_here_is_said_with_what_is(shared: openai.OpenAI, use: object) -> None:
    with pytest.raises(openai.NotFoundError, match="/v1/chat/completions") as refusal:
        use(shared)  # type: ignore[operator]
    assert (refusal.value.code, refusal.value.type) == ("unknown_url", "invalid_request_error")
