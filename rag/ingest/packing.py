"""Groups units of text into chunks: none over the limit, none needlessly small, cut where it hurts
least.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Units are joined beforehand until they fill this part of a chunk, which bounds the work a unit
# costs: thousands of one-word lines are packed as quickly as prose.
_GRAIN = 16


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece that is not cut.

    Attributes:
        weight: Its tokens, at least 1.
        cut_cost: What it costs to begin a chunk with it; 0.05 is as bad as a chunk filled to
            three quarters.
    """

    weight: int
    cut_cost: float


def pack(units: Sequence[Unit], limit: int) -> list[int]:
    """Positions of the units that begin a chunk, ascending, the first of them 0.

    The cuts are those with the least sum of squared slack and cut costs, which evens chunks out: a
    stretch a little over the limit gives two halves, not a full chunk and a crumb. A unit over the
    limit gets a chunk of its own.
    """
    if not units:
        return []
    firsts = _grains(units, limit)
    bounds = [*firsts, len(units)]
    weights = [sum(unit.weight for unit in units[first:last]) for first, last in pairwise(bounds)]
    best_cost = [0.0]
    best_first = [0]
    for last in range(len(firsts)):
        cost, first = _best_chunk(units, firsts, weights, best_cost, last, limit)
        best_cost.append(cost)
        best_first.append(first)
    starts = []
    position = len(firsts)
    while position:
        position = best_first[position]
        starts.append(firsts[position])
    return starts[::-1]


def _best_chunk(
    units: Sequence[Unit],
    firsts: Sequence[int],
    weights: Sequence[int],
    best_cost: Sequence[float],
    last: int,
    limit: int,
) -> tuple[float, int]:
    """The least cost of everything up to grain `last`, and the grain its last chunk begins with."""
    weight = 0
    best = (float("inf"), last)
    for first in range(last, -1, -1):
        weight += weights[first]
        if weight > limit and first < last:
            break
        slack = max(0.0, 1 - weight / limit)
        begin = units[firsts[first]].cut_cost if first else 0.0
        best = min(best, (best_cost[first] + slack * slack + begin, first))
    return best


def _grains(units: Sequence[Unit], limit: int) -> list[int]:
    firsts = [0]
    weight = 0
    for position, unit in enumerate(units):
        if weight and weight + unit.weight > limit // _GRAIN:
            firsts.append(position)
            weight = 0
        weight += unit.weight
    return firsts
