"""Every mutant of the single calls, in the order of the model's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from checker.mutation.assumptions import of_assumptions
from checker.mutation.effects import of_effects
from checker.mutation.ladders import of_entries, of_ladders
from checker.mutation.mutant import Mutant
from checker.mutation.refusals import of_table
from model import child, copy_process, setns, unshare, vhost
from model.effects import every
from model.rows import Row

TABLES: list[tuple[str, list[Row]]] = [
    ("clone", copy_process.TABLE),
    ("unshare", unshare.TABLE),
    ("setns", setns.TABLE),
    ("vhost", vhost.OPENING),
    ("vhost", vhost.BEFORE),
    ("vhost", vhost.AFTER),
]
EFFECTS = [
    ("clone", every.EFFECTS, child.Child),
    ("unshare", unshare.EFFECTS, unshare.Unshared),
    ("setns", setns.EFFECTS, setns.Joined),
    ("vhost", vhost.EFFECTS, vhost.Worker),
]
LADDERS = [
    ("clone", copy_process.TABLE, copy_process.LADDERS),
    ("unshare", unshare.TABLE, unshare.LADDERS),
    ("setns", setns.TABLE, setns.LADDERS),
]
RECORDS = {id(effects): record for _, effects, record in EFFECTS}
"""The record that a list of effects fills."""


@cache
def of_calls() -> list[Mutant]:
    """Return every mutant of tables, effects, ladders and assumptions, each under its own name."""
    seen: Counter[str] = Counter()
    made = []
    for mutant in _of_calls():
        seen[mutant.name] += 1
        again = seen[mutant.name]
        change = mutant.change if again == 1 else f"{mutant.change} ({again})"
        made.append(replace(mutant, change=change))
    return made


def _of_calls() -> Iterator[Mutant]:
    for of, rows in TABLES:
        yield from of_table(of, rows)
    for of, effects, record in EFFECTS:
        yield from of_effects(of, effects, record)
    for of, rows, ladders in LADDERS:
        yield from of_ladders(of, ladders)
        yield from of_entries(of, rows, ladders)
    yield from of_assumptions()
