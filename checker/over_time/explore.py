"""What a system does on a kernel: its states, the steps between them, and the way to each.

Where the search (:mod:`checker.over_time.frontier`) closes, what holds in every state found
holds for histories of any length.  Where it is cut off at ``TransitionSystem.most`` states it
only speaks of histories up to the last whole depth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from checker.over_time.frontier import Exploration, Group
from checker.over_time.store import Numbers
from checker.over_time.together import MOST, Kernels
from checker.over_time.watched import Watched
from model.kernel import Kernel
from model.over_time.step import Step, TransitionSystem

FURTHER = 3
"""Steps that are looked further than an exploration that was cut off."""

MANY = 100_000
"""States after which that is cut off, too."""


class Explored:
    """The states of a system on a kernel, in the order found, and how each was reached.

    Kernels on which a system does the same share one.
    """

    def __init__(self, search: Exploration, group: Group) -> None:
        self.search, self.system, self._group = search, search.system, group
        self.together: list[Explored] = [self]
        """All that the same search found, on whatever kernels."""
        states = np.concatenate(group.states)
        source = np.concatenate([np.zeros(1, dtype=np.int64), *group.source])
        begins = np.array(group.begins)
        depths = np.searchsorted(begins, np.arange(len(states)), side="right") - 1
        self.left, self.closed = 0, True
        """Where not closed, the first state whose steps are not known."""
        known = len(states)
        if known > search.most:
            self.left = int(source[search.most]) + 1
        if group.stopped is not None and not 0 < self.left <= group.stopped:
            self.left, self.closed = group.stopped, False
            self.depth = int(depths[self.left])
        elif self.left:
            self.closed, self.depth = False, max(int(depths[self.left]) - 1, 0)
        elif len(begins) - 1 == search.far:
            self.left, self.closed, self.depth = group.begins[-1], False, len(begins) - 1
        else:
            self.depth = int(depths[-1])
        """The deepest state; where not closed, the depth up to which every state is known."""
        if not self.closed:
            known = int(np.searchsorted(source, self.left)) if self.left else 1
        self.count = known
        self.numbers: Numbers = states[:known]
        self._source, self._depths = source[:known], depths[:known]
        self._by = np.concatenate([np.zeros(1, dtype=np.int64), *group.by])[:known]

    def place_of(self, kernel: Kernel) -> int:
        """Return the place of a kernel among those that were searched at once."""
        return self.search.kernels.place_of(kernel)

    @property
    def kernels(self) -> int:
        """Return the kernels that it stands for, a bit each."""
        return self._group.kernels

    @cached_property
    def table(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return edge by edge: from which place, to which, by which step, to which state itself.

        That state may be another than the one at the place, which stands for all that differ
        from it only in which task has which slot.
        """
        parts = self._group.edges
        empty = np.zeros(0, dtype=np.int64)
        columns = [np.concatenate([empty, *(part[at] for part in parts)]) for at in range(4)]
        known = len(columns[0]) if self.closed else int(np.searchsorted(columns[0], self.left))
        source, target, step, then = (column[:known] for column in columns)
        return source, target, step, then

    def further(self, far: int, most: int) -> dict[int, Explored]:
        """Return, by the places of its kernels, what is done up to ``far`` steps from the start.

        That is cut off, too, after ``most`` states.
        """
        return _found(self.search.further(self._group, most, far))

    def steps_from(self, kernel: Kernel) -> tuple[Numbers, Numbers, Numbers]:
        """Return every step from every state on a kernel, also from those left out in ``table``.

        That is, in the order of states and steps: from which state itself, by which step, to
        which.
        """
        source, _target, step, then = self.table
        before = self.numbers[source]
        if self.closed:
            return before, step, then
        left = self.numbers[self.left :]
        bits = np.full(len(left), 1 << self.place_of(kernel), dtype=np.int64)
        more = self.search.edges_from(left, bits)
        order = np.argsort(more.source * len(self.system.steps) + more.step, kind="stable")
        return (
            np.concatenate([before, left[more.source[order]]]),
            np.concatenate([step, more.step[order]]),
            np.concatenate([then, more.then[order]]),
        )

    @cached_property
    def own(self) -> Any:
        """Return edge by edge whether the kernel takes the step by itself."""
        return np.array([step.own for step in self.system.steps], dtype=bool)[self.table[2]]

    @cached_property
    def machine(self) -> Watched:
        """Return the first of the kernels that it stands for, as steps see it."""
        known = self.search.kernels
        return Watched(known.kernels[known.one_by_one(self.kernels)[0]])

    @cached_property
    def states(self) -> list[Any]:
        """Return the states as plain records."""
        return self.search.store.plain(self.numbers)

    @cached_property
    def edges(self) -> list[tuple[int, int, bool]]:
        """Return the steps between states: from which, to which, whether the kernel's own."""
        source, target, _step, _then = self.table
        return list(zip(source.tolist(), target.tolist(), self.own.tolist(), strict=True))

    @cached_property
    def moves(self) -> list[tuple[Step, Any]]:
        """Return edge by edge the step, and the very state it leads to, tasks in their slots."""
        steps = [self.system.steps[one] for one in self.table[2].tolist()]
        return list(zip(steps, self.search.store.plain(self.table[3]), strict=True))

    @cached_property
    def depths(self) -> list[int]:
        """Return how many steps lead to each state."""
        return [int(one) for one in self._depths]

    @cached_property
    def taken(self) -> dict[str, int]:
        """Return per step the nearest state from which it is taken."""
        step, first = np.unique(self.table[2], return_index=True)
        pairs = zip(step.tolist(), self.table[0][first].tolist(), strict=True)
        return {self.system.steps[one].name: place for one, place in pairs}

    @cached_property
    def size(self) -> str:
        """Return ``states/steps/depth``, with ``+`` where there are more."""
        return size(self.count, len(self.table[0]), self.depth, self.closed)

    def history(self, index: int) -> list[Step]:
        """Return a shortest list of steps to a state."""
        steps: list[Step] = []
        while index:
            steps.append(self.step_to(index))
            index = int(self._source[index])
        return steps[::-1]

    def step_to(self, index: int) -> Step:
        """Return the step that led first to a state."""
        return self.system.steps[int(self._by[index])]

    def first(self, wanted: Callable[[Any], bool]) -> int | None:
        """Return the first (so nearest) state that is wanted."""
        return next((i for i, state in enumerate(self.states) if wanted(state)), None)

    def lead_to(self, goal: Iterable[int]) -> set[int]:
        """Return the states from which the kernel's own steps lead to one of some."""
        return lead_to(self.edges, goal)


def size(states: int, steps: int, depth: int, closed: bool) -> str:
    """Return ``states/steps/depth``, with ``+`` where there are more."""
    return f"{states}/{steps}/{depth}{'' if closed else '+'}"


def lead_to(edges: Iterable[tuple[int, int, bool]], goal: Iterable[int]) -> set[int]:
    """Return where the own ones of some edges, source, target and whether own, lead to a goal."""
    before: dict[int, list[int]] = {}
    for source, target, own in edges:
        if own:
            before.setdefault(target, []).append(source)
    found = set(goal)
    todo = list(found)
    while todo:
        for source in before.get(todo.pop(), ()):
            if source not in found:
                found.add(source)
                todo.append(source)
    return found


def explore(
    system: TransitionSystem,
    kernel: Kernel,
    most: int | None = None,
    until: Callable[[Any], Any] | None = None,
    with_edges: bool = True,
) -> Explored:
    """Return every state of a system on a kernel, or the first ``most``, or ``until`` one."""
    most = system.most if most is None else most
    return _searched(system, Kernels([kernel]), most, until, with_edges=with_edges)[0]


def explore_on_all(
    system: TransitionSystem, kernels: Sequence[Kernel], most: int
) -> list[Explored]:
    """Return kernel by kernel the first ``most`` states of a system, searched for at once."""
    return _searched(system, Kernels(kernels), most)


def _searched(
    system: TransitionSystem,
    kernels: Kernels,
    most: int,
    until: Callable[[Any], Any] | None = None,
    *,
    with_edges: bool = True,
) -> list[Explored]:
    """Return kernel by kernel what a system does, searched on all of them at once."""
    search = Exploration(system, kernels, most, until, with_edges=with_edges)
    found = _found(search)
    return [found[place] for place in range(len(kernels.kernels))]


def _found(search: Exploration) -> dict[int, Explored]:
    """Return what a search finds, by the places of its kernels."""
    found = [Explored(search, group) for group in search.run()]
    for one in found:
        one.together = found
    return {place: one for one in found for place in search.kernels.one_by_one(one.kernels)}


class Library:
    """Explorations; those of some kernels, which are asked about together, are made at once."""

    def __init__(self, kernels: Sequence[Kernel] = ()) -> None:
        self._parts = [Kernels(kernels[at : at + MOST]) for at in range(0, len(kernels), MOST)]
        self._known: dict[tuple[int, int], tuple[TransitionSystem, Kernel, Explored]] = {}
        self._further: dict[tuple[int, int], tuple[Explored, Kernel, Explored]] = {}

    def emptied(self) -> Library:
        """Return one for the same kernels, which know what they answered, without explorations."""
        made = Library()
        made._parts = self._parts
        return made

    def of(self, system: TransitionSystem, kernel: Kernel) -> Explored:
        """Return what a system does on a kernel."""
        if (id(system), id(kernel)) not in self._known:
            known = (one for one in self._parts if one.has(kernel))
            part = next(known, None) or Kernels([kernel])
            found = _searched(system, part, system.most)
            for one, explored in zip(part.kernels, found, strict=True):
                self._known[id(system), id(one)] = system, one, explored
        return self._known[id(system), id(kernel)][2]

    def further(self, explored: Explored, kernel: Kernel) -> Explored:
        """Return what a system does that was cut off, some steps further from the start."""
        if (id(explored), id(kernel)) not in self._further:
            kernels = explored.search.kernels.kernels
            for place, found in explored.further(explored.depth + FURTHER, MANY).items():
                one = kernels[place]
                self._further[id(explored), id(one)] = explored, one, found
        return self._further[id(explored), id(kernel)][2]
