"""The Responses format, asked for with the official client over a real connection."""

import openai
import pytest
from fastapi.testclient import TestClient

from rag.service import Service
from rag.types import Turn
from tests.api.client import QUESTION, QUOTE, UNANSWERABLE

FOLLOW_UP = "Is it paid?"
TWO_SOURCES = (
    "How many days of holidays does every employee have, and when do unused holidays expire?"
)
RESULTS = "file_search_call.results"


def create(client: openai.OpenAI, given: object = QUESTION, **changes: object) -> object:
    return client.responses.create(**{"model": "quoth", "input": given, **changes})  # type: ignore[call-overload]


def test_a_question_is_answered_with_file_citations(
    shared: openai.OpenAI, shared_service: Service
) -> None:
    response = create(shared)
    assert response.output_text.startswith(f"{QUOTE} [1]")
    (message,) = response.output
    first = message.content[0].annotations[0]
    assert (first.type, first.filename) == ("file_citation", "hr/leave.md")
    assert response.output_text[: first.index].endswith(QUOTE)
    assert response.output_text[first.start_index : first.end_index] == QUOTE
    assert shared_service.documents.document_text(first.file_id)
    assert (response.status, response.object) == ("completed", "response")
    assert response.usage.input_tokens == 13
    assert response.citations[0]["cited_text"] == QUOTE


def test_what_is_not_found_is_an_answer(shared: openai.OpenAI) -> None:
    response = create(shared, UNANSWERABLE)
    assert response.quoth["status"] == "not_found"
    assert response.output[0].content[0].annotations == []


def test_results_come_where_they_are_asked_for(shared: openai.OpenAI) -> None:
    call, message = create(shared, include=[RESULTS]).output
    assert (call.type, message.type) == ("file_search_call", "message")
    assert call.queries == [QUESTION]
    assert QUOTE in call.results[0].text
    assert call.results[0].attributes["document_title"] == "Leave policy"


def test_the_file_search_tool_is_what_happens_anyway(shared: openai.OpenAI) -> None:
    call, _ = create(shared, tools=[{"type": "file_search", "vector_store_ids": ["x"]}]).output
    assert (call.type, call.results) == ("file_search_call", None)


def test_a_stream_brings_its_events_in_order(shared: openai.OpenAI) -> None:
    events = list(create(shared, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type.removeprefix("response.") for event in events]
    assert kinds[:4] == ["created", "in_progress", "output_item.added", "content_part.added"]
    assert kinds[4:7] == ["output_text.delta", "output_text.delta", "output_text.annotation.added"]
    assert kinds[-4:] == [
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == events[-1].response.output_text == events[-4].text


def test_a_streamed_annotation_points_into_the_text_before_it(shared: openai.OpenAI) -> None:
    text, numbers = "", []
    for event in create(shared, stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
        elif event.type == "response.output_text.annotation.added":
            numbers.append(event.annotation_index)
            assert text[: event.annotation.index].endswith(".")
    assert numbers == list(range(len(numbers)))
    assert numbers


def test_a_streamed_search_comes_before_the_message(shared: openai.OpenAI) -> None:
    events = list(create(shared, stream=True, include=[RESULTS]))
    kinds = [event.type.removeprefix("response.") for event in events]
    assert kinds[2:8] == [
        "output_item.added",
        "file_search_call.in_progress",
        "file_search_call.searching",
        "file_search_call.completed",
        "output_item.done",
        "output_item.added",
    ]
    assert [event.output_index for event in events[2:-1]] == [0] * 5 + [1] * (len(events) - 8)


def test_the_official_stream_helper_reads_the_stream(shared: openai.OpenAI) -> None:
    with shared.responses.stream(model="quoth", input=QUESTION) as stream:
        assert stream.get_final_response().output_text.startswith(QUOTE)


def test_the_official_stream_helper_brings_all_annotations(shared: openai.OpenAI) -> None:
    (whole,) = create(shared, TWO_SOURCES).output[0].content
    with shared.responses.stream(model="quoth", input=TWO_SOURCES) as stream:
        added = [e.annotation for e in stream if e.type == "response.output_text.annotation.added"]
        (streamed,) = stream.get_final_response().output[0].content  # type: ignore[union-attr]
    assert streamed.annotations == whole.annotations  # type: ignore[union-attr]
    assert [each.index for each in added] == [each.index for each in whole.annotations]
    assert len(added) >= 2


def test_a_response_is_kept_and_gone_on_from(official: openai.OpenAI, service: Service) -> None:
    first = create(official)
    second = create(official, FOLLOW_UP, previous_response_id=first.id)
    history = [Turn("user", QUESTION)]
    expected = service.assistant.ask(FOLLOW_UP, history=history)
    assert second.quoth["confidence"] == expected.confidence
    assert second.previous_response_id == first.id
    (kept,) = service.conversations.store.list()
    assert kept.id == second.quoth["conversation_id"]
    assert [turn.text for turn in service.conversations.store.turns(kept.id)][::2] == [
        QUESTION,
        FOLLOW_UP,
    ]


def test_going_on_from_an_earlier_response_leaves_out_what_came_later(
    official: openai.OpenAI, service: Service
) -> None:
    first = create(official)
    create(official, "Which snow closes the road?", previous_response_id=first.id)
    again = create(official, FOLLOW_UP, previous_response_id=first.id)
    store = service.conversations.store
    assert len(store.list()) == 2
    branch = store.turns(again.quoth["conversation_id"])
    assert [turn.text for turn in branch][::2] == [QUESTION, FOLLOW_UP]
    third = create(official, "And how long is it?", previous_response_id=again.id)
    assert third.quoth["conversation_id"] == again.quoth["conversation_id"]


def test_a_conversation_is_gone_on_with(official: openai.OpenAI, service: Service) -> None:
    begun = service.conversations.ask(QUESTION)
    response = create(official, FOLLOW_UP, conversation=begun.conversation_id)
    assert response.conversation.id == begun.conversation_id
    expected = service.assistant.ask(FOLLOW_UP, history=[Turn("user", QUESTION)])
    assert response.quoth["confidence"] == expected.confidence
    assert len(service.conversations.store.turns(str(begun.conversation_id))) == 4


def test_nothing_is_kept_without_store(official: openai.OpenAI, service: Service) -> None:
    response = create(official, store=False)
    assert response.store is False
    assert service.conversations.store.list() == ()
    with pytest.raises(openai.BadRequestError) as refusal:
        create(official, FOLLOW_UP, previous_response_id=response.id)
    assert refusal.value.code == "previous_response_not_found"


def test_a_stored_response_is_read_again_as_it_was(official: openai.OpenAI) -> None:
    first = create(official)
    second = create(official, FOLLOW_UP, previous_response_id=first.id, include=[RESULTS])
    for given, include in ((first, []), (second, [RESULTS])):
        again = official.responses.retrieve(given.id, include=include)
        assert abs(again.created_at - given.created_at) <= 2
        assert again.to_dict() == {**given.to_dict(), "created_at": again.to_dict()["created_at"]}


def test_a_stored_response_is_streamed_again_from_where_it_broke_off(
    official: openai.OpenAI,
) -> None:
    given = list(create(official, stream=True))
    response_id = given[0].response.id
    again = list(official.responses.retrieve(response_id, stream=True))
    rest = list(official.responses.retrieve(response_id, stream=True, starting_after=4))
    assert [each.type for each in again] == [each.type for each in given]
    assert again[-1].response.output_text == given[-1].response.output_text
    assert [each.sequence_number for each in rest] == list(range(5, len(given)))


def test_an_answer_of_any_conversation_is_a_response(
    official: openai.OpenAI, service: Service
) -> None:
    answer = service.conversations.ask(QUESTION)
    response = official.responses.retrieve(f"resp_{answer.id.removeprefix('ans_')}")
    assert response.output_text.startswith(QUOTE)
    assert response.quoth["answer_id"] == answer.id


def test_a_removed_response_is_gone_and_what_followed_it_stays(
    official: openai.OpenAI, service: Service
) -> None:
    first = create(official)
    second = create(official, FOLLOW_UP, previous_response_id=first.id)
    assert official.responses.delete(first.id) is None
    with pytest.raises(openai.NotFoundError) as refusal:
        official.responses.retrieve(first.id)
    assert refusal.value.code == "response_not_found"
    assert official.responses.retrieve(second.id).previous_response_id is None
    (kept,) = service.conversations.store.list()
    assert kept.title == FOLLOW_UP
    third = create(official, "How long is it?", previous_response_id=second.id)
    assert third.quoth["conversation_id"] == kept.id
    for each in (second, third):
        official.responses.delete(each.id)
    assert service.conversations.store.list() == ()


def test_a_removal_is_told_as_openai_does(client: TestClient) -> None:
    response_id = client.post("/v1/responses", json={"input": QUESTION}).json()["id"]
    rating = {"answer_id": response_id.replace("resp_", "ans_"), "rating": "up"}
    assert client.post("/v1/feedback", json=rating).status_code == 200
    told = client.delete(f"/v1/responses/{response_id}").json()
    assert told == {"id": response_id, "object": "response", "deleted": True}
    assert client.get("/v1/feedback").json()["feedback"] == []


@pytest.mark.parametrize("response_id", ["resp_x", "x" * 5_000, "\u00e9"])
def test_a_response_that_is_not_there_is_not_found(shared: openai.OpenAI, response_id: str) -> None:
    for use in (shared.responses.retrieve, shared.responses.delete):
        with pytest.raises(openai.NotFoundError) as refusal:
            use(response_id)
        assert (refusal.value.code, refusal.value.param) == ("response_not_found", None)


def test_a_question_that_cannot_be_answered_leaves_no_trace(
    official: openai.OpenAI, service: Service
) -> None:
    with pytest.raises(openai.BadRequestError):
        create(official, "?")
    assert service.conversations.store.list() == ()


def test_a_front_ends_title_prompt_is_not_kept(official: openai.OpenAI, service: Service) -> None:
    response = create(
        official,
        [
            {"role": "user", "content": QUESTION},
            {"role": "user", "content": "Write a title of 5 words for our chat."},
        ],
    )
    assert response.output_text == "How long is parental leave"
    assert (response.quoth, response.store) == (None, False)
    assert service.conversations.store.list() == ()


def test_the_output_may_come_back_as_input(shared: openai.OpenAI, shared_service: Service) -> None:
    first = create(shared, include=[RESULTS])
    said = [{"role": "user", "content": QUESTION}, *[item.to_dict() for item in first.output]]
    response = create(
        shared,
        [*said, {"role": "user", "content": [{"type": "input_text", "text": FOLLOW_UP}]}],
    )
    expected = shared_service.assistant.ask(FOLLOW_UP, history=[Turn("user", QUESTION)])
    assert response.quoth["confidence"] == expected.confidence


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"tools": [{"type": "function", "name": "f"}]}, "unsupported_parameter", "tools"),
        ({"tools": [{"type": "web_search"}]}, "unsupported_parameter", "tools"),
        ({"tool_choice": "required"}, "unsupported_parameter", "tool_choice"),
        (
            {"text": {"format": {"type": "json_object"}}},
            "unsupported_parameter",
            "text.format",
        ),
        ({"background": True}, "unsupported_parameter", "background"),
        ({"prompt": {"id": "pmpt_1"}}, "unsupported_parameter", "prompt"),
        (
            {"input": [{"type": "item_reference", "id": "x"}]},
            "unsupported_content",
            "input[0].type",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]},
            "unsupported_content",
            "input[0].content[0].type",
        ),
        ({"input": [{"content": "x"}]}, "invalid_value", "input[0].role"),
        ({"input": []}, "invalid_value", "input"),
        ({"input": 7}, "invalid_value", "input"),
        (
            {"previous_response_id": "resp_x", "conversation": "conv_x"},
            "mutually_exclusive_parameters",
            "previous_response_id",
        ),
        (
            {"previous_response_id": "resp_x"},
            "previous_response_not_found",
            "previous_response_id",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    shared: openai.OpenAI, changes: dict[str, object], code: str, param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        create(shared, **changes)
    assert (refusal.value.code, refusal.value.param) == (code, param)


def test_an_unknown_conversation_is_not_found(shared: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refusal:
        create(shared, conversation="conv_x")
    assert refusal.value.code == "unknown_conversation"


def test_another_model_is_not_found(shared: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        create(shared, model="gpt-5")
