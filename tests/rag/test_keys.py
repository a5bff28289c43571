import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import KeyInvalid, KeyRefused, UnknownKey
from rag.keys import Keys
from rag.store.keys_base import Scope
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from tests.rag.store.conversation_store_contract import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=True) as opened:
        yield opened


@pytest.fixture
def keys(store: SqliteStore, clock: Clock) -> Keys:
    return Keys(store.keys(clock), clock)


def last_used_at(keys: Keys) -> str | None:
    (key,) = keys.list()
    return key.last_used_at


def test_a_token_opens_what_its_key_is_good_for(keys: Keys) -> None:
    made, token = keys.add("slack", ["ingest", "ask", "ask"], 60)
    assert re.fullmatch(rf"quoth_{made.id}_[0-9a-f]{{64}}", token)
    checked = keys.check(token)
    assert checked == made
    assert (checked.scopes, checked.per_minute) == (("ask", "ingest"), 60)


def test_the_secret_is_nowhere_in_the_database(keys: Keys, store: SqliteStore, tmp_path: Path):
    _, token = keys.add("slack", ["ask"])
    keys.check(token)
    db = sqlite3.connect(tmp_path / DATABASE_NAME)
    dumped = "\n".join(db.iterdump())
    db.close()
    secret = token.rpartition("_")[2]
    assert "slack" in dumped
    assert secret not in dumped
    assert bytes.fromhex(secret) not in (tmp_path / DATABASE_NAME).read_bytes()


def test_tokens_are_never_the_same(keys: Keys) -> None:
    assert len({keys.add("slack", ["ask"])[1] for _ in range(20)}) == 20


def test_whatever_is_wrong_with_a_token_is_said_in_the_same_words(keys: Keys) -> None:
    made, token = keys.add("slack", ["ask"])
    other, _ = keys.add("page", ["ask"])
    gone, revoked = keys.add("old", ["ask"])
    keys.revoke(gone.id)
    flipped = token[:-1] + ("0" if token[-1] != "0" else "1")
    secret = token.rpartition("_")[2]
    wrong = [
        "",
        "quoth",
        flipped,
        token + "0",
        token.upper(),
        f" {token}",
        f"{token}\n",
        f"quoth_{other.id}_{secret}",
        f"quoth_{'0' * 12}_{secret}",
        f"quoth_{made.id}_",
        "quoth_\udc80_é",
        revoked,
        "x" * 100_000,
    ]
    said = set()
    for each in wrong:
        with pytest.raises(KeyRefused) as caught:
            keys.check(each)
        said.add((caught.value.message, caught.value.hint))
    assert len(said) == 1


def test_a_key_is_needed_as_soon_as_there_is_one(keys: Keys, tmp_path: Path) -> None:
    assert not keys.required()
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=False) as other:
        Keys(other.keys()).add("slack", ["ask"])
    assert keys.required()


def test_revoking_the_last_key_opens_no_server_that_runs(keys: Keys, store: SqliteStore) -> None:
    made, _ = keys.add("slack", ["ask"])
    assert keys.required()
    keys.revoke(made.id)
    assert keys.required()
    assert not Keys(store.keys()).required()


def test_a_key_that_another_process_revokes_is_refused_at_once(keys: Keys, tmp_path: Path) -> None:
    made, token = keys.add("slack", ["ask"])
    keys.check(token)
    with SqliteStore.open(tmp_path / DATABASE_NAME, create=False) as other:
        Keys(other.keys()).revoke(made.id)
    with pytest.raises(KeyRefused):
        keys.check(token)


def test_its_last_use_is_known_to_within_a_minute(keys: Keys, clock: Clock) -> None:
    _, token = keys.add("slack", ["ask"])
    assert last_used_at(keys) is None
    keys.check(token)
    assert last_used_at(keys) == "2025-06-16T08:00:00.000000Z"
    clock.advance(seconds=59)
    keys.check(token)
    assert last_used_at(keys) == "2025-06-16T08:00:00.000000Z"
    clock.advance(seconds=1)
    keys.check(token)
    assert last_used_at(keys) == "2025-06-16T08:01:00.000000Z"


def test_a_refused_token_is_no_use_of_its_key(keys: Keys) -> None:
    _, token = keys.add("slack", ["ask"])
    with pytest.raises(KeyRefused):
        keys.check(token[:-1])
    assert last_used_at(keys) is None


def test_a_use_that_cannot_be_noted_fails_no_request(keys: Keys, tmp_path: Path) -> None:
    made, token = keys.add("slack", ["ask"])
    db = sqlite3.connect(tmp_path / DATABASE_NAME)
    db.execute(
        "CREATE TRIGGER full BEFORE UPDATE ON keys BEGIN SELECT RAISE(ABORT, 'no room'); END"
    )
    db.commit()
    assert keys.check(token) == made
    db.execute("DROP TRIGGER full")
    db.close()
    assert last_used_at(keys) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "\x1b[31m", "\udc80"])
def test_a_name_is_one_line_of_some_characters(keys: Keys, name: str) -> None:
    with pytest.raises(KeyInvalid):
        keys.add(name, ["ask"])


@pytest.mark.parametrize("scopes", [[], ["all"], ["ask", ""]])
def test_a_key_is_good_for_something_known(keys: Keys, scopes: list[Scope]) -> None:
    with pytest.raises(KeyInvalid, match="good for"):
        keys.add("slack", scopes)


@pytest.mark.parametrize("per_minute", [-1, 1_000_001])
def test_a_limit_is_a_sensible_number(keys: Keys, per_minute: int) -> None:
    with pytest.raises(KeyInvalid, match="a minute"):
        keys.add("slack", ["ask"], per_minute)


def test_an_unknown_key_cannot_be_revoked(keys: Keys) -> None:
    with pytest.raises(UnknownKey, match="none"):
        keys.revoke("none")
