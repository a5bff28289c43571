"""Slack's requests to `quoth serve`: signed, and nothing else is taken."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from rag.errors import SettingsInvalid
from rag.service import Service
from rag.settings import Settings
from tests.api.client import HOST, QUESTION, QUOTE, client_of, open_hashed_service
from tests.api.slack.botting import answers, await_answer, slack_settings
from tests.slack.deliveries import request_body, signed
from tests.slack.server import SlackStandIn
from tests.slack.state import BOT_USER, SIGNING_SECRET, TEAM
from tests.slack.world import World

PATH = "/slack/events"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, slack: SlackStandIn) -> Settings:
    return slack_settings(tmp_path_factory.mktemp("http") / "data", slack, slack_mode="http")


@pytest.fixture(scope="module")
def client(service: Service, settings: Settings) -> Iterator[TestClient]:
    with client_of(service, settings) as client:
        yield client


def mention(world: World, event_id: str) -> tuple[dict[str, Any], str]:
    """The event of a mention, which is sent by the test itself; and its timestamp."""
    ts = world.say("C1", "U2", QUESTION, deliver=False)
    event = {
        "type": "app_mention",
        "user": "U2",
        "text": f"<@{BOT_USER}> {QUESTION}",
        "ts": ts,
        "channel": "C1",
        "team": TEAM,
    }
    body = {"type": "event_callback", "team_id": TEAM, "event_id": event_id, "event": event}
    return body, ts


def send(client: TestClient, payload: dict[str, Any], **headers: str) -> int:
    body, media_type = request_body("events_api", payload)
    sent = {"Content-Type": media_type, **signed(body, SIGNING_SECRET), **headers}
    return client.post(PATH, content=body, headers=sent).status_code


def test_a_signed_event_is_answered(client: TestClient, world: World):
    payload, ts = mention(world, "Ev1")
    assert send(client, payload) == 200
    assert QUOTE in await_answer(world, "C1", ts).shown


def test_what_was_asked_in_slack_is_not_read_on_the_page(client: TestClient, world: World):
    payload, ts = mention(world, "Ev1b")
    assert send(client, payload) == 200
    await_answer(world, "C1", ts)
    assert client.get("/v1/conversations").json()["conversations"] == []


@pytest.mark.parametrize("body", [b"neither JSON", b"\xff", b"[]", b"1", b"null", b""])
@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
def test_a_request_that_is_none_of_slacks_is_refused(
    client: TestClient, caplog: pytest.LogCaptureFixture, body: bytes, media_type: str
):
    signature = {"X-Slack-Signature": "v0=ab", "X-Slack-Request-Timestamp": "now"}
    for sent in (body, b"payload=" + body):
        for headers in ({}, signature):
            kind = {"Content-Type": media_type}
            assert client.post(PATH, content=sent, headers=kind | headers).status_code == 401
    assert "Traceback" not in caplog.text


def test_a_forged_event_is_refused(client: TestClient, world: World):
    payload, ts = mention(world, "Ev2")
    body, media_type = request_body("events_api", payload)
    forged = [
        {},
        signed(body, "another-secret"),
        {**signed(body, SIGNING_SECRET), "X-Slack-Signature": "v0=" + "0" * 64},
        signed(body + b" ", SIGNING_SECRET),
    ]
    for headers in forged:
        sent = {"Content-Type": media_type, **headers}
        assert client.post(PATH, content=body, headers=sent).status_code == 401
    last, answered = mention(world, "Ev3")
    send(client, last)
    await_answer(world, "C1", answered)
    assert answers(world, "C1", ts) == []


def test_an_event_of_more_than_five_minutes_ago_is_refused(client: TestClient, world: World):
    payload, _ = mention(world, "Ev4")
    body, media_type = request_body("events_api", payload)
    for seconds in (-301, 305):
        headers = signed(body, SIGNING_SECRET, at=time.time() + seconds)
        sent = {"Content-Type": media_type, **headers}
        assert client.post(PATH, content=body, headers=sent).status_code == 401


def test_an_event_that_is_replayed_at_once_changes_nothing(client: TestClient, world: World):
    payload, ts = mention(world, "Ev5")
    body, media_type = request_body("events_api", payload)
    sent = {"Content-Type": media_type, **signed(body, SIGNING_SECRET)}
    for _ in range(3):
        assert client.post(PATH, content=body, headers=sent).status_code == 200
    await_answer(world, "C1", ts)
    assert send(client, payload, **{"X-Slack-Retry-Num": "1"}) == 200
    last, answered = mention(world, "Ev6")
    send(client, last)
    await_answer(world, "C1", answered)
    assert len(answers(world, "C1", ts)) == 1


def test_the_address_is_verified(client: TestClient):
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    headers = {"Content-Type": "application/json", **signed(body, SIGNING_SECRET)}
    response = client.post(PATH, content=body, headers=headers)
    assert response.status_code == 200
    assert "abc" in response.text


def test_a_command_comes_the_same_way(client: TestClient, world: World):
    sent: dict[str, Any] = {}
    deliver = world.deliver
    world.deliver = lambda kind, payload: sent.update(kind=kind, payload=payload)
    world.command("C2", "U2", QUESTION)
    world.deliver = deliver
    body, media_type = request_body(sent["kind"], sent["payload"])
    headers = {"Content-Type": media_type, **signed(body, SIGNING_SECRET)}
    assert client.post(PATH, content=body, headers=headers).status_code == 200
    assert world.wait_for(lambda: answers(world, "C2"))
    assert QUOTE in answers(world, "C2")[0].shown


def test_without_the_setting_there_is_no_such_address(tmp_path: Path, slack: SlackStandIn):
    settings = slack_settings(tmp_path / "data", slack, slack_mode="socket")
    with open_hashed_service(settings) as service, client_of(service, settings) as client:
        assert client.post(PATH, content=b"{}").status_code in (404, 405)


def test_without_a_signing_secret_the_server_does_not_start(tmp_path: Path, slack: SlackStandIn):
    settings = slack_settings(
        tmp_path / "data", slack, slack_mode="http", slack_signing_secret=None
    )
    with open_hashed_service(settings) as service:
        app = create_app(settings, service)
        with pytest.raises(SettingsInvalid, match="signed"), TestClient(app, base_url=HOST):
            pass
