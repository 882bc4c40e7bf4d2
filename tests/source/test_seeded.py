"""No seeded fault is "the same": it is told, or shown equal on plain values.

A few faults of every kind (CLONEPROOF_SEEDED=400: as many; `make seeded`) in Debian's trees.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import Any

import pytest

pytest.importorskip("tree_sitter_c")

from checker.readings.space import all_leaves
from model.records import BOOL
from model.revisions import REVISIONS
from source.compare import Comparer
from source.effects import UnreadField
from source.program import Program
from source.questions import DIFFERENT, SAME
from source.readings.every import BY_NAME, READINGS
from source.readings.reading import FunctionReading
from source.tree import Changed, Tree
from source.trees import READ, known_trees
from source.values import errno_of, word_of
from source.watched import kept, listed, unvouched
from tests.source.seeding import Fault, faults

SEED = 20261129
WANTED = int(os.environ.get("CLONEPROOF_SEEDED", "60"))
PLAIN = 60
"""Plain calls on which a fault that is called "the same" has to do nothing."""

TREES = known_trees()
EACH = pytest.mark.parametrize("line", sorted(TREES) or [None])


def tree(line: str | None) -> tuple[Tree, str]:
    if line is None:
        pytest.skip("no kernel tree here: make source fetches Debian's")
    return TREES[line]


@EACH
def test_the_lists_that_are_kept_are_those_of_the_trees(line: str | None) -> None:
    """A list is renewed (`make vouch`) only when somebody read what is new in it."""
    base, like = tree(line)
    program = Program(base)
    for name in kept():
        function = program.readable(name)
        if function is not None:
            assert unvouched(program, function, like) == [], name


def test_what_is_renewed_is_what_is_kept() -> None:
    trees = known_trees(READ)
    if len(trees) < len(READ):
        pytest.skip("not all trees that were read are here: make source LINES=... fetches them")
    told = listed({like: Program(base) for base, like in trees.values()})
    from source.watched import KEPT

    assert told == KEPT.read_text()


def read_by(base: Tree, like: str) -> dict[str, list[FunctionReading]]:
    """Return which comparisons run each function."""
    comparer = Comparer(Program(base), REVISIONS[like].kernel)
    found: dict[str, list[FunctionReading]] = {}
    for reading in READINGS:
        if comparer.program.readable(reading.function) is not None:
            machine, _ = reading.run(comparer.program, comparer.call)
            for name in machine.functions:
                found.setdefault(name, []).append(reading)
    return found


def plain_calls(reading: FunctionReading, chance: random.Random) -> list[dict[str, Any]]:
    leaves = all_leaves()
    found = []
    for _ in range(PLAIN):
        values: dict[str, Any] = {"request.entry": int(chance.choice(reading.entries))}
        for leaf in chance.sample(leaves, chance.randint(0, 6)):
            top = 2 ** (leaf.width - leaf.signed) - 1 if leaf.width != BOOL else 1
            drawn = chance.choice([0, 1, 2, 3, chance.randint(0, top)])
            values[leaf.path] = bool(drawn) if leaf.width == BOOL else min(drawn, top)
        found.append(values | {"request.entry": values["request.entry"]})
    return found


def outcome(comparer: Comparer, reading: FunctionReading, values: dict[str, Any]) -> Any:
    """Return what the C of a tree comes to on a plain call; nothing where it cannot be made."""
    run = comparer._run(reading, values)
    if run is None:
        return None
    machine, done, model = run
    told: list[Any] = [errno_of(word_of(done.value))]
    for aspect in reading.aspects if told == [0] else ():
        try:
            told.append(aspect.c(machine, done))
        except UnreadField:
            told.append("unread")
    return told


def equal_on_plain_values(base: Tree, changed: Program, like: str, name: str) -> bool:
    chance, kernel = random.Random(SEED), REVISIONS[like].kernel
    one, other = Comparer(Program(base), kernel), Comparer(changed, kernel)
    reading = BY_NAME[name]
    calls = plain_calls(reading, chance)
    return all(outcome(one, reading, call) == outcome(other, reading, call) for call in calls)


def judged(base: Tree, like: str, fault: Fault, readings: list[FunctionReading]) -> str:
    """Return how a fault is told: "not vouched for", "unreadable", "different" or "the same"."""
    program = Program(Changed(base, {fault.path: fault.text}))
    function = program.readable(fault.function)
    if function is None:
        return "unreadable"
    if unvouched(program, function, like):
        return "not vouched for"
    comparer = Comparer(program, REVISIONS[like].kernel)
    for reading in readings:
        made = comparer.compare(reading, smallest=False)
        if made.verdict == DIFFERENT or not made.in_balance:
            return DIFFERENT
        if made.verdict != SAME:
            return made.verdict
    equal = all(equal_on_plain_values(base, program, like, one.name) for one in readings)
    return "equal on plain values" if equal else SAME


@EACH
def test_no_seeded_fault_is_called_the_same(line: str | None) -> None:
    base, like = tree(line)
    readings = read_by(base, like)
    told = {
        fault: judged(base, like, fault, readings[fault.function])
        for fault in faults(base, WANTED, SEED)
        if fault.function in readings
    }
    counts = Counter(told.values())
    print(line, len(told), dict(counts))
    assert [fault.told for fault, how in told.items() if how == SAME] == []
    assert counts["not vouched for"] > counts["equal on plain values"]
    assert len(told) > WANTED // 2
