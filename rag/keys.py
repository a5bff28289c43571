"""Who may use the API: keys that a person makes, hands out once and revokes.

A token is `quoth_<id>_<secret>`. Its secret has 32 random bytes, so that one round of SHA-256 is
enough to keep it by, and comparing takes as long whichever part of a token is wrong.
"""

import hashlib
import hmac
import logging
import re
import secrets
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from rag.errors import KeyInvalid, KeyRefused, StoreError
from rag.store.clock import Clock, timestamp, utc_now
from rag.store.keys_base import SCOPES, Key, KeyStore, Scope

LONGEST_NAME = 80  # characters
MOST_PER_MINUTE = 1_000_000

_TOKEN = re.compile(r"quoth_([0-9a-f]{12})_([0-9a-f]{64})")
_NO_SECRET = bytes(32)
_USE_NOTED_EVERY = timedelta(minutes=1)

logger = logging.getLogger(__name__)


class Keys:
    """The API's keys; safe to share between threads.

    Args:
        store: Where they are kept.
        now: The present moment.
    """

    def __init__(self, store: KeyStore, now: Clock = utc_now) -> None:
        self._store = store
        self._now = now
        self._were_required = False
        self._noted: dict[str, datetime] = {}
        self._noting = threading.Lock()

    def add(self, name: str, scopes: Sequence[Scope], per_minute: int = 0) -> tuple[Key, str]:
        """A new key and its token, which cannot be had a second time.

        Args:
            name: What a person calls it, 1 to 80 characters; others may have the same.
            scopes: At least one of `SCOPES`.
            per_minute: Most requests a minute; 0 means no limit.

        Raises:
            KeyInvalid: An argument is none of these.
        """
        name = name.strip()
        if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
            raise KeyInvalid(
                f"A key cannot be called {name[:LONGEST_NAME]!r}.",
                hint=f"Give it a name of 1 to {LONGEST_NAME} characters on one line.",
            )
        if not scopes or not set(scopes) <= set(SCOPES):
            raise KeyInvalid(
                f"A key cannot be good for {', '.join(map(repr, scopes)) or 'nothing'}.",
                hint=f"Choose from: {', '.join(SCOPES)}.",
            )
        if not 0 <= per_minute <= MOST_PER_MINUTE:
            raise KeyInvalid(
                f"A key cannot be limited to {per_minute} requests a minute.",
                hint=f"Give a number from 1 to {MOST_PER_MINUTE:,}, or 0 for no limit.",
            )
        chosen = tuple(scope for scope in SCOPES if scope in scopes)
        key = Key(secrets.token_hex(6), name, chosen, per_minute, timestamp(self._now()))
        secret = secrets.token_hex(32)
        self._store.add(key, _digest(secret))
        return key, f"quoth_{key.id}_{secret}"

    def check(self, token: str) -> Key:
        """The key that a token belongs to; its use is noted, to within a minute.

        Raises:
            KeyRefused: It is no token, of no key, wrong, or of a revoked key: which is not told.
        """
        parts = _TOKEN.fullmatch(token)
        key_id, secret = parts.groups() if parts else ("", "")
        found = self._store.find(key_id)
        key, kept = found or (None, _NO_SECRET)
        is_right = hmac.compare_digest(_digest(secret), kept)
        if key is None or not is_right or key.revoked_at is not None:
            raise KeyRefused(
                "The key is wrong or was revoked.",
                hint="Send `Authorization: Bearer quoth_…` with a key from `quoth keys add`.",
            )
        self._note_use(key.id)
        return key

    def required(self) -> bool:
        """Whether every request needs a key: as soon as there is one that is not revoked.

        Once that was so it stays so, until the process ends: revoking the last key, because it got
        into the wrong hands, must not open the server to everybody.
        """
        self._were_required = self._were_required or self._store.any_good()
        return self._were_required

    def list(self) -> tuple[Key, ...]:
        """All keys, the newest first, revoked ones too."""
        return self._store.list()

    def revoke(self, key_id: str) -> Key:
        """Makes a key good for nothing from now on; nothing changes where it is that already.

        Raises:
            UnknownKey: There is none with that id.
        """
        return self._store.revoke(key_id)

    def _note_use(self, key_id: str) -> None:
        now = self._now()
        with self._noting:
            noted = self._noted.get(key_id)
            if noted is not None and now - noted < _USE_NOTED_EVERY:
                return
            self._noted[key_id] = now
        try:
            self._store.used(key_id)
        except StoreError as exc:  # a note is not worth a request
            logger.warning("The use of the key %s was not noted: %s", key_id, exc.message)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
