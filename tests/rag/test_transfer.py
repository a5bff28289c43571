"""An index goes to another machine as one file, whole or not at all."""

import contextlib
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rag.answering.staleness import is_stale
from rag.errors import (
    IndexExists,
    IngestBusy,
    NothingIndexed,
    PathNotFound,
    QuothError,
    StoreBusy,
    StoreError,
    StoreTooNew,
    TransferInvalid,
    UnknownDocument,
)
from rag.index.base import SearchQuery
from rag.index.local import LocalIndex
from rag.ingest.locking import ingest_lock
from rag.keys import Keys
from rag.store import copying
from rag.store.migrations import MIGRATIONS
from rag.transfer import Transfer
from rag.transfer_files import finish_imports
from tests.answers import make_answer
from tests.rag.doctor.patient import Patient, make_patient, wrong


def transfer_of(patient: Patient) -> Transfer:
    def migrate() -> None:
        if not patient.database.exists():
            raise NothingIndexed("Nothing.")
        patient.open_store().close()

    return Transfer(
        patient.data_dir, patient.database, patient.index_dir, "1.0", migrate, patient.refresh_index
    )


@dataclass
class Machines:
    here: Patient
    there: Patient
    file: Path

    def export(self, **options: bool) -> None:
        transfer_of(self.here).export_to(self.file, **options)

    def bring_in(self, **options: bool) -> None:
        transfer_of(self.there).import_from(self.file, **options)


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return make_machines(tmp_path)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export, to be copied."""
    machines = make_machines(tmp_path_factory.mktemp("exported"))
    machines.export()
    return machines.file


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Patient:
    """An index that nothing changes."""
    return make_patient(tmp_path_factory.mktemp("standing"), {"old.txt": "Old words."})


def make_machines(tmp_path: Path) -> Machines:
    here = make_patient(tmp_path / "here")
    with here.open_store() as store:
        store.managed_root(str(here.data_dir / "uploads"))
        store.conversations().begin(make_answer())
        Keys(store.keys()).add("bot", ("ask",))
    (here.data_dir / "uploads").mkdir()
    (here.data_dir / "uploads" / "note.txt").write_text("An upload came in.", encoding="utf-8")
    with here.open_ingestor() as ingestor:
        ingestor.sync(None)
    here.refresh_index()
    (tmp_path / "there").mkdir()
    return Machines(here, Patient(tmp_path / "there"), tmp_path / "index.quoth")


def found(patient: Patient, question: str) -> str:
    """The nearest chunk's text."""
    with patient.open_store() as store:
        index = LocalIndex(patient.index_dir, store)
        query = SearchQuery(patient.encoder.encode_query(question), ((question, 1.0),))
        near = index.search(query, depth=3)
        best = int(near.ids[near.dense.argmax()])
        return store.chunks([best])[best][0].text


def test_an_imported_index_answers_without_its_folders_and_without_the_model(machines: Machines):
    before = machines.here.contents()
    machines.export()
    shutil.rmtree(machines.here.folder)
    machines.bring_in()
    assert machines.there.encoder.texts == []
    assert machines.there.contents() == before
    assert found(machines.there, "alpha sails") == "Alpha sails at dawn."
    assert (machines.there.data_dir / "uploads" / "note.txt").read_text() == "An upload came in."
    assert wrong(machines.there.doctor.examine(deep=True)) == {}


def test_what_came_from_another_machine_is_not_stale_and_uploads_are_looked_at(machines: Machines):
    machines.export()
    shutil.rmtree(machines.here.folder)
    machines.bring_in()
    with machines.there.open_store() as store:
        roots = {root.managed: root.away for root in store.roots()}
        assert roots == {False: True, True: False}
        entries = {each.document.uri: each.document.id for each in all_documents(store)}
        assert not is_stale(store.sources(entries["alpha.txt"]))
        assert not is_stale(store.sources(entries["note.txt"]))
        (machines.there.data_dir / "uploads" / "note.txt").unlink()
        assert is_stale(store.sources(entries["note.txt"]))


def all_documents(store):
    from rag.filters import FULL_ACCESS, NO_FILTERS

    return store.documents(NO_FILTERS, FULL_ACCESS)


def test_an_ingest_leaves_folders_of_another_machine_alone_until_they_are_named(
    machines: Machines,
):
    machines.export()
    shutil.move(machines.here.docs, machines.there.folder / "moved")
    machines.bring_in()
    before = machines.there.contents()
    with machines.there.open_ingestor() as ingestor:
        assert ingestor.sync(None).deleted == 0
        report = ingestor.sync([machines.there.folder / "moved"])
    assert (report.added, machines.there.encoder.texts) == (3, [])
    with machines.there.open_ingestor() as ingestor:
        ingestor.forget(machines.here.docs)
    assert machines.there.contents()["texts"] == before["texts"]


def test_a_folder_that_is_named_where_it_was_is_this_machines_again(machines: Machines):
    machines.export()
    machines.bring_in()
    machines.here.write("alpha.txt", "Alpha stays at home.")
    with machines.there.open_ingestor() as ingestor:
        report = ingestor.sync([machines.here.docs])
    assert (report.updated, report.unchanged) == (1, 2)
    with machines.there.open_store() as store:
        assert not any(root.away for root in store.roots())


def test_what_was_said_goes_along_only_when_asked_for_and_keys_never(machines: Machines):
    machines.export()
    raw = machines.file.read_bytes()
    assert make_answer().question.encode() not in raw
    machines.export(with_conversations=True)
    machines.bring_in()
    with machines.there.open_store() as store:
        assert len(store.conversations().list()) == 1
        assert store.keys().list() == ()


def test_every_table_is_known_to_stay_or_to_leave(tmp_path: Path):
    patient = make_patient(tmp_path)
    with contextlib.closing(sqlite3.connect(patient.database)) as db:
        known = {*copying.DOCUMENT_TABLES, *copying.CONVERSATION_TABLES, *copying.OWN_TABLES}
        assert set(copying.tables(db)) == known


def test_an_index_is_replaced_only_when_asked_to_and_what_was_said_here_stays(machines: Machines):
    machines.export()
    there = make_patient(machines.there.folder, {"old.txt": "Old words.", "more.txt": "More."})
    with there.open_store() as store:
        kept = store.conversations().begin(make_answer(id="ans_there"))
        Keys(store.keys()).add("mine", ("ask",))
    (there.data_dir / "uploads").mkdir()
    (there.data_dir / "uploads" / "gone.txt").write_text("Gone.", encoding="utf-8")
    before = there.contents()
    with pytest.raises(IndexExists):
        machines.bring_in()
    assert there.contents() == before
    machines.bring_in(replace=True)
    assert there.contents() == machines.here.contents()
    assert [path.name for path in (there.data_dir / "uploads").iterdir()] == ["note.txt"]
    with there.open_store() as store:
        assert [each.id for each in store.conversations().list()] == [kept.conversation_id]
        assert [key.name for key in store.keys().list()] == ["mine"]
    assert found(there, "alpha sails") == "Alpha sails at dawn."
    assert wrong(there.doctor.examine(deep=True)) == {}
    assert not list(there.data_dir.glob(".import-*"))


def test_an_index_that_another_process_has_open_is_not_replaced(machines: Machines):
    machines.export()
    there = make_patient(machines.there.folder, {"old.txt": "Old words."})
    before = there.contents()
    holder = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); "
        "db.execute('SELECT count(*) FROM state').fetchone(); print('open', flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(there.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(StoreBusy, match="open"):
            machines.bring_in(replace=True)
        process.communicate()
    with ingest_lock(there.data_dir), pytest.raises(IngestBusy):
        machines.bring_in(replace=True)
    assert there.contents() == before


def rewritten(file: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Changes the parts of an export, and leaves the manifest's checksums to the change."""
    with tarfile.open(file) as archive:
        parts = {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]
    change(parts)
    with tarfile.open(file, "w") as archive:
        for name, data in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def with_manifest(change: Callable[[dict], object]) -> Callable[[dict[str, bytes]], object]:
    def changed(parts: dict[str, bytes]) -> None:
        manifest = json.loads(parts["manifest.json"])
        change(manifest)
        parts["manifest.json"] = json.dumps(manifest).encode()

    return changed


def flip(parts: dict[str, bytes]) -> None:
    data = bytearray(parts["index.sqlite3"])
    data[len(data) // 2] ^= 1
    parts["index.sqlite3"] = bytes(data)


def rename_upload(name: str) -> Callable[[dict[str, bytes]], object]:
    def renamed(parts: dict[str, bytes]) -> None:
        parts[name] = parts.pop("uploads/note.txt")
        with_manifest(lambda manifest: manifest["parts"][1].update(name=name))(parts)

    return renamed


def with_database(change: Callable[[sqlite3.Connection], object]):
    """Another database, with the checksum that fits it."""

    def changed(parts: dict[str, bytes]) -> None:
        import hashlib
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.sqlite3"
            path.write_bytes(parts["index.sqlite3"])
            with contextlib.closing(sqlite3.connect(path)) as db:
                change(db)
                db.commit()
            parts["index.sqlite3"] = data = path.read_bytes()
        with_manifest(
            lambda manifest: manifest["parts"][0].update(
                size=len(data), sha256=hashlib.sha256(data).hexdigest()
            )
        )(parts)

    return changed


BROKEN: dict[str, tuple[type[QuothError], Callable[[dict[str, bytes]], object]]] = {
    "a byte": (TransferInvalid, flip),
    "a part that is missing": (
        TransferInvalid,
        lambda parts: parts.pop("uploads/note.txt"),
    ),
    "a part too many": (TransferInvalid, lambda parts: parts.update({"more": b""})),
    "a part twice": (
        TransferInvalid,
        with_manifest(lambda manifest: manifest["parts"].append(manifest["parts"][1])),
    ),
    "no manifest": (TransferInvalid, lambda parts: parts.pop("manifest.json")),
    "a manifest that is none": (
        TransferInvalid,
        lambda parts: parts.update({"manifest.json": b"[]"}),
    ),
    "a path that leads out": (TransferInvalid, rename_upload("uploads/../../evil.txt")),
    "an absolute path": (TransferInvalid, rename_upload("/tmp/evil.txt")),
    "a path outside of the uploads": (TransferInvalid, rename_upload("evil.txt")),
    "a hidden file": (TransferInvalid, rename_upload("uploads/.evil")),
    "a newer format": (StoreTooNew, with_manifest(lambda manifest: manifest.update(format=2))),
    "a newer schema": (
        StoreTooNew,
        with_manifest(lambda manifest: manifest.update(schema=len(MIGRATIONS) + 1)),
    ),
    "a newer schema that the manifest denies": (
        StoreTooNew,
        with_database(lambda db: db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")),
    ),
    "a trigger": (
        StoreError,
        with_database(
            lambda db: db.execute(
                "CREATE TRIGGER t AFTER UPDATE ON roots BEGIN DELETE FROM roots; END"
            )
        ),
    ),
    "a table of its own": (
        StoreError,
        with_database(lambda db: db.execute("CREATE TABLE songs (title TEXT)")),
    ),
    "another program's database": (
        StoreError,
        with_database(lambda db: db.execute("PRAGMA application_id = 1")),
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_not_as_it_was_written_is_refused_and_nothing_is_changed(
    exported: Path, standing: Patient, kind: str, tmp_path: Path
):
    error, change = BROKEN[kind]
    file = shutil.copy(exported, tmp_path / "index.quoth")
    rewritten(file, change)
    before = standing.contents()
    with pytest.raises(error):
        transfer_of(standing).import_from(file, replace=True)
    assert standing.contents() == before
    assert not list(standing.data_dir.glob(".import-*"))
    assert not list(standing.folder.parent.rglob("*evil*"))
    assert not Path("/tmp/evil.txt").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.9])
def test_a_file_that_is_cut_off_is_refused(exported: Path, tmp_path: Path, share: float):
    data = exported.read_bytes()
    file = tmp_path / "index.quoth"
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(TransferInvalid):
        transfer_of(Patient(tmp_path)).import_from(file)
    assert not (tmp_path / "data" / "quoth.sqlite3").exists()
    assert not list(tmp_path.rglob(".import-*"))


@pytest.mark.parametrize("content", [b"", b"words", b"PK\x03\x04" + bytes(600)])
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "index.quoth"
    file.write_bytes(content)
    with pytest.raises(TransferInvalid):
        transfer_of(Patient(tmp_path)).import_from(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(PathNotFound, match=r"index\.quoth"):
        transfer_of(Patient(tmp_path)).import_from(tmp_path / "index.quoth")


def test_an_export_takes_the_place_of_an_earlier_one_and_of_nothing_else(machines: Machines):
    machines.export()
    machines.export()
    machines.file.write_text("my notes", encoding="utf-8")
    with pytest.raises(TransferInvalid, match="no export"):
        machines.export()
    assert machines.file.read_text(encoding="utf-8") == "my notes"
    assert [path.name for path in machines.file.parent.glob(".*")] == []


def test_an_export_without_an_index_leaves_nothing(tmp_path: Path):
    with pytest.raises(NothingIndexed):
        transfer_of(Patient(tmp_path)).export_to(tmp_path / "a.quoth")
    assert list(tmp_path.iterdir()) == []


def test_an_export_has_nothing_of_what_was_removed(machines: Machines):
    secret = "Omega has a secret that was removed."
    machines.here.write("omega.txt", secret)
    machines.here.ingest()
    (machines.here.docs / "omega.txt").unlink()
    machines.here.ingest()
    machines.export()
    assert secret.encode() not in machines.file.read_bytes()
    machines.bring_in()
    with machines.there.open_store() as store, pytest.raises(UnknownDocument):
        store.document("omega")


def test_an_import_that_was_killed_before_the_change_leaves_what_was_there(machines: Machines):
    machines.export()
    there = make_patient(machines.there.folder, {"old.txt": "Old words."})
    before = there.contents()
    kill_during_import(machines, at="put_in_place")
    assert there.contents() == before
    assert set(wrong(there.doctor.examine())) == {"leftovers"}
    assert wrong(there.doctor.repair()) == {}
    assert there.contents() == before


def test_an_import_that_was_killed_after_the_change_is_brought_to_an_end(machines: Machines):
    machines.export()
    there = make_patient(machines.there.folder, {"old.txt": "Old words."})
    kill_during_import(machines, at="_move_uploads")
    assert finish_imports(there.data_dir) == 1
    assert there.contents() == machines.here.contents()
    assert wrong(there.doctor.examine()) == {}


def kill_during_import(machines: Machines, at: str) -> None:
    """An import by a process that dies when it comes to a function of `rag.transfer_files`."""
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "import rag.transfer_files as files\n"
        "from tests.rag.doctor.patient import Patient\n"
        "from tests.rag.test_transfer import transfer_of\n"
        "setattr(files, sys.argv[3], lambda *_: os.kill(os.getpid(), signal.SIGKILL))\n"
        "transfer_of(Patient(Path(sys.argv[1]))).import_from(Path(sys.argv[2]), replace=True)\n"
    )
    arguments = [str(machines.there.folder), str(machines.file), at]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        check=False,
        cwd=Path(__file__).parents[2],
        capture_output=True,
    )
    assert done.returncode < 0, done.stderr.decode()
