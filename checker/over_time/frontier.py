"""Exploration a frontier at a time: all states at one depth as columns, on all kernels at once.

The states, edges, their order and the shortest histories are those that a search state by
state finds (:mod:`checker.over_time.explore`): kernel by kernel the states of a depth are
numbered by the state and the step that lead to them first.  Kernels whose edges are the same
so far are one group, and share what is found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from checker.over_time.leading import Leading
from checker.over_time.store import Numbers, Store
from checker.over_time.together import Kernels, Together
from checker.readings.rows import Column, Paths, Rows
from model.due import bare
from model.kernel import Kernel
from model.mistake import Mistake, place_of
from model.over_time.step import Machine, Move, Step, TransitionSystem, itself
from model.records import misfit, values_of

AT_ONCE = 1 << 15
"""States whose steps are taken at once: their columns stay near the processor."""

NEAR = 1 << 20
"""Bytes of columns that one step leaves to the next: many begin with the same questions."""

Until: TypeAlias = "Callable[[Any], Any]"


@dataclass
class Edges:
    """Steps from some states: from which, which step, to which, on which kernels."""

    source: Numbers
    step: Numbers
    then: Numbers
    kernels: Numbers

    def where(self, these: Any) -> Edges:
        """Return some of them."""
        return Edges(self.source[these], self.step[these], self.then[these], self.kernels[these])


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


@dataclass
class Group:
    """Kernels that have done the same so far, and their states in the order found."""

    kernels: int
    place: NDArray[np.int32]
    """By the number of a state's class, its place; -1 where it was not met."""
    frontier: Numbers
    count: int = 1
    seen: int = 1
    """How many states there were when the frontier was reached."""
    states: list[Numbers] = field(default_factory=list)
    source: list[Numbers] = field(default_factory=list)
    by: list[Numbers] = field(default_factory=list)
    edges: list[tuple[Numbers, Numbers, Numbers, Numbers]] = field(default_factory=list)
    begins: list[int] = field(default_factory=lambda: [0])
    """Depth by depth the place of the first state there."""
    stopped: int | None = None
    """The state at which the search was to stop."""
    done: bool = False

    def parted(self, kernels: int) -> Group:
        """Return the same for some of its kernels."""
        return Group(
            kernels, self.place.copy(), self.frontier, self.count, self.seen,
            [*self.states], [*self.source], [*self.by], [*self.edges], [*self.begins],
            self.stopped, self.done,
        )


class Exploration:
    """The search for all states of a system on some kernels."""

    def __init__(
        self,
        system: TransitionSystem,
        kernels: Kernels,
        most: int,
        until: Until | None = None,
        *,
        with_edges: bool = True,
    ) -> None:
        """Take how many states are looked at ``most``."""
        self.system, self.kernels, self.most, self.until = system, kernels, most, until
        self.with_edges = with_edges
        self.far: int | None = None
        """How many steps are looked at most, where that is bounded (:meth:`further`)."""
        self.store = Store(system.record)
        self.alike = system.same is not itself
        self._classes: dict[Any, int] = {}
        self._class_of: list[int] = []
        self.steps = [(step, bare(step.move), self._standing(step)) for step in system.steps]
        self.groups: list[Group] = []

    def _standing(self, step: Step) -> int:
        there = [step.where.on(one) is True for one in self.kernels.kernels]
        return sum(1 << place for place, stands in enumerate(there) if stands)

    def further(self, group: Group, most: int, far: int) -> Exploration:
        """Return a search that goes on for one of its groups where this one was cut off.

        Where that may have been between states of one depth it begins anew.
        """
        more = copy(self)
        more.most, more.far = most, max(far, len(group.begins) - 1)
        more._classes, more._class_of = {**self._classes}, [*self._class_of]
        more.groups = [group]
        if self.most > AT_ONCE:
            more.groups = []
            more._begin()
        alike = [(one, one.kernels & group.kernels) for one in more.groups]
        more.groups = [one.parted(bits) for one, bits in alike if bits]
        for one in more.groups:
            one.done = len(one.begins) - 1 == more.far
        return more

    def run(self) -> list[Group]:
        """Return the groups of kernels, each with all that it does."""
        if not self.groups:
            self._begin()
        while any(not one.done for one in self.groups):
            self._go_on()
        return self.groups

    def _begin(self) -> None:
        starts: dict[Any, int] = {}
        for place, kernel in enumerate(self.kernels.kernels):
            state = self.system.start(Machine(kernel))
            _held(self.system, state, self.system.start)
            starts[state] = starts.get(state, 0) | 1 << place
        for state, bits in starts.items():
            number = self._added([value for _path, value in values_of(state)], 1)
            where = np.full(1, -1, dtype=np.int32)
            group = Group(bits, where, number, states=[number])
            _room(group, self._class(number))[self._class(number)] = 0
            self.groups.append(group)

    def _added(self, values: list[Any], count: int) -> Numbers:
        ranges = [(int(one), int(one)) for one in values]
        self.store.widen(zip(self.store.fields, ranges, strict=True))
        return self.store.add(self.store.packed(values, count))

    def _class(self, numbers: Numbers) -> Numbers:
        """Return the classes of states: of those that differ only in which task has which slot."""
        if not self.alike:
            return numbers
        known = len(self._class_of)
        if known < self.store.size:
            same, classes = self.system.same, self._classes
            for state in self.store.plain(slice(known, self.store.size)):
                self._class_of.append(classes.setdefault(same(state), len(classes)))
            self._class_array = np.array(self._class_of, dtype=np.int64)
        found: Numbers = self._class_array[numbers]
        return found

    def _go_on(self) -> None:
        """Take every step from every state at the depth that was reached."""
        open_ = [one for one in self.groups if not one.done]
        if self.until is not None:
            for group in open_:
                self._look(group)
        if len(open_) == 1:
            self._alone(open_[0])
            return
        rows, where = each_once([one.frontier for one in open_])
        masks = np.zeros(len(rows), dtype=np.int64)
        for group, mine in zip(open_, where, strict=True):
            masks[mine] |= group.kernels
        edges = self.edges_from(rows, masks)
        self.groups = [one for one in self.groups if one.done]
        for group, mine in zip(open_, where, strict=True):
            place = np.full(len(rows), -1, dtype=np.int64)
            place[mine] = np.arange(len(mine))
            own = edges.where((place[edges.source] >= 0) & (edges.kernels & group.kernels != 0))
            for one in self._divided(group, own, place):
                self._deeper(one)
                self.groups.append(one)

    def _alone(self, group: Group) -> None:
        """Go on with one group, some states at a time; its parts go on from where they part."""
        self.groups.remove(group)
        todo = [(group, 0)]
        for one, at in todo:
            rows = one.frontier[at : at + AT_ONCE]
            if not len(rows) or one.count > self.most:
                self._deeper(one)
                self.groups.append(one)
                continue
            edges = self.edges_from(rows, np.full(len(rows), one.kernels, dtype=np.int64))
            parts = self._divided(one, edges, np.arange(at, at + len(rows)))
            todo += [(part, at + AT_ONCE) for part in parts]

    def _look(self, group: Group) -> None:
        """Stop a group at the first state of its frontier that is looked for."""
        for at in range(0, len(group.frontier), AT_ONCE):
            wanted = self._wanted(group.frontier[at : at + AT_ONCE])
            if wanted.any():
                first = at + int(np.argmax(wanted))
                group.stopped = group.begins[-1] + first
                group.frontier = group.frontier[:first]
                return

    def _wanted(self, rows: Numbers) -> Any:
        """Return which of some states are looked for."""
        paths = Paths(len(rows))
        state = self.store.rows(paths, self.store.words(rows))
        wanted = np.zeros(len(rows), dtype=bool)
        until: Any = self.until
        for truth in paths.of(partial(until, state), np.arange(len(rows))):
            wanted[paths.active] = _truths(truth, paths.active)
        return wanted

    def _divided(self, group: Group, edges: Edges, place: Numbers) -> list[Group]:
        """Return the groups into which one parts by its edges, each with where its own lead."""
        parts = _parts(group.kernels, edges.kernels)
        groups = [group] if len(parts) == 1 else [group.parted(bits) for bits in parts]
        for one in groups:
            mine = edges if one is group else edges.where(edges.kernels & one.kernels != 0)
            self._numbered(one, mine, place)
        return groups

    def _numbered(self, group: Group, edges: Edges, place: Numbers) -> None:
        """Give new states their places, in the order of the states and steps that lead there."""
        source, begin = place[edges.source], group.begins[-1]
        order = np.argsort(source * len(self.steps) + edges.step, kind="stable")
        source, step, then = source[order] + begin, edges.step[order], edges.then[order]
        classes = self._class(then)
        known = _room(group, classes)
        target = known[classes].astype(np.int64)
        new = np.flatnonzero(target < 0)
        if len(new):
            mine = classes[new]
            known[mine[::-1]] = (-2 - np.arange(len(new))[::-1]).astype(np.int32)
            first = np.flatnonzero(known[mine] == -2 - np.arange(len(new)))
            known[mine[first]] = np.arange(group.count, group.count + len(first))
            target[new] = known[mine]
            at = new[first]
            group.states.append(then[at])
            group.source.append(source[at])
            group.by.append(step[at])
            group.count += len(first)
        if self.with_edges:
            group.edges.append((source, target, step, then))

    def _deeper(self, group: Group) -> None:
        """Let a group's new states be its frontier."""
        width = group.count - group.seen
        group.done = group.stopped is not None or group.count > self.most or not width
        if not width:
            return
        group.begins.append(group.seen)
        group.seen = group.count
        group.frontier = _last(group.states, width)
        group.done = group.done or len(group.begins) - 1 == self.far

    def edges_from(self, rows: Numbers, masks: Numbers) -> Edges:
        """Return every step that can be taken from some states, each on its kernels."""
        store = self.store
        paths = Paths(len(rows))
        every, there = np.arange(len(rows)), int(np.bitwise_or.reduce(masks))
        paths.masks = masks if np.count_nonzero(masks != there) else None
        state = store.rows(paths, store.words(rows))
        machine = Together(self.kernels, paths)
        leading = Leading(store, rows, state)
        found: list[tuple[Numbers, Numbers, Numbers]] = []
        for number, (step, move, standing) in enumerate(self.steps):
            bits = standing & there
            if not bits:
                continue
            ways = partial(move, machine, state)
            for made in paths.of(ways, paths.on(every, bits), bits):
                if type(made) is not Move:
                    step.move(machine, state)  # says what is wrong with it
                taken = _taken(made.when, paths.active)
                if len(taken):
                    if not leading.add(made.then, taken):
                        self._misfit(rows[taken], machine.first, step)
                    on = masks[taken] & paths.kernels
                    found.append((taken, np.full(len(taken), number), on))
            if paths.bytes > NEAR:
                paths.forget()
        source, by, on = (_joined([one[at] for one in found]) for at in range(3))
        return Edges(source, by, leading.numbers(), on)

    def _misfit(self, rows: Numbers, kernel: Kernel, step: Step) -> None:
        """Raise :class:`Mistake` for the first of some states that a step leads out of."""
        for state in self.store.plain(rows):
            _held(self.system, step.move(Machine(kernel), state).then, step.move)
        raise Mistake(f"{place_of(step.move)}: what it leads to cannot be held")


def _held(system: TransitionSystem, state: Any, made_by: Callable[..., Any]) -> Any:
    """Return a state, if its record holds it: bits would read a number that is too large anew."""
    wrong = misfit(system.record, state)
    if wrong:
        msg = f"{made_by.__name__}() leads to {wrong}, which is no {system.record.__name__}"
        raise Mistake(f"{place_of(made_by)}: {msg}")
    return state


def _last(parts: list[Numbers], count: int) -> Numbers:
    """Return the last of some states, which are in parts."""
    made: list[Numbers] = []
    for part in reversed(parts):
        if count <= 0:
            break
        made.append(part)
        count -= len(part)
    return np.concatenate(made[::-1])


def _truths(truth: Any, active: Column) -> Any:
    return truth.column[active] if isinstance(truth, Rows) else bool(truth)


def _taken(when: Any, active: Numbers) -> Numbers:
    if isinstance(when, Rows):
        return active[when.column[active]]
    return active if when else active[:0]


def _room(group: Group, classes: Numbers) -> NDArray[np.int32]:
    """Return where classes have their places, with room for these."""
    need = int(classes.max()) + 1 if len(classes) else 0
    if need > len(group.place):
        more = max(need, 2 * len(group.place)) - len(group.place)
        group.place = np.concatenate([group.place, np.full(more, -1, dtype=np.int32)])
    return group.place


def _parts(kernels: int, masks: Numbers) -> list[int]:
    """Return the parts of some kernels that are alike in whatever some masks tell apart."""
    parts = [kernels]
    for bits in sorted(set(masks.tolist())) if kernels & (kernels - 1) else ():
        parts = [part for one in parts for part in (one & bits, one & ~bits) if part]
    return parts


def each_once(parts: Sequence[Numbers]) -> tuple[Numbers, list[Numbers]]:
    """Return the numbers in some parts, each once and in order, and where those of each are."""
    every, where = np.unique(_joined([*parts]), return_inverse=True)
    ends = np.cumsum([len(one) for one in parts], dtype=np.intp)
    return every, np.split(where, ends)[:-1]
