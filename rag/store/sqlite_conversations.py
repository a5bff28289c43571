"""Conversations in the SQLite file of the documents: `rag.store.conversations_base`.

Tables:

    conversations   id, collection, title, created_at, updated_at, owner (a key's id, or NULL)
    turns           conversation_id, ordinal → role, text, answer_id, created_at
    answers         id → conversation_id, created_at, question, answer

`answers.answer` is the whole `rag.types.Answer` as a JSON object with the names of its fields.
Times are ISO 8601 in UTC and of one width, so that they sort as text. Deleting a conversation
takes its turns and answers with it.
"""

import json
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from rag.store.clock import Clock, timestamp, utc_now
from rag.store.codecs import (
    decode_answer,
    encode_answer,
    storable,
    unknown_answer,
    unknown_conversation,
)
from rag.store.connections import Connections
from rag.store.conversations_base import Conversation, KeptTurn
from rag.types import Answer

TITLE_CHARS = 80
_COLUMNS = "id, collection, title, created_at, updated_at, owner"


class SqliteConversations:
    """`ConversationStore` over connections that someone else closes."""

    def __init__(self, connections: Connections, now: Clock = utc_now) -> None:
        self._connections = connections
        self._now = now

    def create(self, collection: str = "default", owner: str | None = None) -> Conversation:
        made = _new(collection, owner, timestamp(self._now()))
        with self._connections.writing() as db:
            _insert(db, made)
        return made

    def get(self, conversation_id: str) -> Conversation:
        with self._connections.reading() as db:
            return _conversation(db, conversation_id)

    def list(
        self,
        *,
        limit: int = 50,
        after: str | None = None,
        collections: Sequence[str] | None = None,
        owner: str | None = None,
    ) -> tuple[Conversation, ...]:
        conditions, parameters = ["1"], []
        if collections is not None:
            conditions.append("collection IN (SELECT value FROM json_each(?))")
            parameters.append(json.dumps(list(collections)))
        if owner:
            conditions.append("owner = ?")
            parameters.append(owner)
        elif owner is not None:
            conditions.append("owner IS NULL")
        if after is not None:
            last = self.get(after)
            conditions.append("(updated_at, id) < (?, ?)")
            parameters += [last.updated_at, last.id]
        with self._connections.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM conversations WHERE {' AND '.join(conditions)} "
                "ORDER BY updated_at DESC, id DESC LIMIT ?",
                (*parameters, limit),
            ).fetchall()
        return tuple(Conversation(*row) for row in rows)

    def begin(
        self, answer: Answer, collection: str = "default", owner: str | None = None
    ) -> Answer:
        now = timestamp(self._now())
        made = _new(collection, owner, now)
        with self._connections.writing() as db:
            _insert(db, made)
            return _append(db, made, answer, now)

    def append_turns(self, conversation_id: str, answer: Answer) -> Answer:
        now = timestamp(self._now())
        with self._connections.writing() as db:
            return _append(db, _conversation(db, conversation_id), answer, now)

    def turns(self, conversation_id: str, *, last: int | None = None) -> tuple[KeptTurn, ...]:
        with self._connections.reading() as db:
            _conversation(db, conversation_id)
            rows = db.execute(
                "SELECT ordinal, role, text, answer_id, created_at FROM turns "
                "WHERE conversation_id = ? ORDER BY ordinal DESC LIMIT ?",
                # SQLite takes a negative limit for none.
                (conversation_id, -1 if last is None else last),
            ).fetchall()
        return tuple(KeptTurn(*row) for row in reversed(rows))

    def answer(self, answer_id: str) -> Answer:
        with self._connections.reading() as db:
            row = db.execute(
                "SELECT answer FROM answers WHERE id = ?", (storable(answer_id),)
            ).fetchone()
        if row is None:
            raise unknown_answer(answer_id)
        return decode_answer(row[0], answer_id)

    def delete_answer(self, answer_id: str) -> None:
        with self._connections.writing() as db:
            found = db.execute(
                "SELECT conversation_id, ordinal FROM turns WHERE answer_id = ?",
                (storable(answer_id),),
            ).fetchone()
            if found is None:
                raise unknown_answer(answer_id)
            _remove_pair(db, *found)
            db.execute("DELETE FROM answers WHERE id = ?", (storable(answer_id),))

    def rename(self, conversation_id: str, title: str) -> Conversation:
        with self._connections.writing() as db:
            renamed = replace(_conversation(db, conversation_id), title=storable(title))
            db.execute(
                "UPDATE conversations SET title = ? WHERE id = ?", (renamed.title, conversation_id)
            )
        return renamed

    def delete(self, conversation_id: str) -> None:
        with self._connections.writing() as db:
            _conversation(db, conversation_id)
            db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))

    def purge_older_than(self, days: int) -> int:
        limit = timestamp(self._now() - timedelta(days=days))
        with self._connections.reading() as db:
            (is_due,) = db.execute(
                "SELECT EXISTS (SELECT 1 FROM conversations WHERE updated_at < ?) OR "
                "EXISTS (SELECT 1 FROM answers WHERE conversation_id IS NULL AND created_at < ?)",
                (limit, limit),
            ).fetchone()
        if not is_due:
            return 0
        with self._connections.writing() as db:
            db.execute(
                "DELETE FROM answers WHERE conversation_id IS NULL AND created_at < ?", (limit,)
            )
            return db.execute("DELETE FROM conversations WHERE updated_at < ?", (limit,)).rowcount


def _conversation(db: sqlite3.Connection, conversation_id: str) -> Conversation:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM conversations WHERE id = ?", (storable(conversation_id),)
    ).fetchone()
    if row is None:
        raise unknown_conversation(conversation_id)
    return Conversation(*row)


def _title(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= TITLE_CHARS:
        return line
    return line[: TITLE_CHARS - 1].rsplit(" ", 1)[0] + "…"


def _new(collection: str, owner: str | None, now: str) -> Conversation:
    return Conversation(f"conv_{secrets.token_hex(12)}", collection, None, now, now, owner)


def _insert(db: sqlite3.Connection, made: Conversation) -> None:
    db.execute(
        f"INSERT INTO conversations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        (made.id, made.collection, made.title, made.created_at, made.updated_at, made.owner),
    )


def _append(db: sqlite3.Connection, conversation: Conversation, answer: Answer, now: str) -> Answer:
    """Adds a question and its answer to a conversation that is there."""
    kept = replace(answer, conversation_id=conversation.id)
    question = storable(kept.question)
    db.execute(
        "INSERT INTO answers (id, conversation_id, created_at, question, answer) "
        "VALUES (?, ?, ?, ?, ?)",
        (kept.id, conversation.id, now, question, encode_answer(kept)),
    )
    (ordinal,) = db.execute(
        "SELECT coalesce(max(ordinal) + 1, 0) FROM turns WHERE conversation_id = ?",
        (conversation.id,),
    ).fetchone()
    db.executemany(
        "INSERT INTO turns (conversation_id, ordinal, role, text, answer_id, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            (conversation.id, ordinal, "user", question, None, now),
            (conversation.id, ordinal + 1, "assistant", storable(kept.text), kept.id, now),
        ),
    )
    db.execute(
        "UPDATE conversations SET title = ?, updated_at = ? WHERE id = ?",
        (conversation.title or _title(question), now, conversation.id),
    )
    return kept


def _remove_pair(db: sqlite3.Connection, conversation_id: str, ordinal: int) -> None:
    """Removes the answer at that place with the question before it."""
    first = "SELECT text FROM turns WHERE conversation_id = ? ORDER BY ordinal LIMIT 1"
    (before,) = db.execute(first, (conversation_id,)).fetchone()
    db.execute(
        "DELETE FROM turns WHERE conversation_id = ? AND ordinal IN (?, ?)",
        (conversation_id, ordinal - 1, ordinal),
    )
    after = db.execute(first, (conversation_id,)).fetchone()
    if after is None:
        db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
    else:
        db.execute(
            "UPDATE conversations SET title = ? WHERE id = ? AND title = ?",
            (_title(after[0]), conversation_id, _title(before)),
        )
