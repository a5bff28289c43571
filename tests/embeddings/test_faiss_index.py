import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from embeddings.base import FloatArray, VectorIndex
from embeddings.errors import EmbeddingError, VectorIndexCorrupt
from embeddings.faiss_index import FlatVectorIndex
from embeddings.index_file import manifest_path
from tests.embeddings.vector_index_contract import (
    DIMENSION,
    VectorIndexContract,
    numbered,
    unit_vectors,
)


class TestFlatVectorIndex(VectorIndexContract):
    @pytest.fixture
    def index(self) -> VectorIndex:
        return FlatVectorIndex(DIMENSION)


class FlatVectorIndexMachine(RuleBasedStateMachine):
    """Any sequence of changes leaves what a dictionary of vectors would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.index = FlatVectorIndex(2)
        self.held: dict[int, tuple[float, float]] = {}

    # Directions on a coarse grid, so that exact ties are frequent.
    @rule(
        entries=st.dictionaries(
            st.integers(0, 60), st.sampled_from([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.6, 0.8)])
        )
    )
    def add(self, entries: dict[int, tuple[float, float]]) -> None:
        new = {key: value for key, value in entries.items() if key not in self.held}
        self.index.add(numbered(*new), array(list(new.values())))
        self.held.update(new)

    @rule(ids=st.lists(st.integers(0, 60)))
    def remove(self, ids: list[int]) -> None:
        there = set(ids) & set(self.held)
        assert self.index.remove(numbered(*ids)) == len(there)
        for key in there:
            del self.held[key]

    @rule(
        query=st.sampled_from([(1.0, 0.0), (0.0, -1.0), (0.8, 0.6)]),
        k=st.integers(1, 70),
        among=st.none() | st.lists(st.integers(0, 60)),
    )
    def search(self, query: tuple[float, float], k: int, among: list[int] | None) -> None:
        allowed = [key for key in self.held if among is None or key in among]
        scores = {key: float(array([self.held[key]])[0] @ array([query])[0]) for key in allowed}
        expected = sorted(allowed, key=lambda key: (-scores[key], key))[:k]

        hits = self.index.search(
            array([query])[0], k, among=None if among is None else numbered(*among)
        )

        assert hits.ids.tolist() == expected
        assert self.index.count == len(self.held)


def array(rows: list[tuple[float, float]]) -> FloatArray:
    return np.array(rows, dtype=np.float32).reshape(-1, 2)


TestAnySequence = FlatVectorIndexMachine.TestCase
TestAnySequence.settings = settings(max_examples=60, deadline=None)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    index = FlatVectorIndex(DIMENSION)
    index.add(np.arange(20), unit_vectors(20))
    index.remove(numbered(3))
    path = tmp_path / "vectors.faiss"
    index.save(path, revision=7, fingerprint="model-a")
    return path


def load(path: Path) -> tuple[FlatVectorIndex, int]:
    return FlatVectorIndex.load(path, dimension=DIMENSION, fingerprint="model-a")


def test_what_is_saved_is_loaded_with_its_revision(saved: Path) -> None:
    index, revision = load(saved)

    assert (index.count, index.dimension, revision) == (19, DIMENSION, 7)
    np.testing.assert_array_equal(index.get(numbered(4)), unit_vectors(20)[[4]])
    assert index.search(unit_vectors(20)[3], 20).ids.size == 19


def test_a_loaded_index_can_be_changed_and_saved_in_its_place(saved: Path) -> None:
    index, _ = load(saved)
    index.add(numbered(99), unit_vectors(1, seed=9))
    index.save(saved, revision=8, fingerprint="model-a")

    again, revision = load(saved)

    assert (again.count, revision) == (20, 8)
    assert again.search(unit_vectors(1, seed=9)[0], 1).ids.tolist() == [99]


def test_an_empty_index_is_saved_and_loaded(tmp_path: Path) -> None:
    FlatVectorIndex(DIMENSION).save(tmp_path / "empty", revision=0, fingerprint="model-a")

    assert load(tmp_path / "empty")[0].count == 0


def test_saving_leaves_the_file_and_its_manifest_alone(saved: Path) -> None:
    assert sorted(path.name for path in saved.parent.iterdir()) == [
        "vectors.faiss",
        "vectors.faiss.json",
    ]


@pytest.mark.parametrize("kept", [0, 1, 40, -1])
def test_a_file_cut_short_is_recognised(saved: Path, kept: int) -> None:
    saved.write_bytes(saved.read_bytes()[:kept])

    with pytest.raises(VectorIndexCorrupt, match="bytes"):
        load(saved)


def test_a_changed_byte_is_recognised(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[100] ^= 1
    saved.write_bytes(content)

    with pytest.raises(VectorIndexCorrupt, match="sha256"):
        load(saved)


def test_a_new_file_with_the_old_manifest_is_recognised(saved: Path) -> None:
    old_manifest = manifest_path(saved).read_bytes()
    index, _ = load(saved)
    index.add(numbered(50), unit_vectors(1))
    index.save(saved, revision=8, fingerprint="model-a")
    manifest_path(saved).write_bytes(old_manifest)

    with pytest.raises(VectorIndexCorrupt):
        load(saved)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"format": 1}', b"\xff\xfe"])
def test_a_damaged_manifest_is_recognised(saved: Path, content: bytes) -> None:
    manifest_path(saved).write_bytes(content)

    with pytest.raises(VectorIndexCorrupt):
        load(saved)


def test_a_missing_index_is_one_to_build_again(tmp_path: Path) -> None:
    with pytest.raises(VectorIndexCorrupt) as missing:
        load(tmp_path / "none")

    assert "doctor --repair" in missing.value.hint


def test_a_foreign_file_with_a_manifest_of_its_own_is_recognised(saved: Path) -> None:
    import hashlib

    content = b"no index at all" * 100
    manifest = json.loads(manifest_path(saved).read_text(encoding="utf-8"))
    manifest |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    saved.write_bytes(content)
    manifest_path(saved).write_text(json.dumps(manifest), encoding="utf-8")

    with pytest.raises(VectorIndexCorrupt, match="cannot be read"):
        load(saved)


def test_an_index_of_another_model_is_refused(saved: Path) -> None:
    with pytest.raises(VectorIndexCorrupt, match="fingerprint is 'model-a', not 'model-b'"):
        FlatVectorIndex.load(saved, dimension=DIMENSION, fingerprint="model-b")


def test_an_index_of_another_dimension_is_refused(saved: Path) -> None:
    with pytest.raises(VectorIndexCorrupt, match="dimension is 8, not 9"):
        FlatVectorIndex.load(saved, dimension=9, fingerprint="model-a")


def test_a_save_that_fails_keeps_what_was_there(saved: Path) -> None:
    manifest = manifest_path(saved)
    manifest.rename(manifest.with_suffix(".kept"))
    index = FlatVectorIndex(DIMENSION)
    manifest.mkdir()

    with pytest.raises(EmbeddingError, match="cannot be written"):
        index.save(saved / "below-a-file", revision=9, fingerprint="model-a")
    manifest.rmdir()
    manifest.with_suffix(".kept").rename(manifest)
    assert load(saved)[1] == 7
