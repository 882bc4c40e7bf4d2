"""Two trees on the same call of the model: in what the C of one differs from the other's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model.algebra import Truth, both, either, no
from model.call import Call, Situation
from model.kernel import Kernel
from model.predict import call_of
from model.records import build
from model.wellformed import well_formed
from source import effects
from source.compare import differ
from source.effects import UnreadField
from source.interpreter import CallResult, Interpreter, State
from source.program import PLACE, Program
from source.questions import Engine, Questions
from source.readings.every import READINGS
from source.readings.reading import Aspect, FunctionReading
from source.tree import Tree
from source.values import errno_of, word_of

FAILS, SUCCEEDS, LEAVES, OTHERWISE = (
    "fails now",
    "succeeds now",
    "leaves something else",
    "fails otherwise",
)
WAYS = (SUCCEEDS, FAILS, LEAVES, OTHERWISE)
"""The ways to differ on a call."""

_WORD = re.compile(r"\w+")

Calls = dict[tuple[str, str], list[tuple[str, str]]]
"""By a function and the file of its caller: the functions that it names, each with its file."""


Own = tuple[Program, Program]
"""The tree before with one function as it is after, and the tree after with that as before."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two trees differ on a call: what it is on the one, and on the other."""

    aspect: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Ran:
    """A function that was run on a call, of one tree; ``fine`` is what it leaves on success."""

    machine: Interpreter
    done: CallResult
    fine: State

    @property
    def errno(self) -> Any:
        """Return the errno, 0 for success."""
        return errno_of(word_of(self.done.value))


class Pair:
    """A tree before and after a patch, and the calls of a kernel that are tried on both."""

    def __init__(
        self, base: Tree, head: Tree, kernel: Kernel, engine: Engine | None = None
    ) -> None:
        before = Program(base)
        self.programs = before, Program(head, beside=before)
        self.kernel = kernel
        self.questions = Questions(self.programs[0], kernel, engine)
        self._calls: tuple[Calls, Calls] = {}, {}
        self._call: Call | None = None
        self._last: dict[tuple[str, int], Ran] = {}

    def readings(self, function: str) -> list[FunctionReading]:
        """Return the readings that run a function in either tree, its own first, then the least."""
        closures = {one.name: self._closure(one) for one in READINGS}
        found = [one for one in READINGS if function in closures[one.name]]
        return sorted(found, key=lambda one: (one.function != function, len(closures[one.name])))

    def _closure(self, reading: FunctionReading) -> set[str]:
        """Return the functions that a reading may run in turn, in either tree, by their names."""
        found: set[str] = set()
        for program, calls in zip(self.programs, self._calls, strict=True):
            found |= _run_by(program, reading, calls)
        return found

    def run(self, reading: FunctionReading, call: Call) -> tuple[Ran, Ran]:
        """Run a function of both trees on a call."""
        return self.side(reading, call, 0), self.side(reading, call, 1)

    def side(self, reading: FunctionReading, call: Call, side: int) -> Ran:
        """Run a function of one tree on a call, the last one not again."""
        if self._call is not call:
            self._call, self._last = call, {}
        key = reading.name, side
        if key not in self._last:
            machine, done = reading.run(self.programs[side], call)
            self._last[key] = Ran(machine, done, done.state)
        return self._last[key]

    def own(self, function: str) -> Own:
        """Return the trees that tell what the change of one function alone does."""
        before, after = self.programs
        return before.but_for(function, after), after.but_for(function, before)

    @staticmethod
    def beside(reading: FunctionReading, call: Call, program: Program) -> Ran:
        """Run a function of a third tree on a call."""
        machine, done = reading.run(program, call)
        return Ran(machine, done, done.state)

    def possible(self, reading: FunctionReading, values: dict[str, Any]) -> Call | None:
        """Return a call that can be made, as this kernel's entry points make it."""
        start = build(Situation, values)
        if not (well_formed(self.kernel, start) and reading.holds_for(start)):
            return None
        return call_of(self.kernel, start)

    def there(self, reading: FunctionReading) -> bool:
        """Return whether both trees have a function, and it can be read."""
        return all(one.readable(reading.function) is not None for one in self.programs)


def _run_by(program: Program, reading: FunctionReading, calls: Calls) -> set[str]:
    found: set[str] = set()
    waiting = [(reading.function, "")]
    while waiting:
        one, beside = waiting.pop()
        if one in found or one in reading.stops:
            continue
        found.add(one)
        if (one, beside) not in calls:
            calls[one, beside] = _called(program, one, beside)
        waiting += calls[one, beside]
    return found


def _called(program: Program, name: str, beside: str) -> list[tuple[str, str]]:
    """Return the functions that one names and that may be read, each with its caller's file."""
    path = PLACE.get(name, beside)
    file = program.file(path)
    text = "" if file is None else file.bodies.get(name, "")
    known = PLACE.keys() | (file.bodies.keys() if file is not None else set())
    return [(word, path) for word in known & set(_WORD.findall(text))]


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that is compared in two trees, and in which ways it may make them differ."""

    aspect: str
    before: Any
    after: Any
    shows: tuple[str, ...]

    @property
    def differs(self) -> Truth:
        """Return whether both sides differ, wherever that is."""
        return differ(self.before, self.after)


def differences(reading: FunctionReading, ran: tuple[Ran, Ran]) -> Iterator[Compared]:
    """Yield each thing that is compared.

    Those are the errno; where both succeed, the fields that the reading shows; where both fail,
    what they keep and give back twice.
    """
    one, other = ran
    yield Compared("errno", one.errno, other.errno, (SUCCEEDS, FAILS, OTHERWISE))
    for aspect in reading.aspects:
        try:
            before, after = (_seen(aspect, side) for side in ran)
        except UnreadField:
            continue
        yield Compared(aspect.name, before, after, WAYS if aspect.always else (LEAVES,))
    names = {name for side in ran for name in effects.resources(side.machine)}
    for name in sorted(names):
        for what, told in _KEEPS.items():
            before, after = (told(side.machine, name) for side in ran)
            yield Compared(f"{what} {name}", before, after, (OTHERWISE,))


def _seen(aspect: Aspect, side: Ran) -> Any:
    """Return what an aspect is in one tree; if it counts on success alone, as it is there."""
    machine, whole = side.machine, side.machine.state
    if not aspect.always:
        machine.state = side.fine
    try:
        return aspect.c(machine, side.done)
    finally:
        machine.state = whole


_KEEPS = {
    "a failed call keeps": effects.kept,
    "a failed call gives back twice": effects.given_twice,
}


def ways(reading: FunctionReading, ran: tuple[Ran, Ran]) -> dict[str, Truth]:
    """Return on which calls each way to differ is met, where all that matters was read."""
    fine = [side.errno == 0 for side in ran]
    known = both(*(side.machine.trusted for side in ran))
    compared = list(differences(reading, ran))
    differ = {
        shows: either(*(one.differs for one in compared if shows in one.shows))
        for shows in (LEAVES, OTHERWISE)
    }
    return {
        SUCCEEDS: both(known, no(fine[0]), fine[1]),
        FAILS: both(known, fine[0], no(fine[1])),
        LEAVES: both(known, *fine, differ[LEAVES]),
        OTHERWISE: both(known, no(fine[0]), no(fine[1]), differ[OTHERWISE]),
    }


def told(reading: FunctionReading, ran: tuple[Ran, Ran]) -> list[Difference]:
    """Return in what two trees differ on one call; nothing where they do not or nobody knows."""
    shown = {shows for shows, there in ways(reading, ran).items() if there}
    return [
        Difference(one.aspect, one.before, one.after)
        for one in differences(reading, ran)
        if not shown.isdisjoint(one.shows) and one.differs is not False
    ]
