"""What every store for keys does. An implementation's test module imports the tests and supplies
the fixtures `keys`, an empty store, and `clock`, which it takes its time from.
"""

import pytest

from rag.errors import UnknownKey
from rag.store.keys_base import Key, KeyStore
from tests.rag.store.conversation_store_contract import Clock

AT_8 = "2025-06-16T08:00:00.000000Z"
AT_9 = "2025-06-16T09:00:00.000000Z"
HASH = bytes(range(32))


def key(name: str = "a", created_at: str = AT_8) -> Key:
    return Key(name, "slack", ("ask", "ingest"), 60, created_at)


def test_a_key_comes_back_with_its_hash(keys: KeyStore):
    keys.add(key(), HASH)
    assert keys.find("a") == (key(), HASH)


def test_what_was_not_added_is_not_found(keys: KeyStore):
    keys.add(key(), HASH)
    assert keys.find("b") is None
    assert keys.find("") is None
    assert keys.find("\udc80") is None


def test_the_newest_is_listed_first(keys: KeyStore):
    keys.add(key("a", AT_9), HASH)
    keys.add(key("b", AT_8), HASH)
    keys.add(key("c", AT_9), HASH)
    assert [each.id for each in keys.list()] == ["c", "a", "b"]


def test_a_revoked_key_is_still_known(keys: KeyStore, clock: Clock):
    keys.add(key(), HASH)
    revoked = keys.revoke("a")
    assert revoked.revoked_at == AT_8
    assert keys.list() == (revoked,)
    assert keys.find("a") == (revoked, HASH)


def test_revoking_again_keeps_the_first_time(keys: KeyStore, clock: Clock):
    keys.add(key(), HASH)
    keys.revoke("a")
    clock.advance(hours=1)
    assert keys.revoke("a").revoked_at == AT_8


def test_an_unknown_key_cannot_be_revoked(keys: KeyStore):
    with pytest.raises(UnknownKey):
        keys.revoke("none")


def test_there_is_a_good_key_until_the_last_is_revoked(keys: KeyStore):
    assert not keys.any_good()
    keys.add(key("a"), HASH)
    keys.add(key("b"), HASH)
    keys.revoke("a")
    assert keys.any_good()
    keys.revoke("b")
    assert not keys.any_good()


def test_a_use_is_noted_with_its_time(keys: KeyStore, clock: Clock):
    keys.add(key("a"), HASH)
    keys.add(key("b"), HASH)
    clock.advance(hours=1)
    keys.used("a")
    keys.used("none")
    assert [each.last_used_at for each in keys.list()] == [None, AT_9]
