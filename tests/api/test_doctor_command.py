import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api.cli import run
from api.engine import Engine
from embeddings.hashing import HashingEncoder
from rag.doctor.doctor import Doctor, Tools
from rag.ingest.chunker import Chunker
from rag.ingest.embedding import chunker_version
from rag.ingest.parsers.registry import parser_for
from rag.settings import Settings
from rag.store.base import Generation
from rag.store.sqlite import DATABASE_NAME, SqliteStore
from rag.transfer import Transfer
from rag.wiring import _write_index, ingestor_over

ENCODER = HashingEncoder(64)


def engine_in(folder: Path) -> Engine:
    settings = Settings(data_dir=folder / ".quoth")
    database = settings.data_dir / DATABASE_NAME

    def migrate() -> None:
        SqliteStore.open(database, create=False).close()

    def open_ingestor() -> None:
        raise AssertionError

    tools = Tools(
        settings=settings,
        database=database,
        index_dir=settings.data_dir / "index",
        migrate=migrate,
        open_ingestor=open_ingestor,  # type: ignore[arg-type]
        refresh_index=lambda: _write_index(settings),
        wanted=lambda: Generation("hashing", ENCODER.fingerprint, 64, chunker_version(200)),
        load_encoder=lambda: ENCODER,
        make_chunker=lambda encoder: Chunker(encoder, 200),
        language_model=None,
    )
    transfer = Transfer(
        settings.data_dir,
        database,
        tools.index_dir,
        "1.0",
        migrate,
        tools.refresh_index,
    )
    return Engine(
        load_settings=lambda: settings,
        open_doctor=lambda settings, on_stage: Doctor(tools),
        open_transfer=lambda settings: transfer,
    )


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = engine_in(tmp_path)
    settings = engine.load_settings()
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("The bridge has five arches.\n", encoding="utf-8")
    with SqliteStore.open(settings.data_dir / DATABASE_NAME, create=True) as store:
        ingestor_over(store, settings, parser_for, encoder=ENCODER).sync([docs])
    return engine


def damage(engine: Engine) -> None:
    with closing(sqlite3.connect(engine.load_settings().data_dir / DATABASE_NAME)) as db, db:
        db.execute("UPDATE vectors SET vector = x'00'")


def test_a_healthy_index_is_said_to_be_line_by_line(
    engine: Engine, capsys: pytest.CaptureFixture[str]
):
    assert run(["doctor"], engine) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Nothing is wrong."
    assert "ok     texts: 1 chunk of 1 document say what the documents say at that place." in lines


def test_what_is_wrong_is_named_with_what_to_do_and_costs_the_exit_code(
    engine: Engine, capsys: pytest.CaptureFixture[str]
):
    damage(engine)
    assert run(["doctor"], engine) == 1
    out = capsys.readouterr().out
    assert "WRONG  vectors: Of 1: 1 chunk of another length than 64." in out
    assert "quoth doctor --repair" in out


def test_a_repair_says_what_it_did(engine: Engine, capsys: pytest.CaptureFixture[str]):
    damage(engine)
    (engine.load_settings().data_dir.parent / "docs" / "a.txt").unlink()
    assert run(["doctor", "--repair"], engine) == 1
    out = capsys.readouterr().out
    assert "mended  vectors: 0 documents read again from their files, 1 split again" in out
    assert "ok     vectors" in out
    assert "WRONG  files" in out


def test_programs_get_every_check_as_json(engine: Engine, capsys: pytest.CaptureFixture[str]):
    damage(engine)
    assert run(["doctor", "--json"], engine) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert report["repairs"] == []
    (wrong,) = [check for check in report["checks"] if check["name"] == "vectors"]
    assert wrong["repairable"] is True
    assert set(wrong) == {"name", "ok", "detail", "hint", "repairable"}


def test_an_index_is_exported_and_imported(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "index.quoth"
    assert run(["export", str(file), "--json"], engine) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["documents"], told["bytes"]) == (1, file.stat().st_size)
    other = engine_in(tmp_path / "other")
    assert run(["import", str(file)], other) == 0
    out = capsys.readouterr().out
    assert out.startswith("Imported 1 document.")
    assert str(tmp_path / "docs") in out
    assert run(["doctor"], other) == 0
    assert run(["import", str(file), "--json"], other) == 1


def test_an_import_that_is_refused_says_why(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "notes.txt"
    file.write_text("mine", encoding="utf-8")
    assert run(["import", str(file), "--json"], engine) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["type"] == "transfer-invalid"
    assert run(["export", str(file)], engine) == 1
    assert file.read_text(encoding="utf-8") == "mine"
