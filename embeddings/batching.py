"""Groups texts into batches of similar length, so that little of the model's work goes to padding.

Pure functions over token counts. A batch is bounded by its padded tokens, not by its texts: the
processor's caches hold so many tokens, whatever texts they come from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts that go through the model together: their positions, and their padded length."""

    positions: tuple[int, ...]
    length: int


def batches(
    lengths: Sequence[int], *, token_budget: int, multiple: int, longest: int
) -> Iterator[Batch]:
    """Every position once, longest texts first, ties by position.

    Args:
        lengths: Tokens of each text.
        token_budget: Most padded tokens in a batch; a longer text goes alone.
        multiple: Lengths are padded to a multiple of this, which keeps the number of shapes small:
            the runtime prepares itself anew for each.
        longest: No batch is padded beyond this many tokens.
    """
    order = sorted(range(len(lengths)), key=lambda position: (-lengths[position], position))
    start = 0
    while start < len(order):
        length = min(padded(lengths[order[start]], multiple), longest)
        rows = max(1, token_budget // length)
        yield Batch(tuple(order[start : start + rows]), length)
        start += rows


def padded(length: int, multiple: int) -> int:
    """The length, rounded up to a multiple (one at least)."""
    return max(multiple, -(-length // multiple) * multiple)
