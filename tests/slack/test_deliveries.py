import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.webhook import WebhookClient
from websockets.sync.client import connect

from tests.slack.server import SlackStandIn
from tests.slack.state import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

Answer = Callable[[dict[str, Any]], dict[str, Any] | bool]


@contextmanager
def app(slack: SlackStandIn, answer: Answer = lambda _: True) -> Iterator[list[dict[str, Any]]]:
    """An app on Socket Mode that acknowledges unless `answer` says False; gives its envelopes."""
    opened = WebClient(base_url=slack.api_url).apps_connections_open(app_token=APP_TOKEN)
    envelopes: list[dict[str, Any]] = []
    with connect(opened["url"]) as socket:
        assert json.loads(socket.recv(5))["type"] == "hello"

        def listen() -> None:
            for message in socket:
                envelope = json.loads(message)
                if "envelope_id" not in envelope:
                    continue
                envelopes.append(envelope)
                said = answer(envelope)
                if said is not False:
                    payload = {} if said is True else {"payload": said}
                    socket.send(json.dumps({"envelope_id": envelope["envelope_id"], **payload}))

        listener = threading.Thread(target=listen)
        listener.start()
        try:
            yield envelopes
        finally:
            socket.close()
            listener.join(5)


def test_slacks_own_client_connects_and_acknowledges(slack: SlackStandIn) -> None:
    client = SocketModeClient(
        app_token=APP_TOKEN, web_client=WebClient(token=BOT_TOKEN, base_url=slack.api_url)
    )

    def listen(client: Any, request: SocketModeRequest) -> None:
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    client.socket_mode_request_listeners.append(listen)
    client.connect()
    slack.world.say("D1", "U1", "Hello?")
    assert slack.world.wait_for(lambda: slack.world.acks)
    client.close()


def test_a_mention_comes_as_two_events_with_their_own_ids(slack: SlackStandIn) -> None:
    with app(slack) as requests:
        ts = slack.world.say("C1", "U1", "Hello?")
        assert slack.world.wait_for(lambda: len(slack.world.acks) == 2)
    events = {request["payload"]["event"]["type"]: request["payload"] for request in requests}
    assert set(events) == {"app_mention", "message"}
    assert {payload["event"]["ts"] for payload in events.values()} == {ts}
    assert len({payload["event_id"] for payload in events.values()}) == 2
    assert all(0 < ack.delay_s < 3 for ack in slack.world.acks)


def test_what_is_not_acknowledged_comes_again_and_is_given_up_in_the_end(
    slack: SlackStandIn,
) -> None:
    slack.world.ack_within_s = 0.05
    slack.world.retry_delays_s = (0.0, 0.0, 0.0)
    with app(slack, lambda _: False) as requests:
        slack.world.say("D1", "U1", "Hello?")
        assert slack.world.wait_for(lambda: slack.world.lost)
    assert sorted(request["retry_attempt"] for request in requests) == [0, 1, 2, 3]
    assert len({request["payload"]["event_id"] for request in requests}) == 1
    assert slack.world.acks == []


def test_an_event_can_be_sent_again_though_it_was_acknowledged(slack: SlackStandIn) -> None:
    with app(slack) as requests:
        slack.world.say("D1", "U1", "Hello?")
        (event_id,) = slack.world.event_ids()
        slack.world.redeliver(event_id, times=2)
        assert slack.world.wait_for(lambda: len(slack.world.acks) == 3)
    assert {request["payload"]["event_id"] for request in requests} == {event_id}


def test_each_event_goes_to_one_of_the_connections(slack: SlackStandIn) -> None:
    with app(slack) as first, app(slack) as second:
        for _ in range(4):
            slack.world.say("D1", "U1", "Hello?")
        assert slack.world.wait_for(lambda: len(slack.world.acks) == 4)
        assert slack.connections() == 2
    assert (len(first), len(second)) == (2, 2)


def test_an_event_of_a_connection_that_is_cut_goes_to_the_next(slack: SlackStandIn) -> None:
    with app(slack, lambda _: False) as first:
        slack.world.say("D1", "U1", "Hello?")
        assert slack.world.wait_for(lambda: slack.connections() == 1)
        while not first:
            time.sleep(0.005)
        slack.close_sockets()
        with app(slack) as second:
            assert slack.world.wait_for(lambda: slack.world.acks)
    assert second[0]["retry_attempt"] >= 1


def test_apps_are_asked_to_connect_anew(slack: SlackStandIn) -> None:
    with app(slack):
        slack.refresh_sockets()
        slack.world.say("D1", "U1", "Hello?")
        with app(slack) as second:
            assert slack.world.wait_for(lambda: slack.world.acks)
    assert len(second) == 1


def test_a_ticket_is_good_for_one_connection_and_needs_the_apps_token(slack: SlackStandIn) -> None:
    client = WebClient(base_url=slack.api_url)
    url = client.apps_connections_open(app_token=APP_TOKEN)["url"]
    assert url.startswith("ws://127.0.0.1:")
    with pytest.raises(SlackApiError):
        client.apps_connections_open(app_token="xapp-other")


def test_a_command_may_be_answered_in_its_acknowledgement(slack: SlackStandIn) -> None:
    with app(slack, lambda _: {"text": "At once."}):
        slack.world.command("C1", "U1", "How?")
        assert slack.world.wait_for(lambda: slack.world.messages("C1"))
    (message,) = slack.world.messages("C1")
    assert (message.text, message.ephemeral_to) == ("At once.", "U1")


def test_buttons_shortcuts_and_modals_are_told_with_what_they_are_about(
    slack: SlackStandIn,
) -> None:
    client = WebClient(token=BOT_TOKEN, base_url=slack.api_url)
    pressed = {"type": "button", "action_id": "go", "value": "v"}
    button = {**pressed, "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "elements": [button]}]
    ts = client.chat_postMessage(channel="C1", text="a", blocks=blocks)["ts"]
    with app(slack) as requests:
        slack.world.click("C1", ts, "U1", "go")
        slack.world.shortcut("C1", "U2", ts, "ask")
        assert slack.world.wait_for(lambda: len(slack.world.acks) == 2)
        with pytest.raises(LookupError):
            slack.world.click("C1", ts, "U1", "other")
        title = {"type": "plain_text", "text": "T"}
        view = {"type": "modal", "title": title, "blocks": [{"type": "divider"}]}
        trigger = requests[0]["payload"]["trigger_id"]
        opened = client.views_open(trigger_id=trigger, view=view)["view"]["id"]
        slack.world.submit(opened, "U1", {"comment": {"text": "Wrong."}})
        assert slack.world.wait_for(lambda: len(slack.world.acks) == 3)
    told = {request["payload"]["type"]: request["payload"] for request in requests}
    assert told["block_actions"]["actions"][0]["value"] == "v"
    assert told["block_actions"]["container"]["message_ts"] == ts
    assert told["message_action"]["message"]["text"] == "a"
    values = told["view_submission"]["view"]["state"]["values"]
    assert values["comment"]["text"]["value"] == "Wrong."


def test_a_response_url_takes_five_messages(slack: SlackStandIn) -> None:
    hook = WebhookClient(slack.world.response_url("C1", "U1"))
    assert hook.send(text="seen by one").status_code == 200
    assert hook.send(text="seen by all", response_type="in_channel").status_code == 200
    assert [m.ephemeral_to for m in slack.world.messages("C1")] == ["U1", None]
    assert hook.send(blocks=[{"type": "header"}], text="a").status_code == 400
    assert [hook.send(text="a").status_code for _ in range(3)] == [200, 200, 404]


def test_events_come_as_signed_requests_too(slack: SlackStandIn) -> None:
    seen: list[tuple[bytes, dict[str, str]]] = []
    answers = iter([500, 200, 200])

    class App(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((body, dict(self.headers)))
            self.send_response(next(answers))
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), App) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        slack.use_http(f"http://127.0.0.1:{server.server_port}/slack/events")
        slack.world.say("D1", "U1", "Hello?")
        assert slack.world.wait_for(lambda: len(slack.world.acks) == 1)
        slack.world.command("C1", "U1", "How?")
        assert slack.world.wait_for(lambda: len(slack.world.acks) == 2)
        server.shutdown()
    verifier = SignatureVerifier(SIGNING_SECRET)
    assert all(verifier.is_valid_request(body, headers) for body, headers in seen)
    assert [headers.get("X-Slack-Retry-Num") for _, headers in seen] == [None, "1", None]
    assert json.loads(seen[0][0]) == json.loads(seen[1][0])
    assert parse_qs(seen[2][0].decode())["text"] == ["How?"]


def test_the_stand_in_runs_as_a_program_that_is_driven_over_http() -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.slack.server", "--port", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdin is not None and program.stdout is not None
        url = program.stdout.readline().strip()

        def control(name: str, **given: object) -> Any:
            body = json.dumps(given).encode()
            with urllib.request.urlopen(f"{url}/_control/{name}", data=body) as answer:
                return json.load(answer)["result"]

        ts = control("say", channel="C1", user="U1", text="Hello?", deliver=False)
        control("fail", method="chat.postMessage", how="500", times=1)
        control("rate_limits", value=False)
        assert [message["ts"] for message in control("messages", channel="C1")] == [ts]
        assert control("connections") == 0
        assert control("acks") == []
        program.stdin.close()
        assert program.wait(10) == 0
