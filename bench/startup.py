"""What small commands need, as multiples of a bare ``--help``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from bench.figure import Figure, Figures, Limit, Plan, at_most
from bench.measure import Asked, in_turn, middle
from bench.trees import HERE

PART = "startup"
HELP = "--help"
TIMES = "times --help, CPU"
VERBS = (HELP, "list", "show P02", "verify P02 -k v6.12")
"""The last is decided each time: nothing is kept of it."""


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield the CPU seconds of each command, and how many times ``--help`` that is."""
    trees = plan.trees
    with tempfile.TemporaryDirectory() as kept:
        asked = {
            (verb, tree.name): Asked(
                tree,
                tuple(verb.split()),
                record=None if verb.startswith("verify") else f"{kept}/{tree.name}",
            )
            for verb in VERBS
            for tree in trees
        }
        in_turn(1, asked)  # what is listed is indexed
        made = in_turn(2 * plan.runs + 1, asked)
    spent = {key: middle(one.cpu for one in some) for key, some in made.items()}
    there = plan.release.name if plan.release else ""
    for verb in VERBS:
        yield Figure(PART, verb, "CPU s", spent[verb, HERE.name], spent.get((verb, there)))
    for verb in VERBS[1:]:
        times = {one.name: spent[verb, one.name] / spent[HELP, one.name] for one in trees}
        yield Figure(PART, verb, TIMES, times[HERE.name], times.get(there))


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of them."""
    for verb, most in zip(VERBS[1:], (2, 2, 5), strict=True):
        yield at_most(6, f"{verb}, in times of --help", most, found.here(PART, verb, TIMES))
