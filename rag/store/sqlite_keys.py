"""The API's keys in the SQLite file of the documents: `rag.store.keys_base`.

One table: keys(id → secret_sha256, name, scopes, per_minute, created_at, last_used_at, revoked_at).
`scopes` are separated by spaces; the secrets themselves are nowhere.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rag.errors import UnknownKey
from rag.store.clock import Clock, timestamp, utc_now
from rag.store.codecs import storable
from rag.store.connections import Connections
from rag.store.keys_base import Key

_COLUMNS = "id, name, scopes, per_minute, created_at, last_used_at, revoked_at"


class SqliteKeys:
    """`KeyStore` over connections that someone else closes."""

    def __init__(self, connections: Connections, now: Clock = utc_now) -> None:
        self._connections = connections
        self._now = now

    def add(self, key: Key, secret_sha256: bytes) -> None:
        with self._connections.writing() as db:
            db.execute(
                f"INSERT INTO keys (secret_sha256, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    secret_sha256,
                    key.id,
                    storable(key.name),
                    " ".join(key.scopes),
                    key.per_minute,
                    key.created_at,
                    key.last_used_at,
                    key.revoked_at,
                ),
            )

    def find(self, key_id: str) -> tuple[Key, bytes] | None:
        with self._connections.reading() as db:
            row = db.execute(
                f"SELECT {_COLUMNS}, secret_sha256 FROM keys WHERE id = ?", (storable(key_id),)
            ).fetchone()
        return None if row is None else (_key(row[:-1]), bytes(row[-1]))

    def list(self) -> tuple[Key, ...]:
        with self._connections.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM keys ORDER BY created_at DESC, id DESC"
            ).fetchall()
        return tuple(_key(row) for row in rows)

    def any_good(self) -> bool:
        with self._connections.reading() as db:
            row = db.execute("SELECT 1 FROM keys WHERE revoked_at IS NULL LIMIT 1").fetchone()
        return row is not None

    def revoke(self, key_id: str) -> Key:
        with self._connections.writing() as db:
            key = _known(db, key_id)
            revoked = replace(key, revoked_at=key.revoked_at or timestamp(self._now()))
            db.execute("UPDATE keys SET revoked_at = ? WHERE id = ?", (revoked.revoked_at, key.id))
        return revoked

    def used(self, key_id: str) -> None:
        with self._connections.writing() as db:
            db.execute(
                "UPDATE keys SET last_used_at = ? WHERE id = ?",
                (timestamp(self._now()), storable(key_id)),
            )


def _known(db: sqlite3.Connection, key_id: str) -> Key:
    row = db.execute(f"SELECT {_COLUMNS} FROM keys WHERE id = ?", (storable(key_id),)).fetchone()
    if row is None:
        raise UnknownKey(
            f"There is no key {key_id!r}.", hint="`quoth keys list` shows the keys with their ids."
        )
    return _key(row)


def _key(row: Sequence[Any]) -> Key:
    key_id, name, scopes, per_minute, created_at, last_used_at, revoked_at = row
    return Key(
        key_id, name, tuple(scopes.split()), per_minute, created_at, last_used_at, revoked_at
    )
