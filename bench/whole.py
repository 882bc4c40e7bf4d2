"""A whole ``verify``, its halves, and how it grows with statements and with kernels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from bench.figure import Figure, Figures, Limit, Plan, at_most, times
from bench.measure import Asked, MeasuredRun, in_turn, middle
from bench.trees import HERE, Tree
from model.revisions import REVISIONS
from properties.catalogue import all_properties

Item = TypeVar("Item")
PART, GROWTH = "verify", "growth"
WITH_CORES = "everything, with cores"
CPU, WALL, PEAK = "CPU s", "wall s", "peak MB"
MEMORY = 600
"""MB that all processes of a run may use together."""

EVERYTHING, CALLS, HISTORIES = "everything", "calls", "histories"


def _asked(tree: Tree, what: str) -> Asked:
    """Return how a tree decides everything, or a half."""
    if not tree.has_one_verify:
        return {
            EVERYTHING: Asked(tree, ("verify",), ("system",)),
            CALLS: Asked(tree, ("verify",)),
            HISTORIES: Asked(tree, ("system",)),
        }[what]
    how = ("--no-core",) if what == EVERYTHING else ("--only", what)
    return Asked(tree, ("verify", *how))


def figures(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield CPU seconds, wait and memory; with cores, beside the release without."""
    parts = (EVERYTHING, CALLS, HISTORIES) if plan.full else (EVERYTHING, HISTORIES)
    asked = {(WITH_CORES, HERE.name): Asked(HERE, ("verify",))}
    asked |= {(what, tree.name): _asked(tree, what) for what in parts for tree in plan.trees}
    made = in_turn(plan.runs, asked)
    there = plan.release.name if plan.release else ""
    for what in (WITH_CORES, *parts):
        without = EVERYTHING if what == WITH_CORES else what
        yield from _costs(PART, what, made[what, HERE.name], made.get((without, there)))


def _costs(
    part: str, what: str, here: list[MeasuredRun], there: list[MeasuredRun] | None
) -> Iterator[Figure]:
    for unit, field in ((CPU, "cpu"), (WALL, "wall"), (PEAK, "together")):
        mine = middle(getattr(one, field) for one in here)
        theirs = middle(getattr(one, field) for one in there) if there else None
        yield Figure(part, what, unit, mine, theirs)


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold of a whole run."""
    here, there = found.here(PART, WITH_CORES, CPU), found.there(PART, WITH_CORES, CPU)
    ratio = times(here, there)
    yield at_most(1, "verify with cores: CPU, in times of the release's without", 1 / 3, ratio)
    peak = found.here(PART, WITH_CORES, PEAK)
    yield at_most(1, "verify with cores: MB", MEMORY, peak)


# ---- growth


def growth(plan: Plan, _found: Figures) -> Iterator[Figure]:
    """Yield the CPU seconds of ever more statements of calls, and on ever more kernels."""
    ids, kernels = [prop.id for prop in all_properties()], list(REVISIONS)
    asked: dict[tuple[str, str], Asked] = {}
    for count in (40, 160, len(ids)) if plan.full else (10, 40, 160):
        some = spread(ids, count)
        asked |= _of(plan, f"{len(some)} statements of calls", ["--no-core", *some])
    some = spread(ids, 40)
    for count in (1, 5, len(kernels)):
        words = [word for name in spread(kernels, count) for word in ("-k", name)]
        asked |= _of(plan, f"40 statements on {count} kernels", ["--no-core", *some, *words])
    made = in_turn(plan.once, asked)
    there = plan.release.name if plan.release else ""
    for what in dict.fromkeys(what for what, _tree in asked):
        yield next(_costs(GROWTH, what, made[what, HERE.name], made.get((what, there))))


def _of(plan: Plan, what: str, words: list[str]) -> dict[tuple[str, str], Asked]:
    return {(what, tree.name): Asked(tree, ("verify", *words)) for tree in plan.trees}


def spread(items: list[Item], count: int) -> list[Item]:
    """Return ``count`` of the items at even distances."""
    count = min(count, len(items))
    return [items[place * len(items) // count] for place in range(count)]
