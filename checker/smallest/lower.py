"""A number that will do, as small as it can be."""

from __future__ import annotations

from collections.abc import Callable

from checker.smallest.cost import is_mask, nearness
from model.records import Leaf

Does = Callable[[int], bool]


def lower(leaf: Leaf, number: int, does: Does) -> int:
    """Return a leaf's number, which does, or a smaller one that does; of a mask fewer bits."""
    return _fewest_bits(leaf, number, does) if is_mask(leaf) else _lowest(leaf, number, does)


def _fewest_bits(leaf: Leaf, mask: int, does: Does) -> int:
    for bit in range(leaf.width):
        less = mask & ~(1 << bit)
        if less != mask and does(less):
            mask = less
    return mask


def _lowest(leaf: Leaf, best: int, does: Does) -> int:
    for trial in (0, 1, 2, 3, 4):
        if nearness(leaf, trial) < nearness(leaf, best) and does(trial):
            return trial
    low, high = 4, abs(best)
    sign = -1 if best < 0 else 1
    while low + 1 < high:
        middle = (low + high) // 2
        if does(sign * middle):
            high = middle
        else:
            low = middle
    found = sign * high
    return found if found != best and does(found) else best
