"""The client against a server that does as it is told, over a real connection."""

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from rag.errors import LanguageModelFailed
from rag.llm.base import CallRecord, End, Message, said
from rag.llm.breaker import Breaker
from rag.llm.client import OpenAIModel
from tests.llm.model_server import ModelServer, Reply, error

ASK = [Message("system", "Be brief."), Message("user", "How long?")]
KEY = "sk-a-secret-key"


@pytest.fixture
def model(model_server: ModelServer) -> Iterator[OpenAIModel]:
    made = model_at(model_server)
    yield made
    made.close()


def model_at(server: ModelServer, **changes: object) -> OpenAIModel:
    given = {"base_url": server.base_url, "name": "scripted", "api_key": KEY, "first_token_s": 2.0}
    model = OpenAIModel(**{**given, **changes})  # type: ignore[arg-type]
    model.prepare()
    return model


def told(model: OpenAIModel, timeout_s: float = 2.0, max_tokens: int = 100) -> str:
    return said(model, ASK, max_tokens=max_tokens, timeout_s=timeout_s)[0]


def failure(model: OpenAIModel, timeout_s: float = 2.0) -> LanguageModelFailed:
    with pytest.raises(LanguageModelFailed) as raised:
        told(model, timeout_s)
    return raised.value


def test_pieces_come_as_they_are_written_and_the_end_tells_the_tokens(
    model: OpenAIModel, model_server: ModelServer
) -> None:
    model_server.says("Sixteen weeks, in full.")
    *pieces, end = model.stream(ASK, max_tokens=50, timeout_s=2)
    assert len(pieces) > 1
    assert "".join(str(each) for each in pieces) == "Sixteen weeks, in full."
    assert isinstance(end, End)
    assert (end.reason, end.usage.prompt_tokens, end.usage.completion_tokens) == ("stop", 100, 20)
    sent = model_server.asked[0]
    assert sent.body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How long?"},
    ]
    assert (sent.body["model"], sent.body["max_tokens"]) == ("scripted", 50)
    assert sent.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(401), "rejected"),
        (error(403), "rejected"),
        (error(404), "rejected"),
        (error(400, "no"), "rejected"),
        (error(429, Retry_After="0"), "busy"),
        (error(500), "unreachable"),
        (error(503), "unreachable"),
        (Reply(""), "unusable"),
        (Reply(refusal="I cannot help."), "unusable"),
        (Reply("", finish="content_filter"), "unusable"),
        (Reply(raw=b"\xff\xfe\x00garbage\n\n"), "unusable"),
        (Reply(raw=b'data: {"half\n\n'), "unusable"),
        (Reply(raw=b"data: [1, 2]\n\n"), "unusable"),
        (Reply(body=b"<html>Welcome", headers={"Content-Type": "text/html"}), "unusable"),
        (Reply(body=b"not JSON"), "unusable"),
        (Reply("<think>All of it is thought"), "unusable"),
        (Reply("So far so good", breaks_after=8), "broken"),
        (Reply("So far so good", fails_after=8), "broken"),
        (Reply("It ends without an end.", finish=None), "broken"),
        (Reply("Late", first_token_s=9), "slow"),
        (Reply("Drops", drips=True, piece_s=0.05), "slow"),
    ],
)
def test_a_failure_has_a_kind_and_comes_within_the_time(
    reply: Reply, kind: str, model: OpenAIModel, model_server: ModelServer
) -> None:
    model_server.says(reply)
    started = time.monotonic()
    assert failure(model, timeout_s=1).kind == kind
    assert time.monotonic() - started < 1.5


def test_an_answer_that_never_ends_is_cut_off_at_its_time(
    model: OpenAIModel, model_server: ModelServer
) -> None:
    model_server.says(Reply("word " * 500, piece_s=0.02))
    started = time.monotonic()
    assert failure(model, timeout_s=0.5).kind == "slow"
    assert time.monotonic() - started < 1


def test_an_answer_that_is_too_long_is_cut_off_at_its_length(
    model: OpenAIModel, model_server: ModelServer
) -> None:
    model_server.says(Reply("a" * 100_000, piece_chars=1000))
    *pieces, end = model.stream(ASK, max_tokens=50, timeout_s=2)
    assert isinstance(end, End)
    assert end.reason == "length"
    assert sum(len(str(each)) for each in pieces) < 5_000


def test_a_server_that_nobody_runs_is_unreachable(model_server: ModelServer) -> None:
    model = model_at(model_server, base_url="http://127.0.0.1:9/v1", retries=0)
    assert failure(model).kind == "unreachable"


@pytest.mark.parametrize(
    "first", [error(503), error(429, Retry_After="0"), Reply("x", breaks_after=0)]
)
def test_what_may_pass_is_tried_again(
    first: Reply, model: OpenAIModel, model_server: ModelServer
) -> None:
    model_server.says(first, "Fine.")
    assert told(model) == "Fine."
    assert len(model_server.asked) == 2


@pytest.mark.parametrize(
    "first", [error(401), error(429, Retry_After="30"), Reply("Half of", breaks_after=5)]
)
def test_what_will_not_pass_or_was_heard_already_is_not_tried_again(
    first: Reply, model: OpenAIModel, model_server: ModelServer
) -> None:
    model_server.says(first, "Fine.")
    failure(model)
    assert len(model_server.asked) == 1


def test_retries_are_bounded(model_server: ModelServer) -> None:
    model_server.says(error(429, Retry_After="0"))
    model = model_at(model_server, retries=2, first_token_s=3.0)
    assert failure(model, timeout_s=3).kind == "busy"
    assert len(model_server.asked) == 3


@pytest.mark.parametrize(
    ("status", "message", "field"),
    [
        (400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.", "max_tokens"),
        (422, '[{"type":"extra_forbidden","loc":["body","stream_options"]}]', "stream_options"),
        (400, "Unsupported value: 'temperature' does not support 0.", "temperature"),
    ],
)
def test_an_option_that_a_server_refuses_is_left_out_from_then_on(
    status: int, message: str, field: str, model: OpenAIModel, model_server: ModelServer
) -> None:
    model_server.says(error(status, message), "Fine.")
    assert told(model) == "Fine."
    assert told(model) == "Fine."
    assert [field in each.body for each in model_server.asked] == [True, False, False]
    assert ("max_completion_tokens" in model_server.asked[-1].body) == (field == "max_tokens")


@pytest.mark.parametrize("piece_chars", [1, 3, 1000])
def test_thoughts_are_never_given(
    piece_chars: int, model: OpenAIModel, model_server: ModelServer
) -> None:
    text = "<think>a < b, so [1] </b>\nsecret</think>It is < 3 [1]."
    model_server.says(Reply(text, piece_chars=piece_chars, reasoning="secret"))
    assert told(model) == "It is < 3 [1]."


def test_a_model_that_thinks_has_begun(model_server: ModelServer) -> None:
    thinks = "<think>" + "hm " * 40 + "</think>"
    model_server.says(Reply(f"{thinks}Fine.", piece_s=0.06, piece_chars=8))
    assert told(model_at(model_server, first_token_s=0.7), timeout_s=9) == "Fine."


def test_a_server_that_does_not_stream_is_read_too(
    model: OpenAIModel, model_server: ModelServer
) -> None:
    model_server.says(Reply("All at once.", streams=False))
    assert told(model) == "All at once."


def test_pieces_without_content_are_passed_over_and_tokens_estimated(
    model: OpenAIModel, model_server: ModelServer
) -> None:
    model_server.says(Reply("Sixteen weeks.", null_content=True, usage=False))
    text, usage = said(model, ASK, max_tokens=50, timeout_s=2)
    assert text == "Sixteen weeks."
    assert (usage.prompt_tokens, usage.completion_tokens) == (6, 4)


def test_who_leaves_hangs_up(model: OpenAIModel, model_server: ModelServer) -> None:
    model_server.says(Reply("word " * 1000, piece_s=0.02))
    stream = model.stream(ASK, max_tokens=5000, timeout_s=30)
    next(stream)
    stream.close()
    asked = model_server.asked[0]
    until = time.monotonic() + 2
    while asked.hung_up_s is None and time.monotonic() < until:
        time.sleep(0.01)
    assert asked.hung_up_s is not None


def test_no_more_calls_run_at_a_time_than_are_allowed(model_server: ModelServer) -> None:
    model_server.says(Reply("Fine.", first_token_s=0.1))
    model = model_at(model_server, concurrency=2, first_token_s=2.0)
    heard: list[str] = []
    threads = [threading.Thread(target=lambda: heard.append(told(model))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == ["Fine."] * 6
    assert model_server.most_thinking == 2


def test_who_waits_too_long_for_a_turn_is_told_so(model_server: ModelServer) -> None:
    model_server.says(Reply("word " * 100, piece_s=0.02))
    model = model_at(model_server, concurrency=1, first_token_s=0.7)
    first = model.stream(ASK, max_tokens=500, timeout_s=5)
    next(first)
    assert failure(model).kind == "busy"
    first.close()


def test_a_model_that_keeps_failing_is_left_alone_and_tried_again_later(
    model_server: ModelServer,
) -> None:
    now = [0.0]
    breaker = Breaker(failures=2, rest_s=10, now=lambda: now[0])
    model = model_at(model_server, breaker=breaker, retries=0)
    model_server.says(error(500))
    assert [failure(model).kind for _ in range(3)] == ["unreachable", "unreachable", "resting"]
    assert len(model_server.asked) == 2
    assert model.state == "open"
    now[0] = 11.0
    model_server.says("Fine.")
    assert told(model) == "Fine."
    assert model.state == "closed"


def test_every_call_is_told_of_with_its_cost(model_server: ModelServer) -> None:
    model = model_at(model_server, prices=(2.0, 10.0))
    calls: list[CallRecord] = []
    model.watch(calls.append)
    model_server.says("Fine.", error(401))
    told(model)
    failure(model)
    assert [call.outcome for call in calls] == ["done", "rejected"]
    assert calls[0].cost == pytest.approx((100 * 2 + 20 * 10) / 1e6)
    assert calls[0].first_token_s is not None
    assert calls[1].first_token_s is None


def test_the_key_is_in_no_message_log_or_repr(
    model: OpenAIModel, model_server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    model_server.says(error(401, f"Incorrect API key provided: {KEY}"))
    with caplog.at_level(logging.DEBUG):
        failed = failure(model)
    assert KEY not in f"{failed} {failed.hint} {model!r} {model._client()!r}"
    assert not [
        each for each in caplog.records if each.name.startswith("rag") and KEY in each.getMessage()
    ]


def test_the_older_address_of_azure_gets_its_version_and_its_header(
    model_server: ModelServer,
) -> None:
    base_url = model_server.base_url.replace("/v1", "/openai/deployments/mine")
    model_server.says("Fine.")
    assert told(model_at(model_server, base_url=base_url)) == "Fine."
    sent = model_server.asked[0]
    assert sent.path.startswith("/openai/deployments/mine/chat/completions?api-version=20")
    assert sent.headers["api-key"] == KEY
