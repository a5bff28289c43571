"""The history of the database's schema: numbered steps, each applied once and never edited again.

`PRAGMA user_version` counts the steps that a file has been through. All missing steps are applied
in one transaction, so a file is of the old schema or of the new one, whenever the process is
killed. `rag.store.sqlite` and its neighbours say what the tables mean.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from rag.errors import StoreCorrupt, StoreTooNew
from rag.store.connections import APPLICATION_ID, translated

Migration = Callable[[sqlite3.Connection], None]


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Brings a database to the schema of this version; an empty file gets it whole.

    Raises:
        StoreTooNew: A newer Quoth has written it.
        StoreCorrupt: It is a database of something else, or damaged.
    """
    with translated(path):
        if _version(db) == len(MIGRATIONS) and _application_id(db) == APPLICATION_ID:
            return
        _refuse_foreign(db, path)
        if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise StoreCorrupt(
                f"{str(path)!r} cannot be opened in WAL mode.",
                hint="Keep the data folder on a local disk: set QUOTH_DATA_DIR.",
            )
        _apply_missing(db, path)


def _apply_missing(db: sqlite3.Connection, path: Path) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        # Read again inside the transaction: another process may have migrated meanwhile.
        version = _version(db)
        _refuse_newer(version, path)
        for migration in MIGRATIONS[version:]:
            migration(db)
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _application_id(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA application_id").fetchone()[0])


def _refuse_newer(version: int, path: Path) -> None:
    if version > len(MIGRATIONS):
        raise StoreTooNew(
            f"{str(path)!r} has schema {version}; this Quoth knows schemas up to "
            f"{len(MIGRATIONS)}.",
            hint="Use the newer Quoth that wrote it, or set QUOTH_DATA_DIR to another folder.",
        )


def _refuse_foreign(db: sqlite3.Connection, path: Path) -> None:
    is_empty = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if not is_empty and _application_id(db) != APPLICATION_ID:
        raise StoreCorrupt(
            f"{str(path)!r} is a database, but none of Quoth's.",
            hint="Set QUOTH_DATA_DIR to another folder.",
        )
    _refuse_newer(_version(db), path)


def m001_documents(db: sqlite3.Connection) -> None:
    """Roots, files, documents, generations, chunks with their vectors, and the revision."""
    for statement in (
        """CREATE TABLE generations (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            model TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            chunker TEXT NOT NULL,
            UNIQUE (fingerprint, dimension, chunker)
        )""",
        """CREATE TABLE state (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            revision INTEGER NOT NULL,
            generation_id INTEGER REFERENCES generations (id)
        )""",
        "INSERT INTO state (id, revision, generation_id) VALUES (1, 0, NULL)",
        """CREATE TABLE roots (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            path TEXT NOT NULL UNIQUE,
            collection TEXT NOT NULL DEFAULT 'default',
            is_file INTEGER NOT NULL DEFAULT 0
        )""",
        """CREATE TABLE documents (
            id TEXT PRIMARY KEY,
            collection TEXT NOT NULL DEFAULT 'default',
            title TEXT,
            media_type TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            date TEXT,
            metadata TEXT NOT NULL
        )""",
        """CREATE TABLE texts (
            document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
            structure TEXT NOT NULL,
            text TEXT NOT NULL
        )""",
        """CREATE TABLE files (
            root_id INTEGER NOT NULL REFERENCES roots (id) ON DELETE CASCADE,
            path TEXT NOT NULL,
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            sha256 TEXT,
            document_id TEXT REFERENCES documents (id),
            status TEXT NOT NULL CHECK (status IN ('indexed', 'failed', 'skipped')),
            reason TEXT,
            parser TEXT,
            PRIMARY KEY (root_id, path)
        ) WITHOUT ROWID""",
        "CREATE INDEX files_by_document ON files (document_id)",
        """CREATE TABLE chunked (
            document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            generation_id INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
            PRIMARY KEY (document_id, generation_id)
        ) WITHOUT ROWID""",
        """CREATE TABLE chunks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            generation_id INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            first_line INTEGER NOT NULL,
            last_line INTEGER NOT NULL,
            heading TEXT,
            first_page INTEGER,
            last_page INTEGER,
            tokens INTEGER NOT NULL,
            text TEXT NOT NULL,
            sentences BLOB NOT NULL,
            revision INTEGER NOT NULL
        )""",
        "CREATE INDEX chunks_by_document ON chunks (document_id, generation_id)",
        "CREATE INDEX chunks_by_revision ON chunks (generation_id, revision)",
        """CREATE TABLE vectors (
            chunk_id INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
            vector BLOB NOT NULL,
            sentence_vectors BLOB NOT NULL
        )""",
        """CREATE TABLE removed_chunks (
            chunk_id INTEGER PRIMARY KEY,
            generation_id INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
            revision INTEGER NOT NULL
        )""",
        "CREATE INDEX removed_by_revision ON removed_chunks (generation_id, revision)",
    ):
        db.execute(statement)


def m002_conversations(db: sqlite3.Connection) -> None:
    """Conversations with their turns, and the answers that were given."""
    for statement in (
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            collection TEXT NOT NULL DEFAULT 'default',
            title TEXT,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL
        )""",
        "CREATE INDEX conversations_by_update ON conversations (updated_at, id)",
        """CREATE TABLE answers (
            id TEXT PRIMARY KEY,
            conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
            created_at TEXT NOT NULL,
            question TEXT NOT NULL,
            answer TEXT NOT NULL
        )""",
        "CREATE INDEX answers_by_conversation ON answers (conversation_id, created_at)",
        """CREATE TABLE turns (
            conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
            text TEXT NOT NULL,
            answer_id TEXT REFERENCES answers (id) ON DELETE SET NULL,
            created_at TEXT NOT NULL,
            PRIMARY KEY (conversation_id, ordinal)
        ) WITHOUT ROWID""",
        "CREATE INDEX turns_by_answer ON turns (answer_id)",
    ):
        db.execute(statement)


def m003_service(db: sqlite3.Connection) -> None:
    """What a server keeps: the root for uploads, feedback, keys and whose a conversation is; and an
    order for listings.
    """
    for statement in (
        "ALTER TABLE roots ADD COLUMN managed INTEGER NOT NULL DEFAULT 0",
        "CREATE UNIQUE INDEX one_managed_root ON roots (managed) WHERE managed",
        "CREATE INDEX files_by_path ON files (path, document_id) WHERE document_id IS NOT NULL",
        "ALTER TABLE conversations ADD COLUMN owner TEXT",
        "CREATE INDEX conversations_by_owner ON conversations (owner, updated_at, id)",
        """CREATE TABLE feedback (
            answer_id TEXT PRIMARY KEY REFERENCES answers (id) ON DELETE CASCADE,
            rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
            comment TEXT,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL
        )""",
        "CREATE INDEX feedback_by_update ON feedback (updated_at, answer_id)",
        """CREATE TABLE keys (
            id TEXT PRIMARY KEY,
            secret_sha256 BLOB NOT NULL,
            name TEXT NOT NULL,
            scopes TEXT NOT NULL,
            per_minute INTEGER NOT NULL,
            created_at TEXT NOT NULL,
            last_used_at TEXT,
            revoked_at TEXT
        )""",
    ):
        db.execute(statement)


def m004_formats(db: sqlite3.Connection) -> None:
    """What more formats and finer synchronisation need."""
    for statement in (
        """CREATE TABLE places (
            document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            label TEXT NOT NULL,
            PRIMARY KEY (document_id, start)
        ) WITHOUT ROWID""",
        "ALTER TABLE texts ADD COLUMN parts INTEGER NOT NULL DEFAULT 0",
        """CREATE TABLE text_parts (
            id INTEGER PRIMARY KEY,
            document_id TEXT NOT NULL REFERENCES texts (document_id) ON DELETE CASCADE,
            start INTEGER NOT NULL,
            line INTEGER NOT NULL,
            text TEXT NOT NULL,
            UNIQUE (document_id, start)
        )""",
        "ALTER TABLE files ADD COLUMN container TEXT",
        "ALTER TABLE roots ADD COLUMN include TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE roots ADD COLUMN exclude TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE roots ADD COLUMN away INTEGER NOT NULL DEFAULT 0",
    ):
        db.execute(statement)


def m005_slack(db: sqlite3.Connection) -> None:
    """Questions from Slack that wait for their answer, how each channel is served, and whose a
    rating is: until then it came from whose the conversation is.
    """
    for statement in (
        """CREATE TABLE slack_questions (
            event_id TEXT PRIMARY KEY,
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            ts TEXT NOT NULL,
            thread TEXT NOT NULL,
            user TEXT NOT NULL,
            kind TEXT NOT NULL,
            text TEXT NOT NULL,
            payload TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'answering', 'posting', 'answered', 'failed')),
            attempts INTEGER NOT NULL DEFAULT 0,
            owner TEXT,
            lease_until TEXT,
            not_before TEXT NOT NULL,
            taken_at TEXT,
            posted_ts TEXT,
            answer_id TEXT,
            created_at TEXT NOT NULL,
            closed_at TEXT,
            UNIQUE (team, channel, ts)
        )""",
        """CREATE INDEX slack_open_questions ON slack_questions (team, channel, thread, ts)
            WHERE closed_at IS NULL""",
        "CREATE INDEX slack_questions_by_turn ON slack_questions (team, channel, taken_at)",
        "CREATE INDEX slack_questions_by_user ON slack_questions (team, user, created_at)",
        "CREATE INDEX slack_questions_by_end ON slack_questions (closed_at)",
        """CREATE TABLE slack_threads (
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            thread TEXT NOT NULL,
            conversation_id TEXT NOT NULL,
            used_at TEXT NOT NULL,
            PRIMARY KEY (team, channel, thread)
        ) WITHOUT ROWID""",
        """CREATE TABLE slack_channels (
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            config TEXT NOT NULL,
            changed_by TEXT NOT NULL,
            changed_at TEXT NOT NULL,
            PRIMARY KEY (team, channel)
        ) WITHOUT ROWID""",
        "ALTER TABLE feedback RENAME TO feedback_before",
        """CREATE TABLE feedback (
            answer_id TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
            rater TEXT NOT NULL DEFAULT '',
            rating TEXT NOT NULL CHECK (rating IN ('up', 'down')),
            comment TEXT,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            PRIMARY KEY (answer_id, rater)
        )""",
        """INSERT INTO feedback (answer_id, rater, rating, comment, created_at, updated_at)
            SELECT f.answer_id, coalesce(c.owner, ''), f.rating, f.comment, f.created_at,
                f.updated_at
            FROM feedback_before f LEFT JOIN answers a ON a.id = f.answer_id
                LEFT JOIN conversations c ON c.id = a.conversation_id""",
        "DROP TABLE feedback_before",
        "CREATE INDEX feedback_by_update ON feedback (updated_at, answer_id, rater)",
    ):
        db.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (
    m001_documents,
    m002_conversations,
    m003_service,
    m004_formats,
    m005_slack,
)
