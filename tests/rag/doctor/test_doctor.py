"""Every kind of damage is found, named, and mended to what a fresh ingest gives."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embeddings.faiss_index import FlatVectorIndex
from rag.doctor.registry import EXAMINATIONS
from rag.errors import IngestBusy, NothingIndexed, ReaderRejected
from rag.ingest.locking import ingest_lock
from rag.store.base import Generation
from tests.answers import make_answer
from tests.rag.doctor.patient import Patient, make_patient, wrong
from tests.rag.ingest.small_ingest import SmallIngest, generation_of

FIRST_CHUNK = "(SELECT id FROM chunks WHERE text LIKE 'Alpha%')"
OF_ALPHA = "(SELECT document_id FROM files WHERE path = 'alpha.txt')"


def index_folder(patient: Patient) -> Path:
    return patient.index_dir / "g1"


def drop_vector_from_index(patient: Patient) -> None:
    file = index_folder(patient) / "vectors.faiss"
    index, revision = FlatVectorIndex.load(
        file, dimension=64, fingerprint=patient.encoder.fingerprint
    )
    index.remove(np.array([2], np.int64))
    index.save(file, revision=revision, fingerprint=patient.encoder.fingerprint)


def swap_vectors_in_index(patient: Patient) -> None:
    file = index_folder(patient) / "vectors.faiss"
    index, revision = FlatVectorIndex.load(
        file, dimension=64, fingerprint=patient.encoder.fingerprint
    )
    ids = np.array([1, 2], np.int64)
    vectors = index.get(ids)
    index.remove(ids)
    index.add(ids[::-1].copy(), vectors)
    index.save(file, revision=revision, fingerprint=patient.encoder.fingerprint)


def flip_byte_of_vectors(patient: Patient) -> None:
    file = index_folder(patient) / "vectors.faiss"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def cut_off_words(patient: Patient) -> None:
    (newest,) = index_folder(patient).glob("r*")
    largest = max(newest.iterdir(), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-10])


def take_words_of_another_index(patient: Patient) -> None:
    """Words that are whole and claim to show this store's revision, and are of other documents."""
    other = make_patient(patient.folder / "other", {"delta.txt": "Delta came later."})
    (here,), (there,) = index_folder(patient).glob("r*"), index_folder(other).glob("r*")
    assert here.name == there.name
    shutil.rmtree(here)
    shutil.copytree(there, here)


def sql(*statements: str) -> Callable[[Patient], None]:
    def damage(patient: Patient) -> None:
        for statement in statements:
            patient.execute(statement)

    return damage


def with_first_number(little_endian: str) -> str:
    return f"CAST(x'{little_endian}' || substr(vector, 5) AS BLOB)"


DAMAGE: dict[str, tuple[str, Callable[[Patient], None]]] = {
    "a chunk that says something else": (
        "texts",
        sql(f"UPDATE chunks SET text = 'Alpha sails at noon.' WHERE id = {FIRST_CHUNK}"),
    ),
    "a chunk at another place": ("texts", sql("UPDATE chunks SET start = start + 1 WHERE id = 2")),
    "a chunk that ends behind the text": ("texts", sql('UPDATE chunks SET "end" = 999')),
    "a chunk with wrong lines": ("texts", sql("UPDATE chunks SET last_line = 9 WHERE id = 2")),
    "a sentence outside of its chunk": (
        "texts",
        sql("UPDATE chunks SET sentences = x'0000000005000000' WHERE ordinal = 1"),
    ),
    "sentences that are cut off": ("texts", sql("UPDATE chunks SET sentences = x'00'")),
    "a chunk that is missing": ("texts", sql("DELETE FROM chunks WHERE ordinal = 0")),
    "a text that is missing": (
        "texts",
        sql(f"DELETE FROM texts WHERE document_id = {OF_ALPHA}"),
    ),
    "a text of which a part is missing": ("texts", sql("UPDATE texts SET parts = 1")),
    "a text whose structure is no JSON": ("texts", sql("UPDATE texts SET structure = '{'")),
    "a text that is another": (
        "texts",
        sql(f"UPDATE texts SET text = 'Other words.' WHERE document_id = {OF_ALPHA}"),
    ),
    "a document that was never split": (
        "texts",
        sql(
            f"DELETE FROM chunks WHERE document_id = {OF_ALPHA}",
            f"DELETE FROM chunked WHERE document_id = {OF_ALPHA}",
        ),
    ),
    "a document without its chunks": (
        "texts",
        sql(f"DELETE FROM chunks WHERE document_id = {OF_ALPHA}"),
    ),
    "a vector that is missing": ("vectors", sql("DELETE FROM vectors WHERE chunk_id = 2")),
    "a vector that is cut off": (
        "vectors",
        sql("UPDATE vectors SET vector = substr(vector, 1, 40) WHERE chunk_id = 2"),
    ),
    "a vector that is no number": (
        "vectors",
        sql(f"UPDATE vectors SET vector = {with_first_number('0000c07f')} WHERE chunk_id = 2"),
    ),
    "a vector that is too long": (
        "vectors",
        sql(f"UPDATE vectors SET vector = {with_first_number('0000a040')} WHERE chunk_id = 2"),
    ),
    "a vector that is text": (
        "vectors",
        sql("UPDATE vectors SET vector = 'words' WHERE chunk_id = 2"),
    ),
    "a sentence without its direction": (
        "vectors",
        sql("UPDATE vectors SET sentence_vectors = x'' WHERE chunk_id = 2"),
    ),
    "vectors of other texts": (
        "model",
        sql("UPDATE vectors SET vector = (SELECT vector FROM vectors WHERE chunk_id = 3)"),
    ),
    "vectors gone from the index": ("vector index", drop_vector_from_index),
    "vectors under others' ids": ("vector index", swap_vectors_in_index),
    "a byte of the vector index": ("vector index", flip_byte_of_vectors),
    "a word index that is cut off": ("word index", cut_off_words),
    "words of other documents": ("word index", take_words_of_another_index),
    "a file that changed": (
        "files",
        lambda patient: patient.write("alpha.txt", "Alpha stays at home.") and None,
    ),
    "a file that is gone": ("files", lambda patient: (patient.docs / "beta.txt").unlink()),
    "a row that points nowhere": (
        "references",
        sql(f"DELETE FROM documents WHERE id = {OF_ALPHA}"),
    ),
    "a folder of another generation": (
        "leftovers",
        lambda patient: (patient.index_dir / "g9").mkdir(),
    ),
    "words that were being written": (
        "leftovers",
        lambda patient: (index_folder(patient) / "tmp-99999").mkdir(),
    ),
    "an import that was stopped": (
        "leftovers",
        lambda patient: (patient.data_dir / ".import-ab").mkdir(),
    ),
}


def test_a_healthy_index_is_found_to_be_healthy_and_is_left_as_it_is(patient: Patient):
    before = patient.contents()
    report = patient.doctor.examine(deep=True)
    assert wrong(report) == {}
    assert {check.name for check in report.checks} == {"database", *EXAMINATIONS}
    assert patient.contents() == before
    assert patient.doctor.repair().repairs == ()


def test_a_reader_that_cannot_be_used_is_told_of(patient: Patient):
    def rejected() -> str:
        raise ReaderRejected("Its weights are other ones.", hint="Install Quoth again.")

    patient.reader = rejected
    (check,) = wrong(patient.doctor.examine()).values()
    assert (check.name, check.detail) == ("reader", "Its weights are other ones.")


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_found_under_its_name_and_mended(
    patient: Patient, healthy: Patient, kind: str, tmp_path: Path
):
    name, damage = DAMAGE[kind]
    damage(patient)
    found = wrong(patient.doctor.examine())
    assert name in found
    assert found[name].repairable
    assert found[name].hint
    report = patient.doctor.repair()
    assert wrong(report) == {}
    assert name in {repair.name for repair in report.repairs if repair.done} or (
        name in {"vectors", "model"} and report.repairs
    )
    fresh = healthy
    if name == "files":
        fresh = Patient(tmp_path / "fresh")
        shutil.copytree(patient.docs, fresh.docs)
        fresh.ingest()
    assert patient.contents() == fresh.contents()


def test_an_examination_changes_nothing(patient: Patient):
    patient.execute("UPDATE chunks SET text = 'other'")
    (patient.index_dir / "g9").mkdir()
    before = patient.contents()
    patient.doctor.examine(deep=True)
    assert patient.contents() == before
    assert (patient.index_dir / "g9").exists()


def test_only_a_deep_look_finds_a_file_that_changed_under_the_same_time(patient: Patient):
    patient.write("beta.txt", "Beta counts the crates.\nThere are five of them.")
    assert wrong(patient.doctor.examine()) == {}
    assert set(wrong(patient.doctor.examine(deep=True))) == {"files"}


def test_only_a_deep_look_finds_that_the_last_chunk_of_a_document_is_missing(patient: Patient):
    patient.execute("DELETE FROM chunks WHERE text LIKE 'One is lost%'")
    patient.refresh_index()
    assert "texts" not in wrong(patient.doctor.examine())
    assert "texts" in wrong(patient.doctor.examine(deep=True))
    assert wrong(patient.doctor.repair(deep=True)) == {}
    assert "One is lost." in str(patient.contents())


def test_a_document_whose_file_is_gone_is_split_again_from_the_store(patient: Patient):
    before = patient.contents()
    shutil.move(patient.docs, patient.folder / "elsewhere")
    patient.execute("UPDATE chunks SET last_line = 9 WHERE id = 2")
    report = patient.doctor.repair()
    assert set(wrong(report)) == {"folders"}
    assert patient.contents() == before


def test_a_folder_that_is_gone_keeps_no_other_from_being_mended(patient: Patient):
    other = patient.folder / "other"
    other.mkdir()
    (other / "delta.txt").write_text("Delta came late.", encoding="utf-8")
    with patient.open_ingestor() as ingestor:
        ingestor.sync([other])
    shutil.rmtree(other)
    patient.write("alpha.txt", "Alpha stays at home for good.")
    assert set(wrong(patient.doctor.examine())) == {"folders", "files"}
    report = patient.doctor.repair()
    assert set(wrong(report)) == {"folders"}
    texts = str(patient.contents()["texts"])
    assert "Alpha stays at home" in texts and "Delta came late" in texts


def test_a_document_with_neither_text_nor_file_is_named_and_not_thrown_away(patient: Patient):
    (patient.docs / "alpha.txt").unlink()
    patient.execute(f"DELETE FROM texts WHERE document_id = {OF_ALPHA}")
    report = patient.doctor.repair()
    (repair,) = [each for each in report.repairs if each.name == "texts"]
    assert not repair.done
    assert "neither text nor file" in repair.detail


def test_what_a_repair_changed_is_seen_by_an_index_that_is_open(patient: Patient):
    from rag.index.base import SearchQuery
    from rag.index.local import LocalIndex

    with patient.open_store() as store:
        index = LocalIndex(patient.index_dir, store)
        index.open()
        (patient.docs / "alpha.txt").unlink()  # so that it is split again from the store
        patient.execute(f"UPDATE chunks SET last_line = 9 WHERE id = {FIRST_CHUNK}")
        patient.write("alpha.txt", "Alpha sails at dawn.\nThe harbour is warm.")
        patient.doctor.repair()
        query = SearchQuery(patient.encoder.encode_query("Alpha sails"), (("Alpha sails", 1.0),))
        found = index.search(query, depth=1)
        chunks = store.chunks(found.ids.tolist())
        assert [chunk.text for chunk, _ in chunks.values()] == ["Alpha sails at dawn."]


def test_answers_that_cannot_be_read_go_and_what_was_said_stays(patient: Patient):
    with patient.open_store() as store:
        kept = store.conversations().begin(make_answer())
        assert kept.conversation_id is not None
    patient.execute("UPDATE answers SET answer = '{'")
    assert set(wrong(patient.doctor.examine())) == {"answers"}
    assert wrong(patient.doctor.repair()) == {}
    with patient.open_store() as store:
        turns = store.conversations().turns(kept.conversation_id)
        assert [turn.text for turn in turns] == [kept.question, kept.text]


def test_another_model_in_the_settings_is_named_and_nothing_is_mended(patient: Patient):
    other = Patient(patient.folder, type(patient.encoder)(dimension=32))
    found = wrong(other.doctor.examine())
    assert set(found) == {"model"}
    assert "quoth ingest" in found["model"].hint
    assert other.doctor.repair().repairs == ()


def test_a_generation_that_nobody_goes_on_with_is_cleared_away(patient: Patient):
    with patient.open_store() as store:
        store.open_generation(Generation("other", "print", 8, "old"))
    assert set(wrong(patient.doctor.examine())) == {"leftovers"}
    assert wrong(patient.doctor.repair()) == {}


def test_a_generation_that_the_next_ingest_goes_on_with_is_kept(patient: Patient):
    other = Patient(patient.folder, type(patient.encoder)(dimension=32))
    with other.open_store() as store:
        half = store.open_generation(generation_of(other.encoder, SmallIngest.chunker))
    (patient.index_dir / "g9").mkdir()
    report = other.doctor.repair()
    assert set(wrong(report)) == {"model"}
    with other.open_store() as store:
        assert store.open_generation(half).id == half.id
    assert wrong(patient.doctor.repair()) == {}  # under the old settings nobody goes on with it


def test_a_repair_waits_for_no_ingest(patient: Patient):
    with ingest_lock(patient.data_dir), pytest.raises(IngestBusy):
        patient.doctor.repair()


def test_without_an_index_there_is_nothing_to_examine(tmp_path: Path):
    with pytest.raises(NothingIndexed):
        Patient(tmp_path).doctor.examine()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such rights")
def test_a_data_folder_that_every_user_may_read_is_closed_to_them():
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        patient = make_patient(Path(name))
        assert wrong(patient.doctor.examine()) == {}  # a new one is closed already
        patient.data_dir.chmod(0o755)
        assert set(wrong(patient.doctor.examine())) == {"permissions"}
        assert wrong(patient.doctor.repair()) == {}
        assert patient.data_dir.stat().st_mode & 0o777 == 0o750
