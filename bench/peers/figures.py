"""The peers as figures: Spin, TLC and ours on one accounting system."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figure import Figure, Figures, Limit, Plan, at_most, times
from bench.measure import middle
from bench.peers.__main__ import ENUMERATE, by_depth, by_tasks, disagreements
from bench.peers.others import missing
from bench.peers.ours import PeerRun

PART, SECONDS, STATES = "peers", "s", "states"
OURS = next(name for name in ENUMERATE if name not in ("Spin", "TLC"))
COMPARED = (6, 7, 8)
"""The numbers of tasks of the limits."""


def figures(plan: Plan, found: Figures) -> Iterator[Figure]:
    """Yield how long each takes, as tasks grow and as a planted bug lies deeper."""
    found.left_out += missing()
    tasks = (3, 4, 5, *COMPARED) if plan.full else COMPARED[:1]
    rounds = [by_tasks(tasks, 3 if plan.full else 0) for _ in range(plan.once)]
    depths = by_depth(range(2, 8)) if plan.full else []
    found.wrong += [line for rows in rounds for line in disagreements(rows, [])]
    found.wrong += disagreements([], depths)
    for runs in zip(*(_flat(rows) for rows in rounds), strict=True):
        yield from _told(list(runs))
    for row in depths:
        steps = next(run.depth for run in row if run.depth is not None)
        for run in row:
            yield Figure(PART, f"{run.engine}, a bug {steps} steps away", SECONDS, run.seconds)


def _flat(rows: list[list[PeerRun]]) -> list[PeerRun]:
    return [run for row in rows for run in row]


def _told(runs: list[PeerRun]) -> Iterator[Figure]:
    one = runs[0]
    what = _name(one.engine, one.tasks)
    yield Figure(PART, what, SECONDS, middle(run.seconds for run in runs))
    if one.states is not None:
        yield Figure(PART, what, STATES, one.states)


def _name(engine: str, tasks: int | str) -> str:
    return f"{engine}, {tasks} tasks"


def limits(found: Figures) -> Iterator[Limit]:
    """Yield what must hold beside Spin and TLC."""
    for tasks in COMPARED:
        ours, spin, tlc = (
            found.here(PART, _name(one, tasks), SECONDS) for one in (OURS, "Spin", "TLC")
        )
        yield at_most(2, f"{tasks} tasks, in times of TLC's", 1, times(ours, tlc))
        yield at_most(2, f"{tasks} tasks, in times of Spin's", 5, times(ours, spin))
