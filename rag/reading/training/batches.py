"""Batches whose inputs are of one length: no token is padding, and attention needs no mask.

Inputs lose a few tokens at the window's end, and none of an answer, so that few lengths are left.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from rag.reading.training.examples import Example

STEP = 16
"""Lengths are cropped to a multiple of this where the window's end can spare it."""

MIN_LENGTH = 48
LEAST_FILLED = 0.2
"""Batches that are emptier are left out of the epoch; a step on two inputs teaches noise."""


def one_length_batches(
    made: Sequence[Example], tokens_per_batch: int, draw: random.Random
) -> list[list[Example]]:
    """The examples in batches of equal length, in random order; those of rare lengths are left out.

    Args:
        made: In any order.
        tokens_per_batch: The most that a batch holds; at least one example is in each.
        draw: What the order is drawn from.
    """
    by_length: dict[int, list[Example]] = defaultdict(list)
    for example in made:
        cropped = crop(example)
        by_length[len(cropped.ids)].append(cropped)
    batches = []
    for length, alike in by_length.items():
        draw.shuffle(alike)
        size = max(1, tokens_per_batch // length)
        filled = [alike[first : first + size] for first in range(0, len(alike), size)]
        batches += [batch for batch in filled if len(batch) >= size * LEAST_FILLED]
    draw.shuffle(batches)
    return batches


def crop(example: Example) -> Example:
    """The example at a length that many share: a multiple of `STEP` where nothing is lost by it.

    Short inputs and those whose end holds the answer keep their length.
    """
    length = len(example.ids)
    wanted = length - length % STEP
    last_needed = max((last for _, last in example.spans), default=0)
    if wanted < MIN_LENGTH or wanted - 1 <= last_needed or wanted <= example.passage_first + 8:
        return example
    import numpy as np

    ids = np.concatenate([example.ids[: wanted - 1], example.ids[-1:]])
    return replace(example, ids=ids)
