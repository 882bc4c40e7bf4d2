"""Makes a call smaller on the concrete reading: drops facts and flags, then lowers numbers.

What is left is small, not the least: that takes a solver (:mod:`checker.smallest.least`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from checker.calls.documents import leaves_by_path
from checker.engines.sat import Answer
from checker.readings.space import all_leaves
from checker.smallest.cost import ENTRY, FREE, OWN, Values, is_mask, place_of
from checker.smallest.fewer import needed
from checker.smallest.lower import lower
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


def found_in(answer: Answer, still: Check) -> Values | None:
    """Return the call in a solver's answer, made small; ``None`` if ``still`` fails on it."""
    values = not_default(answer.values or {})
    return small(values, still) if still(values) else None


def small(values: Values, still: Check) -> Values:
    """Return a call on which ``still`` holds, as small as dropping and lowering make it."""
    once = _asked_once(still)
    return _lower_numbers(shrink(values, once), once)


def _asked_once(still: Check) -> Check:
    """Return a check that remembers its answers: many a trial is made again."""
    known: dict[frozenset[tuple[str, object]], bool] = {}

    def asked(values: Values) -> bool:
        key = frozenset(values.items())
        if key not in known:
            known[key] = still(values)
        return known[key]

    return asked


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
    def only(paths: list[str]) -> Values:
        return {path: one for path, one in values.items() if path in FREE or path in paths}

    facts = [path for path in values if path not in FREE]
    return only(needed(facts, lambda paths: still(only(paths))))


def _plainest_entry(values: Values, still: Check) -> Values:
    """Return the call through the entry point that user space reaches most easily.

    It may be asked for what the other sets itself, where fewer flags do.
    """
    now = Entry(values.get("request.entry", Entry.FORK))
    flags = int(values.get("request.flags", 0))
    for entry in sorted(ENTRY, key=lambda one: ENTRY[one]):
        if ENTRY[entry] >= ENTRY[now]:
            return values
        for asked in dict.fromkeys((flags, flags | OWN[now])):
            trial = {**values, "request.entry": int(entry), "request.flags": asked}
            if still(not_default(trial)):
                smaller = _drop_flags(trial, still) if asked != flags else not_default(trial)
                if place_of(smaller) < place_of(values):
                    return smaller
    return values


def _drop_flags(values: Values, still: Check) -> Values:
    flags = values.get("request.flags", 0)
    for bit in reversed(range(64)):
        lower = flags & ~(1 << bit)
        if lower != flags and still({**values, "request.flags": lower}):
            flags = lower
            values = {**values, "request.flags": flags}
    return not_default(values)


def _lower_numbers(values: Values, still: Check) -> Values:
    """Return the call with each number, in turn, as small as it can be."""
    for leaf in all_leaves():
        if leaf.path in values and leaf.path != "request.flags" and _is_number(leaf):
            values = _lowered(values, leaf, still)
    return values


def _is_number(leaf: Leaf) -> bool:
    return is_mask(leaf) or (leaf.width > 1 and not leaf.names)


def _lowered(values: Values, leaf: Leaf, still: Check) -> Values:
    def does(number: int) -> bool:
        return number != leaf.default and still({**values, leaf.path: number})

    return {**values, leaf.path: lower(leaf, int(values[leaf.path]), does)}
