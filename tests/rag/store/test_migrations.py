import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import NothingIndexed, StoreCorrupt, StoreTooNew
from rag.filters import FULL_ACCESS, Filters
from rag.store.connections import APPLICATION_ID
from rag.store.migrations import MIGRATIONS
from rag.store.sqlite import SqliteStore


def build_schema_1(path: Path) -> None:
    """A database as schema 1 left it, with one document in one file."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    MIGRATIONS[0](db)
    db.executescript(f"""
        PRAGMA user_version = 1;
        PRAGMA application_id = {APPLICATION_ID};
        INSERT INTO generations VALUES (1, 'model', 'print', 2, 'chunker');
        UPDATE state SET revision = 7, generation_id = 1;
        INSERT INTO roots VALUES (1, '/docs', 'default', 0);
        INSERT INTO documents VALUES ('doc_a', 'default', NULL, 'text/plain', 'sha', '2025-06-16',
            '{{"encoding":"utf-8"}}');
        INSERT INTO texts VALUES ('doc_a',
            '{{"headings":[[0,2,1,"He"]],"furniture":[[3,4]],"page_starts":[0],"warnings":["w"]}}',
            'Hello');
        INSERT INTO files VALUES
            (1, 'a.txt', 5, 9, 'sha', 'doc_a', 'indexed', NULL, 'text/plain;1');
        INSERT INTO chunked VALUES ('doc_a', 1);
        INSERT INTO chunks VALUES (3, 'doc_a', 1, 0, 0, 5, 1, 1, 'He', NULL, NULL, 1, 'Hello',
            x'0000000005000000', 7);
        INSERT INTO vectors VALUES (3, x'0000803f00000000', x'7f80');
        INSERT INTO removed_chunks VALUES (2, 1, 6);
    """)
    db.close()


def build_schema_2(path: Path) -> None:
    """The same as schema 2 left it, with one conversation."""
    build_schema_1(path)
    db = sqlite3.connect(path)
    MIGRATIONS[1](db)
    db.executescript("""
        PRAGMA user_version = 2;
        INSERT INTO conversations VALUES ('conv_a', 'default', 'What?',
            '2025-06-16T08:00:00.000000Z', '2025-06-16T08:01:00.000000Z');
        INSERT INTO answers VALUES ('ans_a', 'conv_a', '2025-06-16T08:01:00.000000Z', 'What?',
            '{"id":"ans_a","question":"What?","text":"Hello [1]","status":"answered",
              "method":"extractive","confidence":0.9,"sentences":[],"citations":[],"hits":[],
              "short_answer":null,"conversation_id":"conv_a","history_terms":[],"usage":{},
              "timings_ms":{}}');
        INSERT INTO turns VALUES
            ('conv_a', 0, 'user', 'What?', NULL, '2025-06-16T08:01:00.000000Z'),
            ('conv_a', 1, 'assistant', 'Hello [1]', 'ans_a', '2025-06-16T08:01:00.000000Z');
    """)
    db.close()


def build_schema_3(path: Path) -> None:
    """The same as schema 3 left it, with an upload, feedback, and a key with its conversation."""
    build_schema_2(path)
    db = sqlite3.connect(path)
    MIGRATIONS[2](db)
    db.executescript("""
        PRAGMA user_version = 3;
        INSERT INTO roots VALUES (2, '/quoth/uploads', 'default', 0, 1);
        INSERT INTO files VALUES
            (2, 'copy.txt', 5, 9, 'sha', 'doc_a', 'indexed', NULL, 'text/plain;1');
        INSERT INTO feedback VALUES ('ans_a', 'up', 'Right.',
            '2025-06-16T08:02:00.000000Z', '2025-06-16T08:03:00.000000Z');
        INSERT INTO keys VALUES ('0123456789ab', x'00ff', 'slack', 'ask ingest', 60,
            '2025-06-16T08:00:00.000000Z', NULL, NULL);
        INSERT INTO conversations VALUES ('conv_b', 'default', 'Whose?',
            '2025-06-16T08:00:00.000000Z', '2025-06-16T08:02:00.000000Z', '0123456789ab');
    """)
    db.close()


def build_schema_4(path: Path) -> None:
    """The same as schema 4 left it, with a place, a file in an archive, and a folder from another
    machine that takes some files only.
    """
    build_schema_3(path)
    db = sqlite3.connect(path)
    MIGRATIONS[3](db)
    db.executescript("""
        PRAGMA user_version = 4;
        INSERT INTO places VALUES ('doc_a', 0, 5, 'slide 1');
        INSERT INTO roots (id, path, away, include, exclude)
            VALUES (3, '/elsewhere', 1, '["*.zip"]', '["old"]');
        INSERT INTO files VALUES
            (3, 'a.zip', 50, 9, 'zip', NULL, 'indexed', NULL, 'application/zip;1', NULL),
            (3, 'a.zip/b.txt', 5, 0, 'sha', 'doc_a', 'indexed', NULL, 'text/plain;1', 'a.zip');
    """)
    db.close()


def build_schema_5(path: Path) -> None:
    """The same as schema 5 left it, with a question that waits, its thread and its channel, and
    what a second person thought of an answer.
    """
    build_schema_4(path)
    db = sqlite3.connect(path)
    MIGRATIONS[4](db)
    db.executescript("""
        PRAGMA user_version = 5;
        INSERT INTO slack_questions
            (event_id, team, channel, ts, thread, user, kind, text, payload, not_before, created_at)
            VALUES ('Ev1', 'T1', 'C1', '1.0', '1.0', 'U1', 'mention', 'What?', '{}',
                '2025-06-16T08:00:00.000000Z', '2025-06-16T08:00:00.000000Z');
        INSERT INTO slack_threads
            VALUES ('T1', 'C1', '1.0', 'conv_a', '2025-06-16T08:00:00.000000Z');
        INSERT INTO slack_channels VALUES ('T1', 'C1', '{}', 'U1', '2025-06-16T08:00:00.000000Z');
        INSERT INTO feedback VALUES ('ans_a', 'slack:T1:U1', 'down', 'Old.',
            '2025-06-16T08:04:00.000000Z', '2025-06-16T08:04:00.000000Z');
    """)
    db.close()


BUILDERS: dict[int, Callable[[Path], None]] = {
    1: build_schema_1,
    2: build_schema_2,
    3: build_schema_3,
    4: build_schema_4,
    5: build_schema_5,
}
"""For every released schema a database as it was then. A builder is never edited again."""


SCHEMA_DIGESTS: dict[int, str] = {
    1: "0aff0c6bd4f6a7e0",
    2: "11e79e7157281ee8",
    3: "c96cb7ab46ba01d5",
    4: "30ef951c0a0cbf7c",
    5: "a780b73c5f5dfbe1",
}
"""The start of sha256 over each schema's SQL: a step that was released is never edited."""


@pytest.mark.parametrize("schema", SCHEMA_DIGESTS)
def test_the_steps_to_a_released_schema_are_as_they_were(schema: int):
    db = sqlite3.connect(":memory:")
    for migration in MIGRATIONS[:schema]:
        migration(db)
    statements = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    found = hashlib.sha256("\n".join(sql for (sql,) in statements).encode()).hexdigest()
    db.close()
    assert found.startswith(SCHEMA_DIGESTS[schema])


def test_every_released_schema_has_a_builder():
    assert sorted(BUILDERS) == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("schema", BUILDERS)
def test_a_database_of_every_schema_opens_with_all_that_was_in_it(tmp_path: Path, schema: int):
    path = tmp_path / "old.sqlite3"
    BUILDERS[schema](path)
    with SqliteStore.open(path, create=False) as store:
        generation = store.generation()
        assert generation is not None
        assert generation.fingerprint == "print"
        assert store.revision() == 7
        chunk, document = store.chunks([3])[3]
        assert (chunk.text, chunk.sentences, chunk.heading) == ("Hello", ((0, 5),), "He")
        assert (document.path, document.metadata) == ("/docs/a.txt", {"encoding": "utf-8"})
        assert next(store.rows_after(6)).vector.tolist() == [1.0, 0.0]
        assert store.sentence_vectors([3])[3].tolist() == [[127, -128]]
        assert store.removed_after(5).tolist() == [2]
        ids = store.matching_chunk_ids(Filters(filename=("*.txt",)), FULL_ACCESS)
        assert ids is not None and ids.tolist() == [3]


def test_the_conversations_of_schema_2_are_kept(tmp_path: Path):
    path = tmp_path / "old.sqlite3"
    build_schema_2(path)
    with SqliteStore.open(path, create=False) as store:
        conversations = store.conversations()
        assert [each.title for each in conversations.list()] == ["What?"]
        turns = conversations.turns("conv_a")
        assert [(turn.role, turn.answer_id) for turn in turns] == [
            ("user", None),
            ("assistant", "ans_a"),
        ]
        assert conversations.answer("ans_a").text == "Hello [1]"


def test_uploads_feedback_and_keys_of_schema_3_are_kept(tmp_path: Path):
    path = tmp_path / "old.sqlite3"
    build_schema_3(path)
    with SqliteStore.open(path, create=False) as store:
        assert [(root.path, root.managed) for root in store.roots()] == [
            ("/docs", False),
            ("/quoth/uploads", True),
        ]
        ((feedback, answer),) = store.feedback().list()
        assert (feedback.rating, feedback.comment, answer.id) == ("up", "Right.", "ans_a")
        found = store.keys().find("0123456789ab")
        assert found is not None
        key, secret = found
        assert (key.name, key.scopes, key.per_minute) == ("slack", ("ask", "ingest"), 60)
        assert secret == b"\x00\xff"
        owners = {each.id: each.owner for each in store.conversations().list()}
        assert owners == {"conv_b": key.id, "conv_a": None}


def test_places_archives_patterns_and_folders_of_another_machine_are_kept(tmp_path: Path):
    path = tmp_path / "old.sqlite3"
    build_schema_4(path)
    with SqliteStore.open(path, create=False) as store:
        assert [place.label for place in store.places("doc_a", 0, 5)] == ["slide 1"]
        root = next(root for root in store.roots() if root.path == "/elsewhere")
        assert (root.away, root.include, root.exclude) == (True, ("*.zip",), ("old",))
        member = store.files(root.id)["a.zip/b.txt"]
        assert (member.container, member.document_id) == ("a.zip", "doc_a")
        assert "a.zip" in {record.path for _, record in store.sources("doc_a")}


def test_what_several_people_thought_of_an_answer_is_kept(tmp_path: Path):
    path = tmp_path / "old.sqlite3"
    build_schema_5(path)
    with SqliteStore.open(path, create=False) as store:
        kept = [(each.rater, each.rating, each.comment) for each, _ in store.feedback().list()]
    assert kept == [("slack:T1:U1", "down", "Old."), ("", "up", "Right.")]


def test_feedback_of_schema_3_becomes_that_of_whose_the_conversation_is(tmp_path: Path):
    path = tmp_path / "old.sqlite3"
    build_schema_3(path)
    db = sqlite3.connect(path)
    db.execute("UPDATE conversations SET owner = '0123456789ab' WHERE id = 'conv_a'")
    db.commit()
    db.close()
    with SqliteStore.open(path, create=False) as store:
        mine = store.feedback().of_conversation("conv_a", rater="0123456789ab")
        assert mine["ans_a"].comment == "Right."
        assert store.feedback().of_conversation("conv_a") == {}


def test_what_waits_for_slack_is_kept(tmp_path: Path):
    path = tmp_path / "old.sqlite3"
    build_schema_5(path)
    SqliteStore.open(path, create=False).close()
    db = sqlite3.connect(path)
    assert db.execute("SELECT event_id, state FROM slack_questions").fetchall() == [
        ("Ev1", "queued")
    ]
    assert db.execute("SELECT count(*) FROM slack_threads").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM slack_channels").fetchone() == (1,)
    db.close()


def test_a_new_database_has_the_newest_schema(tmp_path: Path):
    path = tmp_path / "new.sqlite3"
    SqliteStore.open(path, create=True).close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_a_database_of_a_newer_quoth_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "newer.sqlite3"
    build_schema_1(path)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match=f"schema {len(MIGRATIONS) + 1}"):
        SqliteStore.open(path, create=True)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused(tmp_path: Path):
    path = tmp_path / "other.sqlite3"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE songs (title TEXT)")
    db.close()
    with pytest.raises(StoreCorrupt, match="none of Quoth's"):
        SqliteStore.open(path, create=True)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    path = tmp_path / "text.sqlite3"
    path.write_text("this is no database at all " * 100, encoding="utf-8")
    with pytest.raises(StoreCorrupt) as caught:
        SqliteStore.open(path, create=False)
    assert "quoth doctor --repair" in caught.value.hint


def test_a_database_cut_in_half_is_refused_when_it_is_read(tmp_path: Path):
    path = tmp_path / "half.sqlite3"
    build_schema_1(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + b"\xff" * (len(data) // 2))
    with pytest.raises(StoreCorrupt), SqliteStore.open(path, create=False) as store:
        list(store.rows_after(0))
        store.chunks([3])


def test_a_file_left_empty_by_a_killed_process_is_filled(tmp_path: Path):
    path = tmp_path / "empty.sqlite3"
    path.touch()
    with SqliteStore.open(path, create=False) as store:
        assert store.generation() is None


def test_reading_where_nothing_was_ingested_makes_no_folder(tmp_path: Path):
    with pytest.raises(NothingIndexed):
        SqliteStore.open(tmp_path / "data" / "new.sqlite3", create=False)
    assert not (tmp_path / "data").exists()


def test_a_step_that_fails_leaves_the_old_schema(tmp_path: Path):
    path = tmp_path / "old.sqlite3"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE chunks (id INTEGER)")  # stands in the way of the first step
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.close()
    with pytest.raises(Exception, match="chunks"):
        SqliteStore.open(path, create=True)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (0,)
    assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("chunks",)]
    db.close()
