"""What a system, or a mutant of it, does in its world: states, steps, and what is said of them.

The same search as :mod:`checker.over_time.explore`, on numbers for states.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from checker.mutation.world import Edge, SeenStates
from checker.over_time.explore import lead_to, size
from model.over_time.step import TransitionSystem
from properties.claim import Verdict
from properties.over_time.claim import How, TimedProperty

Taken = tuple[int, int, int, bool]
"""A step: the places of the states before and after, the number it leads to, whether own."""


@dataclass
class Roamed:
    """Every state of a system in its world, in the order found, and every step between two."""

    world: SeenStates
    states: list[int] = field(default_factory=list)
    reached: list[tuple[int, str]] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    steps: list[Taken] = field(default_factory=list)
    met: int = 0
    broken: int = 0
    """Bits of statements about each step."""
    undone: int = 0
    """Bits of statements that from some state no step does what they ask."""
    closed: bool = True
    depth: int = 0

    @property
    def size(self) -> str:
        """Return ``states/steps/depth``, with ``+`` where there are more."""
        return size(len(self.states), len(self.steps), self.depth, self.closed)

    @cached_property
    def graph(self) -> tuple[frozenset[int], frozenset[tuple[int, int, bool]], bool]:
        """Return the states and the steps between them, whichever task has which slot."""
        classes = self.world.classes
        keys = [classes[one] for one in self.states]
        edges = frozenset((keys[a], keys[b], own) for a, b, _then, own in self.steps)
        return frozenset(keys), edges, self.closed

    def way(self, place: int) -> list[str]:
        """Return a shortest list of steps to a state."""
        names: list[str] = []
        while place:
            place, name = self.reached[place]
            names.append(name)
        return names[::-1]


class StatementBroken(Exception):
    """A statement that must not be broken is; there is no need to look further."""

    def __init__(self, prop: TimedProperty) -> None:
        super().__init__(prop.id)
        self.prop = prop


class Watching:
    """Raises :class:`StatementBroken` for a state or a step that breaks one of some statements."""

    def __init__(self, world: SeenStates, watched: Collection[TimedProperty]) -> None:
        said = self._said = world.statements
        self._mark = world.mark
        self._states = _bits(said.of_states, [one for one in watched if one.how is not How.ENDS])
        self._steps = _bits(said.each, watched)

    def edge(self, edge: Edge) -> None:
        """Look at a step."""
        if edge.broken & self._steps:
            raise StatementBroken(_first(self._said.each, edge.broken & self._steps))

    def state(self, at: int) -> None:
        """Look at a state."""
        mark = self._mark(at)
        wrong = mark.met & ~mark.good & self._states
        if wrong:
            raise StatementBroken(_first(self._said.of_states, wrong))


def _bits(props: list[TimedProperty], wanted: Collection[TimedProperty]) -> int:
    return sum(1 << bit for bit, prop in enumerate(props) if prop in wanted)


def _first(props: list[TimedProperty], bits: int) -> TimedProperty:
    return next(prop for bit, prop in enumerate(props) if bits >> bit & 1)


def roam(
    world: SeenStates,
    system: TransitionSystem,
    watched: Collection[TimedProperty] = (),
    most: int = 0,
) -> Roamed:
    """Return what a system does; raise :class:`StatementBroken` where a watched one breaks.

    ``system`` is the world's own or a mutant of it; with ``most`` it is looked at no further
    than so many states.
    """
    most = min(most or system.most, system.most)
    watching, found = Watching(world, watched), Roamed(world)
    place_of = {world.classes[world.start]: 0}
    found.states, found.reached, found.depths = [world.start], [(0, "")], [0]
    steps = [(one, world.edges(one)) for one in system.steps_on(world.machine)]
    watching.state(world.start)
    for place, at in enumerate(found.states):
        if len(found.states) > most:
            found.closed, found.depth = False, max(found.depths[place] - 1, 0)
            return found
        done = 0
        for step, known in steps:
            edge = world.edge(at, step, known)
            if edge is None:
                continue
            watching.edge(edge)
            target = place_of.setdefault(world.classes[edge.then], len(found.states))
            if target == len(found.states):
                watching.state(edge.then)
                found.states.append(edge.then)
                found.reached.append((place, step.name))
                found.depths.append(found.depths[place] + 1)
            found.steps.append((place, target, edge.then, step.own))
            found.met |= edge.met
            found.broken |= edge.broken
            done |= edge.done
        found.undone |= world.mark(at).wanted & ~done
    found.depth = found.depths[-1]
    return found


def verdicts_of(found: Roamed) -> Iterator[tuple[TimedProperty, Verdict | None]]:
    """Yield what exploration says of each statement; ``None`` where only another engine can.

    Where no state has the premise it is VACUOUS, or UNKNOWN where any number of tasks is meant.
    """
    said = found.world.statements
    marks = [found.world.mark(one) for one in found.states]
    met = [_any(one.met for one in marks), found.met, _any(one.wanted for one in marks)]
    wrong = _any(one.met & ~one.good for one in marks)
    for bit, prop in enumerate(said.of_states):
        breaks = bool(wrong >> bit & 1)
        if prop.how is How.ENDS:
            breaks = breaks and found.closed and _stuck(found, bit)
        yield prop, _said(prop, bool(met[0] >> bit & 1), breaks, found.closed)
    for bit, prop in enumerate(said.each):
        breaks = bool(found.broken >> bit & 1)
        yield prop, _said(prop, bool(met[1] >> bit & 1), breaks, found.closed)
    for prop in dict.fromkeys(prop for prop, _case in said.some):
        mine = sum(1 << bit for bit, (one, _case) in enumerate(said.some) if one is prop)
        yield prop, _said(prop, bool(met[2] & mine), bool(found.undone & mine), found.closed)


def _any(bits: Iterable[int]) -> int:
    return reduce(or_, bits, 0)


def _said(prop: TimedProperty, met: bool, breaks: bool, closed: bool) -> Verdict | None:
    if breaks:
        return Verdict.REFUTED
    if not closed or (met and prop.how in (How.INDUCTIVE, How.CONSERVED)):
        return None
    return Verdict.PROVED if met else Verdict.VACUOUS


def _stuck(found: Roamed, bit: int) -> bool:
    """Return whether from a state with the premise no own steps lead to the conclusion."""
    marks = [found.world.mark(one) for one in found.states]
    goal = (place for place, one in enumerate(marks) if one.good >> bit & 1)
    good = lead_to(((source, target, own) for source, target, _then, own in found.steps), goal)
    return any(one.met >> bit & 1 and place not in good for place, one in enumerate(marks))
