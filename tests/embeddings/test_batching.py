from hypothesis import given
from hypothesis import strategies as st

from embeddings.batching import batches


def test_texts_of_like_length_go_together_within_the_budget() -> None:
    found = list(batches([5, 30, 6, 31], token_budget=64, multiple=16, longest=256))

    assert [(batch.positions, batch.length) for batch in found] == [((3, 1), 32), ((2, 0), 16)]


def test_a_text_longer_than_the_budget_goes_alone() -> None:
    found = list(batches([100, 90], token_budget=64, multiple=16, longest=256))

    assert [batch.positions for batch in found] == [(0,), (1,)]


def test_no_batch_is_padded_beyond_the_longest_that_the_model_takes() -> None:
    (batch,) = batches([250], token_budget=1024, multiple=16, longest=250)

    assert batch.length == 250


@given(st.lists(st.integers(0, 300)), st.integers(1, 2000), st.integers(1, 64))
def test_every_text_is_in_one_batch_that_holds_it(
    lengths: list[int], token_budget: int, multiple: int
) -> None:
    found = list(batches(lengths, token_budget=token_budget, multiple=multiple, longest=300))

    assert sorted(p for batch in found for p in batch.positions) == list(range(len(lengths)))
    for batch in found:
        assert all(lengths[position] <= batch.length for position in batch.positions)
        assert len(batch.positions) == 1 or len(batch.positions) * batch.length <= token_budget
