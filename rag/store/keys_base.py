"""The contract of the store for keys: who may use the API, and for what."""

from dataclasses import dataclass
from typing import Literal, Protocol

Scope = Literal["ask", "ingest", "admin"]
SCOPES: tuple[Scope, ...] = ("ask", "ingest", "admin")


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret, which is never kept.

    Attributes:
        id: Public: the part of the key before its secret.
        name: What a person calls it, as "slack".
        scopes: What it is good for; `admin` includes the others.
        per_minute: Most requests a minute; 0 means no limit.
        created_at: ISO 8601 in UTC, as in `Conversation`.
        last_used_at: To within a minute; None before its first use.
        revoked_at: None while it is good.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    per_minute: int
    created_at: str
    last_used_at: str | None = None
    revoked_at: str | None = None


class KeyStore(Protocol):
    """Keys and the hashes of their secrets. Safe to call from several threads."""

    def add(self, key: Key, secret_sha256: bytes) -> None:
        """Keeps a new key."""
        ...

    def find(self, key_id: str) -> tuple[Key, bytes] | None:
        """A key, revoked or not, with the hash of its secret."""
        ...

    def list(self) -> tuple[Key, ...]:
        """All keys, the newest first, revoked ones too."""
        ...

    def any_good(self) -> bool:
        """Whether there is a key that is not revoked. Cheap: asked at each request."""
        ...

    def revoke(self, key_id: str) -> Key:
        """
        Raises:
            UnknownKey: There is none with that id.
        """
        ...

    def used(self, key_id: str) -> None:
        """Notes that a key was used just now."""
        ...
