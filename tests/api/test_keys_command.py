"""`quoth keys` over a real store."""

import json
from pathlib import Path

import pytest

from api.cli import run
from api.engine import Engine
from rag.keys import Keys
from rag.settings import Settings
from rag.store.sqlite import DATABASE_NAME, SqliteStore

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def engine(data_dir: Path) -> Engine:
    return Engine(load_settings=lambda: Settings(data_dir=data_dir))


def add(engine: Engine, capsys: Capture, *arguments: str) -> dict[str, str]:
    assert run(["keys", "add", *arguments, "--json"], engine) == 0
    return json.loads(capsys.readouterr().out)


def listed(engine: Engine, capsys: Capture) -> list[dict[str, object]]:
    assert run(["keys", "list", "--json"], engine) == 0
    return json.loads(capsys.readouterr().out)["keys"]


def test_a_new_key_is_printed_alone_and_opens_the_api(
    engine: Engine, data_dir: Path, capsys: Capture
) -> None:
    assert run(["keys", "add", "slack", "--scope", "ingest", "--scope", "ask"], engine) == 0
    printed = capsys.readouterr()
    assert "only time" in printed.err
    with SqliteStore.open(data_dir / DATABASE_NAME, create=False) as store:
        key = Keys(store.keys()).check(printed.out.strip())
    assert (key.name, key.scopes, key.per_minute) == ("slack", ("ask", "ingest"), 0)


def test_a_key_may_ask_unless_more_is_said(engine: Engine, capsys: Capture) -> None:
    made = add(engine, capsys, "slack", "--per-minute", "60")
    assert made["key"].startswith(f"quoth_{made['id']}_")
    assert (made["scopes"], made["per_minute"]) == (["ask"], 60)


def test_the_list_shows_no_secret(engine: Engine, capsys: Capture) -> None:
    made = add(engine, capsys, "slack")
    (shown,) = listed(engine, capsys)
    assert "key" not in shown
    assert run(["keys", "list"], engine) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{made['id']}  slack  ask  no limit  never used")
    assert made["key"].rpartition("_")[2] not in printed


def test_an_empty_list_says_how_to_make_a_key(engine: Engine, capsys: Capture) -> None:
    assert run(["keys", "list"], engine) == 0
    assert "quoth keys add" in capsys.readouterr().out


def test_a_revoked_key_stays_in_the_list(engine: Engine, capsys: Capture) -> None:
    made = add(engine, capsys, "slack")
    assert run(["keys", "revoke", made["id"]], engine) == 0
    assert "last good one" in capsys.readouterr().err
    (shown,) = listed(engine, capsys)
    assert shown["revoked_at"] is not None


def test_revoking_one_of_two_keys_is_no_cause_for_a_warning(
    engine: Engine, capsys: Capture
) -> None:
    made = add(engine, capsys, "slack")
    add(engine, capsys, "page")
    assert run(["keys", "revoke", made["id"]], engine) == 0
    assert capsys.readouterr().err == ""


def test_a_name_with_escape_codes_does_not_reach_the_terminal(
    engine: Engine, capsys: Capture
) -> None:
    assert run(["keys", "add", "\x1b[31mred"], engine) == 2
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["keys", "add", "slack", "--scope", "all"], 2),
        (["keys", "add", " "], 2),
        (["keys", "add", "x" * 81], 2),
        (["keys", "add", "slack", "--per-minute", "-1"], 2),
        (["keys", "revoke", "none"], 1),
        (["keys"], 2),
    ],
)
def test_what_cannot_be_done_is_said_in_json_too(
    engine: Engine, capsys: Capture, arguments: list[str], code: int
) -> None:
    assert run([*arguments, "--json"], engine) == code
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["message"] and error["hint"]
