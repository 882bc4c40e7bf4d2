"""A world whose states and steps are those that an exploration found, and what is said of them.

What mutants are compared with is known then before any of it is looked at a state at a time.
It is looked at so from some states all the same: a search in columns that says otherwise than
plain values do is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.ground.problems import Problem
from checker.mutation.world import Edge, Mark, Moves, SeenStates
from checker.over_time.claimed import Claims, Met
from checker.over_time.explore import Explored
from checker.over_time.stepwise import cases
from model.kernel import Kernel

PLAINLY = 24
"""States from which all is looked at anew, spread over those that were found."""

Bits = NDArray[Any]
"""Numbers with a bit for each of some statements, as many as there are."""


class ReadOff:
    """What statements say of all states and steps of a search, read off once for its kernels."""

    def __init__(self, explored: Explored) -> None:
        self.met = Met(explored.search, explored.together)
        self._claims: dict[Any, Claims] = {}

    def into(self, world: SeenStates, explored: Explored, kernel: Kernel) -> None:
        """Let the world of a kernel know the states and steps there, and what is said of them.

        Raise :class:`Problem` where plain values say otherwise.
        """
        place = next(at for at, one in enumerate(self.met.explored) if one is explored)
        bit = explored.place_of(kernel)
        numbers = [world.add(state) for state in explored.states]
        whole = explored.count if explored.closed else explored.left
        marks = self._marks(world, self.met.at_states[place], bit)
        world.known(dict(zip(numbers[:whole], marks, strict=False)), {})
        source, _target, step, then = explored.table
        led = self._led(world, explored, then)
        said = self._said(world, self.met.at_steps[place], bit)
        steps = explored.system.steps
        standing = (one.move for one in explored.system.steps_on(world.machine))
        edges: dict[Moves, dict[int, Edge | None]] = {
            move: dict.fromkeys(numbers[:whole]) for move in standing
        }
        pairs = zip(source.tolist(), step.tolist(), led, said, strict=True)
        for from_, number, to, (met, broken, done) in pairs:
            at = numbers[from_]
            edges[steps[number].move][at] = Edge(to, met, broken, done & world.mark(at).wanted)
        world.known({}, edges)
        _looked_at_plainly(world, numbers[:whole])

    @staticmethod
    def _led(world: SeenStates, explored: Explored, then: Any) -> list[int]:
        """Return where steps lead, as the world numbers states."""
        every, which = np.unique(then, return_inverse=True)
        known = np.array([world.add(state) for state in explored.search.store.plain(every)])
        found: list[int] = known[which].tolist() if len(which) else []
        return found

    def _marks(self, world: SeenStates, where: Any, bit: int) -> Iterator[Mark]:
        said = world.statements
        of_states = [self._of_states(prop.statement) for prop in said.of_states]
        wanted = [self._wanted(prop.statement, case).premise for prop, case in said.some]
        columns = (
            _bits((one.premise for one in of_states), where, bit),
            _bits((one.conclusion for one in of_states), where, bit),
            _bits(wanted, where, bit),
        )
        return (Mark(*one) for one in zip(*(column.tolist() for column in columns), strict=True))

    def _said(self, world: SeenStates, where: Any, bit: int) -> Iterator[tuple[int, int, int]]:
        said = world.statements
        each = [[self._each(prop.statement, case) for case in cases(prop)] for prop in said.each]
        done = [self._each(prop.statement, case).conclusion for prop, case in said.some]
        columns = (
            _bits((_any(claims.premise for claims in made) for made in each), where, bit),
            _bits((_any(claims.wrong for claims in made) for made in each), where, bit),
            _bits(done, where, bit),
        )
        return zip(*(column.tolist() for column in columns), strict=True)

    def _of_states(self, statement: Any) -> Claims:
        return self._once((0, statement), lambda: self.met.states.claims(statement))

    def _wanted(self, statement: Any, case: tuple[Any, ...]) -> Claims:
        return self._once((1, statement, case), lambda: self.met.standing.claims(statement, case))

    def _each(self, statement: Any, case: tuple[Any, ...]) -> Claims:
        return self._once((2, statement, case), lambda: self.met.steps.claims(statement, case))

    def _once(self, key: Any, ask: Any) -> Claims:
        if key not in self._claims:
            self._claims[key] = ask()
        return self._claims[key]


def _any(parts: Iterable[Bits]) -> Bits:
    found: Bits = np.bitwise_or.reduce(list(parts))
    return found


def _bits(noted: Iterable[Bits], where: Any, bit: int) -> Bits:
    """Return place by place a number with a bit for each statement that is noted of a kernel."""
    found = np.zeros(len(where), dtype=object)
    for number, one in enumerate(noted):
        found[(one[where] >> bit & 1) != 0] += 1 << number
    return found


def _looked_at_plainly(world: SeenStates, numbers: list[int]) -> None:
    """Raise :class:`Problem` if from some states plain values say otherwise than columns."""
    every = max(1, len(numbers) // PLAINLY)
    for at in numbers[::every]:
        if not world.is_so(at):
            name = f"{world.system.name} on {world.kernel.name}"
            raise Problem(f"{name}: plain values say otherwise than its search in columns")
