"""Shrinks a call on the concrete reading: drops facts and flags, then lowers numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from checker.calls.documents import leaves_by_path
from checker.readings.space import all_leaves
from checker.smallest.cost import ENTRY, Values, is_mask, nearness
from model.records import Leaf
from model.request import Entry

Check = Callable[[Values], bool]


def not_default(values: Values) -> Values:
    """Return the leaves that differ from the ordinary caller."""
    known = leaves_by_path()
    differing = {path: one for path, one in values.items() if one != known[path].default}
    return dict(sorted(differing.items(), key=lambda item: _places()[item[0]]))


@lru_cache(maxsize=1)
def _places() -> dict[str, int]:
    return {leaf.path: place for place, leaf in enumerate(all_leaves())}


def smallest(values: Values, still: Check) -> Values:
    """Return a call on which ``still`` holds, as small as dropping and lowering make it."""
    return lower_numbers(shrink(values, still), still)


def shrink(values: Values, still: Check) -> Values:
    """Return a call on which ``still`` holds and no single flag or fact can be dropped."""
    values = _drop_facts(not_default(values), still)
    while True:
        smaller = _plainest_entry(_drop_flags(values, still), still)
        smaller = _drop_facts(smaller, still)
        if smaller == values:
            return values
        values = smaller


def _drop_facts(values: Values, still: Check) -> Values:
    """Drop chunks of facts, ever smaller ones (delta debugging)."""
    paths = [path for path in values if path not in ("request.entry", "request.flags")]
    size = len(paths)
    while size:
        for begin in range(0, len(paths), size):
            dropped = set(paths[begin : begin + size])
            trial = {path: value for path, value in values.items() if path not in dropped}
            if dropped & set(values) and still(trial):
                values = trial
        paths = [path for path in paths if path in values]
        size = min(size // 2, len(paths))
    return values


def _plainest_entry(values: Values, still: Check) -> Values:
    """Return the call through the entry point that user space reaches most easily."""
    now = Entry(values.get("request.entry", Entry.FORK))
    for entry in sorted(ENTRY, key=lambda one: ENTRY[one]):
        trial = not_default({**values, "request.entry": int(entry)})
        if ENTRY[entry] < ENTRY[now] and still(trial):
            return trial
    return values


def _drop_flags(values: Values, still: Check) -> Values:
    flags = values.get("request.flags", 0)
    for bit in reversed(range(64)):
        lower = flags & ~(1 << bit)
        if lower != flags and still({**values, "request.flags": lower}):
            flags = lower
            values = {**values, "request.flags": flags}
    return not_default(values)


def lower_numbers(values: Values, still: Check) -> Values:
    """Return the call with each number, in turn, as small as it can be."""
    for leaf in all_leaves():
        if leaf.path not in values or leaf.path == "request.flags":
            continue
        if is_mask(leaf):
            values = {**values, leaf.path: _fewest_bits(leaf, values, still)}
        elif leaf.width > 1 and not leaf.names:
            values = {**values, leaf.path: _lowest(leaf, values, still)}
    return values


def _fewest_bits(leaf: Leaf, values: Values, still: Check) -> int:
    mask = int(values[leaf.path])
    for bit in range(leaf.width):
        less = mask & ~(1 << bit)
        if less not in (mask, leaf.default) and still({**values, leaf.path: less}):
            mask = less
            values = {**values, leaf.path: mask}
    return mask


def _lowest(leaf: Leaf, values: Values, still: Check) -> int:
    best = int(values[leaf.path])
    for trial in (0, 1, 2, 3, 4):
        smaller = nearness(leaf, trial) < nearness(leaf, best) and trial != leaf.default
        if smaller and still({**values, leaf.path: trial}):
            return trial
    low, high = 4, abs(best)
    sign = -1 if best < 0 else 1
    while low + 1 < high:
        middle = (low + high) // 2
        if still({**values, leaf.path: sign * middle}):
            high = middle
        else:
            low = middle
    found = sign * high
    return found if found != best and still({**values, leaf.path: found}) else best
