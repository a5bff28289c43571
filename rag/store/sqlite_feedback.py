"""Feedback in the SQLite file of the answers: `rag.store.feedback_base`.

One table: feedback(answer_id, rater → rating, comment, created_at, updated_at). It goes with its
answer, and so with its conversation.
"""

from rag.store.clock import Clock, timestamp, utc_now
from rag.store.codecs import decode_answer, storable, unknown_answer
from rag.store.connections import Connections
from rag.store.feedback_base import Feedback, Rating
from rag.types import Answer

_COLUMNS = "f.answer_id, f.rating, f.comment, f.created_at, f.updated_at, f.rater"


class SqliteFeedback:
    """`FeedbackStore` over connections that someone else closes."""

    def __init__(self, connections: Connections, now: Clock = utc_now) -> None:
        self._connections = connections
        self._now = now

    def put(
        self, answer_id: str, rating: Rating, comment: str | None = None, *, rater: str = ""
    ) -> Feedback:
        now, wanted = timestamp(self._now()), storable(answer_id)
        kept, whose = None if comment is None else storable(comment), storable(rater)
        with self._connections.writing() as db:
            if not db.execute("SELECT 1 FROM answers WHERE id = ?", (wanted,)).fetchone():
                raise unknown_answer(answer_id)
            db.execute(
                "INSERT INTO feedback (answer_id, rater, rating, comment, created_at, updated_at) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (answer_id, rater) DO UPDATE SET "
                "rating = excluded.rating, comment = excluded.comment, "
                "updated_at = excluded.updated_at",
                (wanted, whose, rating, kept, now, now),
            )
            row = db.execute(
                f"SELECT {_COLUMNS} FROM feedback f WHERE f.answer_id = ? AND f.rater = ?",
                (wanted, whose),
            ).fetchone()
        return Feedback(*row)

    def of_conversation(self, conversation_id: str, *, rater: str = "") -> dict[str, Feedback]:
        with self._connections.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM answers a JOIN feedback f ON f.answer_id = a.id "
                "WHERE a.conversation_id = ? AND f.rater = ? ORDER BY a.created_at, a.id",
                (storable(conversation_id), storable(rater)),
            ).fetchall()
        return {row[0]: Feedback(*row) for row in rows}

    def list(
        self, *, limit: int = 100, after: str | None = None
    ) -> tuple[tuple[Feedback, Answer], ...]:
        condition, parameters = "1", tuple[str, ...]()
        if after is not None:
            condition = "(f.updated_at, f.answer_id, f.rater) < (?, ?, ?)"
            parameters = self._place(after)
        with self._connections.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS}, a.answer FROM feedback f "
                f"CROSS JOIN answers a ON a.id = f.answer_id WHERE {condition} "
                "ORDER BY f.updated_at DESC, f.answer_id DESC, f.rater DESC LIMIT ?",
                (*parameters, max(limit, 0)),
            ).fetchall()
        return tuple((Feedback(*row[:-1]), decode_answer(row[-1], row[0])) for row in rows)

    def delete(self, answer_id: str, *, rater: str = "") -> None:
        with self._connections.writing() as db:
            db.execute(
                "DELETE FROM feedback WHERE answer_id = ? AND rater = ?",
                (storable(answer_id), storable(rater)),
            )

    def _place(self, cursor: str) -> tuple[str, ...]:
        """Where in the order of a listing the feedback with a cursor stands."""
        answer_id, _, rater = cursor.partition("/")
        with self._connections.reading() as db:
            row = db.execute(
                "SELECT updated_at, answer_id, rater FROM feedback "
                "WHERE answer_id = ? AND rater = ?",
                (storable(answer_id), storable(rater)),
            ).fetchone()
        if row is None:
            raise unknown_answer(answer_id)
        return tuple(map(str, row))
