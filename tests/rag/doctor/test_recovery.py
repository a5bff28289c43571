"""A damaged database is replaced by one with everything that can be read; the rest comes from the
files.
"""

import contextlib
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import StoreCorrupt
from rag.store.connections import connect
from tests.answers import make_answer
from tests.rag.doctor.patient import Patient, make_patient, wrong

PAGE = 4096
MANY = {
    f"{number}.txt": "\n".join(f"Line {line} of {number} is long enough." for line in range(40))
    for number in range(30)
}


@pytest.fixture
def large(tmp_path: Path) -> Patient:
    """Enough pages that one of them is not all."""
    patient = make_patient(tmp_path, MANY)
    with patient.open_store() as store:
        store.conversations().begin(make_answer())
    with contextlib.closing(sqlite3.connect(patient.database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return patient


def pages_of(patient: Patient, table: str) -> list[int]:
    """The numbers of a table's pages without its root, from 1."""
    with contextlib.closing(sqlite3.connect(patient.database)) as db:
        try:
            rows = db.execute(
                "SELECT pageno FROM dbstat WHERE name = ? AND path <> '/'", (table,)
            ).fetchall()
        except sqlite3.OperationalError:
            pytest.skip("this SQLite cannot tell whose a page is")
    return [row[0] for row in rows]


def overwrite(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(random.Random(page).randbytes(PAGE))


@pytest.mark.parametrize("table", ["texts", "chunks", "vectors", "documents", "files", "chunked"])
def test_a_table_with_a_damaged_page_is_saved_and_filled_up_from_the_files(
    large: Patient, table: str
):
    before = large.contents()
    pages = pages_of(large, table)
    if not pages:
        pytest.skip("it has one page")
    for page in pages[: max(1, len(pages) // 5)]:
        overwrite(large.database, page)
    damaged = large.database.read_bytes()
    found = wrong(large.doctor.examine())
    assert set(found) == {"database"}
    assert found["database"].repairable
    report = large.doctor.repair()
    assert wrong(report) == {}
    assert large.contents() == before
    with large.open_store() as store:
        assert len(store.conversations().list()) == 1
    (aside,) = large.data_dir.glob("*.damaged-*[0-9]")
    assert aside.read_bytes() == damaged


def test_a_text_that_lost_a_part_is_read_from_its_file_again(large: Patient):
    before = large.contents()
    large.execute("UPDATE texts SET parts = 1 WHERE document_id IN (SELECT min(id) FROM documents)")
    with contextlib.closing(sqlite3.connect(large.database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    overwrite(large.database, pages_of(large, "chunks")[0])
    assert wrong(large.doctor.repair()) == {}
    assert large.contents() == before
    with contextlib.closing(sqlite3.connect(large.database)) as db:
        assert db.execute("SELECT max(parts) FROM texts").fetchone() == (0,)


def test_chunks_that_come_after_a_recovery_have_ids_of_their_own(large: Patient):
    with large.open_store() as store:
        used = int(store.chunk_ids().max())
        revision = store.revision()
    overwrite(large.database, pages_of(large, "texts")[0])
    large.doctor.repair()
    large.write("new.txt", "A new line.")
    large.ingest()
    with large.open_store() as store:
        assert store.revision() > revision
        (row,) = [row for row in store.rows_after(0) if row.text == "A new line."]
        assert row.chunk_id > used


@pytest.mark.parametrize(
    "content", [b"no database at all " * 1000, b"SQLite format 3\0" + bytes(99)]
)
def test_a_file_that_is_no_database_makes_room_for_an_empty_one(patient: Patient, content: bytes):
    patient.database.write_bytes(content)
    for log in patient.data_dir.glob("*-wal"):
        log.unlink()
    found = wrong(patient.doctor.examine())
    assert found["database"].repairable
    report = patient.doctor.repair()
    assert report.checks[0].ok
    patient.ingest()
    assert wrong(patient.doctor.examine()) == {}


def test_a_database_of_another_program_is_left_alone(patient: Patient):
    for path in patient.data_dir.glob("quoth.sqlite3*"):
        path.unlink()
    with contextlib.closing(sqlite3.connect(patient.database)) as db:
        db.execute("CREATE TABLE songs (title TEXT)")
        db.commit()
    before = patient.database.read_bytes()
    report = patient.doctor.repair()
    assert [check.name for check in report.checks] == ["database"]
    assert "none of Quoth's" in report.checks[0].detail
    assert report.repairs == ()
    assert patient.database.read_bytes() == before


def test_a_damaged_database_that_a_server_has_open_is_left_to_it(large: Patient):
    holder = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); "
        "db.execute('SELECT count(*) FROM state').fetchone(); print('open', flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(large.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        overwrite(large.database, pages_of(large, "texts")[0])
        before = large.database.read_bytes()
        report = large.doctor.repair()
        process.communicate()
    (repair,) = report.repairs
    assert not repair.done
    assert "Stop it" in repair.detail
    assert large.database.read_bytes() == before
    assert wrong(large.doctor.repair()) == {}


def test_a_file_that_is_no_database_is_reported_as_damaged(tmp_path: Path):
    path = tmp_path / "a.sqlite3"
    path.write_bytes(b"words" * 1000)
    with pytest.raises(StoreCorrupt):
        connect(path, create=False)
