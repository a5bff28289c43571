"""What every vector index must do. Subclasses give the fixture `index`, empty, of 8 dimensions."""

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import numpy as np
import pytest

from embeddings.base import FloatArray, IdArray, VectorIndex

DIMENSION = 8


def unit_vectors(count: int, seed: int = 0) -> FloatArray:
    values = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def numbered(*ids: int) -> IdArray:
    return np.array(ids, dtype=np.int64)


class VectorIndexContract:
    """Inherited by one test class for each index."""

    recall: ClassVar[float] = 1.0
    """Share of the true nearest that must be found; below 1 for an approximate index."""

    def test_it_finds_the_nearest_of_a_brute_force_search(self, index: VectorIndex) -> None:
        vectors, ids = unit_vectors(500), np.arange(500, dtype=np.int64) * 3
        index.add(ids, vectors)
        found = 0
        for query in unit_vectors(20, seed=1):
            expected = ids[np.argsort(-(vectors @ query), kind="stable")[:10]]
            found += len(np.intersect1d(index.search(query, 10).ids, expected))

        assert found >= self.recall * 200

    def test_scores_are_cosines_best_first(self, index: VectorIndex) -> None:
        vectors = unit_vectors(50)
        index.add(np.arange(50), vectors)

        hits = index.search(vectors[7], 5)

        assert hits.ids[0] == 7
        np.testing.assert_allclose(hits.scores, vectors[hits.ids] @ vectors[7], atol=1e-3)
        assert (np.diff(hits.scores) <= 0).all()
        assert (hits.ids.dtype, hits.scores.dtype) == (np.int64, np.float32)

    def test_equal_scores_are_ordered_by_id_also_where_k_cuts(self, index: VectorIndex) -> None:
        (vector,) = unit_vectors(1)
        index.add(np.arange(40)[::-1].copy(), np.repeat(vector[None], 40, axis=0))

        assert index.search(vector, 3).ids.tolist() == [0, 1, 2]
        assert index.search(vector, 40).ids.tolist() == list(range(40))

    def test_fewer_come_back_where_fewer_are_there(self, index: VectorIndex) -> None:
        index.add(numbered(5, 6), unit_vectors(2))

        assert len(index.search(unit_vectors(1)[0], 10).ids) == 2

    def test_an_empty_index_finds_nothing(self, index: VectorIndex) -> None:
        hits = index.search(unit_vectors(1)[0], 3)

        assert (hits.ids.shape, hits.scores.shape) == ((0,), (0,))

    def test_among_restricts_before_the_cut(self, index: VectorIndex) -> None:
        vectors = unit_vectors(100)
        index.add(np.arange(100), vectors)
        query = vectors[0]
        worst = np.sort(np.argsort(vectors @ query)[:3])

        assert np.sort(index.search(query, 3, among=worst).ids).tolist() == worst.tolist()

    @pytest.mark.parametrize("among", [[], [999], [-1]])
    def test_among_none_that_are_there_finds_nothing(
        self, index: VectorIndex, among: list[int]
    ) -> None:
        index.add(np.arange(10), unit_vectors(10))

        assert index.search(unit_vectors(1)[0], 3, among=numbered(*among)).ids.size == 0

    def test_among_may_name_ids_that_are_not_there_or_twice(self, index: VectorIndex) -> None:
        index.add(np.arange(10), unit_vectors(10))

        hits = index.search(unit_vectors(1)[0], 5, among=numbered(3, 3, 10**6, -5, 4))

        assert sorted(hits.ids.tolist()) == [3, 4]

    def test_what_is_removed_is_never_found_again(self, index: VectorIndex) -> None:
        vectors = unit_vectors(30)
        index.add(np.arange(30), vectors)

        assert index.remove(numbered(7, 7, 100)) == 1
        assert index.remove(numbered(7)) == 0
        assert index.count == 29
        assert 7 not in index.search(vectors[7], 30).ids

    def test_get_returns_vectors_in_the_order_of_the_ids(self, index: VectorIndex) -> None:
        vectors = unit_vectors(10)
        index.add(np.arange(10), vectors)

        np.testing.assert_allclose(index.get(numbered(4, 1, 4)), vectors[[4, 1, 4]], atol=1e-3)
        assert index.get(numbered()).shape == (0, DIMENSION)

    def test_get_names_an_id_that_is_not_there(self, index: VectorIndex) -> None:
        index.add(numbered(1), unit_vectors(1))

        with pytest.raises(KeyError, match="2"):
            index.get(numbered(1, 2))

    @pytest.mark.parametrize(
        ("ids", "shape"),
        [
            ([1], (2, DIMENSION)),
            ([1], (1, DIMENSION + 1)),
            ([3, 3], (2, DIMENSION)),
            ([-1], (1, DIMENSION)),
            ([0], (1, DIMENSION)),
        ],
    )
    def test_ids_and_vectors_that_do_not_fit_are_refused_whole(
        self, index: VectorIndex, ids: list[int], shape: tuple[int, int]
    ) -> None:
        index.add(numbered(0), unit_vectors(1))

        with pytest.raises(ValueError, match=r"id"):
            index.add(numbered(*ids), np.ones(shape, dtype=np.float32))
        assert index.count == 1

    def test_adding_nothing_is_allowed(self, index: VectorIndex) -> None:
        index.add(numbered(), np.empty((0, DIMENSION), dtype=np.float32))

        assert (index.count, index.dimension) == (0, DIMENSION)

    @pytest.mark.parametrize(("k", "length"), [(0, DIMENSION), (3, DIMENSION - 1)])
    def test_an_impossible_search_is_refused(self, index: VectorIndex, k: int, length: int) -> None:
        with pytest.raises(ValueError, match="nearest"):
            index.search(np.ones(length, dtype=np.float32), k)

    def test_it_is_searched_while_it_changes(self, index: VectorIndex) -> None:
        vectors = unit_vectors(400)
        index.add(np.arange(200), vectors[:200])

        def change(step: int) -> None:
            index.add(numbered(200 + step), vectors[200 + step : 201 + step])
            index.remove(numbered(step))

        def search(step: int) -> int:
            return len(index.search(vectors[step], 10).ids)

        with ThreadPoolExecutor(4) as pool:
            changes = [pool.submit(change, step) for step in range(100)]
            sizes = list(pool.map(search, range(300)))
            for done in changes:
                done.result()
        assert set(sizes) == {10}
        assert index.count == 200
