"""`quoth slack`, as a person runs it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import run
from api.engine import Engine
from rag.settings import Settings
from tests.api.slack.botting import slack_settings
from tests.slack.server import SlackStandIn

Capture = pytest.CaptureFixture[str]


def engine_of(settings: Settings) -> Engine:
    return Engine(load_settings=lambda: settings)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"slack_bot_token": None}, "QUOTH_SLACK_BOT_TOKEN"),
        ({"slack_app_token": None}, "QUOTH_SLACK_APP_TOKEN"),
        ({"slack_mode": "http", "slack_signing_secret": None}, "QUOTH_SLACK_SIGNING_SECRET"),
        ({"slack_bot_token": "xoxb-wrong"}, "QUOTH_SLACK_BOT_TOKEN"),
        ({"slack_app_token": "xapp-wrong"}, "QUOTH_SLACK_APP_TOKEN"),
        ({"slack_config": Path("none.toml")}, "none.toml"),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path,
    slack: SlackStandIn,
    capsys: Capture,
    missing: dict[str, object],
    said: str,
):
    settings = slack_settings(tmp_path / "data", slack, **missing)
    assert run(["slack", "check"], engine_of(settings)) in (1, 2)
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err


def test_a_setup_that_is_good_is_said_to_be(tmp_path: Path, slack: SlackStandIn, capsys: Capture):
    settings = slack_settings(tmp_path / "data", slack)
    assert run(["slack", "check"], engine_of(settings)) == 0
    assert "U0BOT" in capsys.readouterr().out


def test_slack_that_cannot_be_reached_is_said(tmp_path: Path, capsys: Capture):
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path,
            "slack_bot_token": "xoxb-1",
            "slack_app_token": "xapp-1",
            "slack_api_url": "http://127.0.0.1:9/api/",
        }
    )
    assert run(["slack", "check"], engine_of(settings)) == 1
    assert "network" in capsys.readouterr().err


def test_events_over_http_are_left_to_the_server(
    tmp_path: Path, slack: SlackStandIn, capsys: Capture
):
    settings = slack_settings(tmp_path / "data", slack, slack_mode="http")
    assert run(["slack"], engine_of(settings)) == 2
    assert "quoth serve" in capsys.readouterr().err


@pytest.mark.parametrize("view", ["agent", "assistant"])
def test_the_manifest_is_printed_as_json(tmp_path: Path, capsys: Capture, view: str):
    engine = engine_of(Settings(data_dir=tmp_path))
    assert run(["slack", "manifest", "--view", view], engine) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["settings"]["socket_mode_enabled"] is True


def test_the_process_connects_and_stops_when_it_is_told_to(tmp_path: Path, slack: SlackStandIn):
    given = {
        "QUOTH_DATA_DIR": str(tmp_path / "data"),
        "QUOTH_SLACK_BOT_TOKEN": "xoxb-stand-in",
        "QUOTH_SLACK_APP_TOKEN": "xapp-stand-in",
        "QUOTH_SLACK_API_URL": slack.api_url,
    }
    command = [sys.executable, "-c", "from api.cli import main; main()", "slack"]
    # The end of the output is read too, so that nothing a person sees is a traceback.
    process = subprocess.Popen(command, env={**os.environ, **given}, stderr=subprocess.PIPE)
    try:
        assert slack.world.wait_for(lambda: slack.connections() > 0, 60)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert b"Quoth answers in Slack" in said
    assert b"Traceback" not in said
