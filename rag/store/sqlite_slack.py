"""What the Slack bot keeps, in the SQLite file of the documents: `rag.store.slack_base`.

Tables:

    slack_questions   event_id → team, channel, ts, thread, user, kind, text, payload (JSON), state,
                      attempts, owner, lease_until, not_before, taken_at, posted_ts, answer_id,
                      created_at, closed_at (NULL while it is open)
    slack_threads     team, channel, thread → conversation_id, used_at
    slack_channels    team, channel → config, changed_by, changed_at

Times are as in `rag.store.clock`, so that they compare as text.
"""

import json
import sqlite3
from datetime import timedelta

from rag.store.clock import Clock, timestamp, utc_now
from rag.store.codecs import storable
from rag.store.connections import Connections
from rag.store.slack_base import NewQuestion, Outcome, SlackQuestion

_ASKED = "event_id, team, channel, ts, thread, user, kind, text, payload"
_COLUMNS = f"{_ASKED}, state, attempts, posted_ts, answer_id, created_at"

_NEXT = """
    SELECT q.event_id FROM slack_questions q
    WHERE q.closed_at IS NULL AND q.not_before <= :now
      AND (q.owner IS NULL OR q.lease_until < :now)
      AND NOT EXISTS (
        SELECT 1 FROM slack_questions e
        WHERE e.team = q.team AND e.channel = q.channel AND e.thread = q.thread
          AND e.closed_at IS NULL AND (e.ts, e.event_id) < (q.ts, q.event_id)
      )
    ORDER BY coalesce(
        (SELECT max(t.taken_at) FROM slack_questions t
         WHERE t.team = q.team AND t.channel = q.channel), ''
      ), q.created_at, q.event_id
    LIMIT 1"""


class SqliteSlack:
    """`SlackStore` over connections that someone else closes."""

    def __init__(self, connections: Connections, now: Clock = utc_now) -> None:
        self._connections = connections
        self._now = now

    def add(self, question: NewQuestion) -> bool:
        values = (
            question.event_id,
            question.team,
            question.channel,
            question.ts,
            question.thread,
            question.user,
            question.kind,
            storable(question.text),
            storable(json.dumps(dict(question.payload), ensure_ascii=False)),
            self._timestamp(),
            self._timestamp(),
        )
        with self._connections.writing() as db:
            added = db.execute(
                f"INSERT OR IGNORE INTO slack_questions ({_ASKED}, not_before, created_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            return added.rowcount == 1

    def take(self, owner: str, lease_s: float) -> SlackQuestion | None:
        now = {"now": self._timestamp()}
        with self._connections.reading() as db:
            # Most looks find nothing, and then nobody who writes has to wait.
            if db.execute(_NEXT, now).fetchone() is None:
                return None
        with self._connections.writing() as db:
            found = db.execute(_NEXT, now).fetchone()
            if found is None:
                return None
            db.execute(
                "UPDATE slack_questions SET state = iif(state = 'posting', state, 'answering'), "
                "attempts = attempts + 1, owner = ?, lease_until = ?, taken_at = ? "
                "WHERE event_id = ?",
                (owner, self._timestamp(lease_s), self._timestamp(), found[0]),
            )
            return _question(db, found[0])

    def renew(self, event_id: str, owner: str, lease_s: float) -> bool:
        return self._update(event_id, owner, "lease_until = ?", self._timestamp(lease_s))

    def note(
        self,
        event_id: str,
        owner: str,
        *,
        answer_id: str | None = None,
        posted_ts: str | None = None,
    ) -> bool:
        return self._update(
            event_id,
            owner,
            "state = 'posting', answer_id = coalesce(?, answer_id), "
            "posted_ts = coalesce(?, posted_ts)",
            answer_id,
            posted_ts,
        )

    def release(self, event_id: str, owner: str, *, after_s: float) -> None:
        self._update(
            event_id,
            owner,
            "state = iif(state = 'posting', state, 'queued'), owner = NULL, lease_until = NULL, "
            "not_before = ?",
            self._timestamp(after_s),
        )

    def close(self, event_id: str, owner: str, outcome: Outcome) -> bool:
        return self._update(
            event_id,
            owner,
            "state = ?, owner = NULL, lease_until = NULL, closed_at = ?",
            outcome,
            self._timestamp(),
        )

    def get(self, event_id: str) -> SlackQuestion | None:
        with self._connections.reading() as db:
            return _question(db, event_id)

    def asked_before(self, question: SlackQuestion, within_s: float) -> int:
        asked = question.asked
        with self._connections.reading() as db:
            (count,) = db.execute(
                "SELECT count(*) FROM slack_questions WHERE team = ? AND user = ? "
                "AND created_at > strftime('%Y-%m-%dT%H:%M:%f000Z', ?, ?) "
                "AND (created_at, event_id) < (?, ?) "
                "AND state <> 'failed' AND kind NOT IN ('share', 'greeting')",
                (
                    asked.team,
                    asked.user,
                    question.created_at,
                    f"-{within_s} seconds",
                    question.created_at,
                    asked.event_id,
                ),
            ).fetchone()
        return int(count)

    def open_questions(self) -> int:
        with self._connections.reading() as db:
            row = db.execute("SELECT count(*) FROM slack_questions WHERE closed_at IS NULL")
            return int(row.fetchone()[0])

    def conversation_of(self, team: str, channel: str, thread: str) -> str | None:
        with self._connections.reading() as db:
            row = db.execute(
                "SELECT conversation_id FROM slack_threads "
                "WHERE team = ? AND channel = ? AND thread = ?",
                (team, channel, thread),
            ).fetchone()
        return None if row is None else str(row[0])

    def takes_part(self, team: str, channel: str, thread: str) -> bool:
        place = (team, channel, thread)
        with self._connections.reading() as db:
            (found,) = db.execute(
                "SELECT EXISTS (SELECT 1 FROM slack_threads "
                "WHERE team = ? AND channel = ? AND thread = ?) OR "
                "EXISTS (SELECT 1 FROM slack_questions "
                "WHERE team = ? AND channel = ? AND thread = ? AND closed_at IS NULL)",
                (*place, *place),
            ).fetchone()
        return bool(found)

    def engage(self, team: str, channel: str, thread: str, conversation_id: str) -> None:
        with self._connections.writing() as db:
            db.execute(
                "INSERT INTO slack_threads (team, channel, thread, conversation_id, used_at) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (team, channel, thread) DO UPDATE SET "
                "conversation_id = excluded.conversation_id, used_at = excluded.used_at",
                (team, channel, thread, conversation_id, self._timestamp()),
            )

    def channel_config(self, team: str, channel: str) -> str | None:
        with self._connections.reading() as db:
            row = db.execute(
                "SELECT config FROM slack_channels WHERE team = ? AND channel = ?", (team, channel)
            ).fetchone()
        return None if row is None else str(row[0])

    def put_channel_config(self, team: str, channel: str, config: str | None, user: str) -> None:
        with self._connections.writing() as db:
            if config is None:
                db.execute(
                    "DELETE FROM slack_channels WHERE team = ? AND channel = ?", (team, channel)
                )
                return
            db.execute(
                "INSERT INTO slack_channels (team, channel, config, changed_by, changed_at) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT (team, channel) DO UPDATE SET "
                "config = excluded.config, changed_by = excluded.changed_by, "
                "changed_at = excluded.changed_at",
                (team, channel, storable(config), user, self._timestamp()),
            )

    def purge_older_than(self, days: int) -> int:
        limit = self._timestamp(-days * 86_400)
        with self._connections.writing() as db:
            db.execute("DELETE FROM slack_threads WHERE used_at < ?", (limit,))
            return db.execute("DELETE FROM slack_questions WHERE closed_at < ?", (limit,)).rowcount

    def _timestamp(self, later_s: float = 0) -> str:
        return timestamp(self._now() + timedelta(seconds=later_s))

    def _update(self, event_id: str, owner: str, changes: str, *values: str | None) -> bool:
        with self._connections.writing() as db:
            updated = db.execute(
                f"UPDATE slack_questions SET {changes} "
                "WHERE event_id = ? AND owner = ? AND closed_at IS NULL",
                (*values, event_id, owner),
            )
            return updated.rowcount == 1


def _question(db: sqlite3.Connection, event_id: str) -> SlackQuestion | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM slack_questions WHERE event_id = ?", (storable(event_id),)
    ).fetchone()
    if row is None:
        return None
    *asked, payload, state, attempts, posted_ts, answer_id, created_at = row
    event_id, team, channel, ts, thread, user, kind, text = asked
    return SlackQuestion(
        NewQuestion(
            event_id, team, channel, ts, thread, user, kind, text, payload=json.loads(payload)
        ),
        state,
        attempts,
        posted_ts,
        answer_id,
        created_at,
    )
