"""Proves that a function read from C means what the model says, or finds where it does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import z3

from checker.engines.sat import Answer, Constraint, Sat
from checker.readings.space import as_z3, space
from checker.smallest.cost import Values
from checker.smallest.least import Contradiction, least_of
from checker.smallest.order import Order
from checker.smallest.shrink import Check, lower_numbers, not_default, shrink, smallest
from model.algebra import Truth, both, either, no, same
from model.call import Situation
from model.errors import number as error_number
from model.kernel import Kernel
from model.predict import call_of
from model.records import build
from model.wellformed import well_formed
from source import effects
from source.effects import Unknown
from source.interpreter import UNREAD, Interpreter, Returned, Statement, Turn
from source.program import PLACE, Program
from source.readings import Reading
from source.values import errno_of, word_of

LEAST = 2_000_000
"""Propagations of one query for a smaller call."""


class Engine:
    """A SAT engine over the calls that are possible on one kernel, and the order of calls."""

    def __init__(self, kernel: Kernel) -> None:
        self.sat = Sat([as_z3(well_formed(kernel, space().start))])
        self.order = Order(self.sat)


_ENGINES: dict[int, tuple[Kernel, Engine]] = {}


def engine_of(kernel: Kernel) -> Engine:
    """Return the engine of a kernel; made once, shared by all that is compared with it."""
    known = _ENGINES.get(id(kernel))
    if known is None:
        known = _ENGINES[id(kernel)] = (kernel, Engine(kernel))
    return known[1]


SAME, DIFFERENT, PARTLY, OPEN = "the same", "different", "not fully compared", "undecided"
ABSENT, MISSING, EXTRA = "absent in both", "missing", "not in the model"
AGREE = (SAME, ABSENT)
"""The verdicts that say that nothing was found to differ."""


@dataclass(frozen=True)
class Difference:
    """One thing in which C and model differ on a call: both answers."""

    aspect: str
    c: Any
    model: Any


@dataclass
class Disagreement:
    """A smallest call on which they differ, what the C did (with its line) and the model."""

    values: dict[str, Any]
    differences: list[Difference]
    turn: Turn | None
    rule: str = ""
    at: str = ""
    minimal: bool = False


@dataclass
class Comparison:
    """What comparing one function came to."""

    reading: str
    path: str
    line: int
    verdict: str
    disagreement: Disagreement | None = None
    statements: list[Statement] = field(default_factory=list)
    reason: str = ""
    balance: str = ""
    compared: tuple[str, ...] = ()
    """In what C and model were found equal: errno, and what the reading compares besides."""
    order: tuple[str, ...] = ()
    """What a failing call gives back before something taken later: not in reverse order."""

    @property
    def unread(self) -> list[Statement]:
        """Return the statements that could not be translated."""
        return [one for one in self.statements if one.kind == UNREAD]


def _aspects(
    reading: Reading, machine: Interpreter, done: Returned, outcome: Any
) -> tuple[list[tuple[str, Any, Any, Truth]], list[str]]:
    """Return (name, C's answer, the model's, where compared), and what could not be read."""
    errno = errno_of(word_of(done.value))
    told: list[tuple[str, Any, Any, Truth]] = [("errno", errno, error_number(outcome.errno), True)]
    unread = []
    fine = both(no(effects.failed(done)), outcome.ok)
    for aspect in reading.aspects:
        try:
            seen = aspect.c(machine, done)
        except Unknown as why:
            unread.append(f"{aspect.name}: {why}")
            continue
        told.append((aspect.name, seen, aspect.model(outcome), aspect.always or fine))
    if reading.keeps:
        for name, kept in outcome.held.items():
            here = both(effects.failed(done), effects.kept(machine, name))
            told.append((f"a failed call keeps {name}", here, kept, True))
    return told, unread


def _not_known(wrong: dict[str, Truth], reading: Reading, outcome: Any) -> dict[str, Truth]:
    """Return what fails to be given back, without what the model's ladders keep as well."""
    held = outcome.held if reading.keeps else {}
    return {name: both(there, no(held.get(name, False))) for name, there in wrong.items()}


def _differ(one: Any, other: Any) -> Truth:
    truths = isinstance(one, (bool, z3.BoolRef)) or isinstance(other, (bool, z3.BoolRef))
    return no(same(one, other)) if truths else no(_equal(one, other))


def _equal(one: Any, other: Any) -> Truth:
    one, other = (int(side) if isinstance(side, int) else side for side in (one, other))
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    if isinstance(one, z3.BitVecRef) and isinstance(other, z3.BitVecRef):
        width = max(one.size(), other.size())
        one, other = _wide(one, width), _wide(other, width)
    equal: Truth = one == other
    return equal


def _wide(word: z3.BitVecRef, width: int) -> Any:
    return word if word.size() == width else z3.ZeroExt(width - word.size(), word)


class Comparer:
    """Compares the functions of one program with the model's on one kernel."""

    def __init__(self, program: Program, kernel: Kernel, engine: Engine | None = None) -> None:
        self.program, self.kernel = program, kernel
        self.engine = engine or engine_of(kernel)
        self.call = call_of(kernel, space().start)

    def compare(
        self,
        reading: Reading,
        *,
        smallest: bool = True,
        tries: Iterable[dict[str, Any]] = (),
    ) -> Comparison:
        """Compare one function on every call; ``tries`` are looked at first, one by one."""
        function = self.program.function(reading.function)
        expected = self.kernel.stands(reading.needs) is True
        if function is None:
            path = PLACE[reading.function]
            if expected:
                why = f"{path} has no {reading.function}(), which {self.kernel.name} has"
                return Comparison(reading.name, path, 1, MISSING, reason=why)
            return Comparison(reading.name, path, 1, ABSENT)
        if not expected:
            why = f"{self.kernel.name} has no {reading.function}()"
            return Comparison(reading.name, function.path, function.line, EXTRA, reason=why)
        made = Comparison(reading.name, function.path, function.line, SAME)
        for values in tries:
            if self.differences(reading, values):
                made.verdict, made.disagreement = DIFFERENT, self.disagreement(reading, values)
                return made
        machine, done = reading.run(self.program, self.call)
        made.statements = sorted(machine.statements.values(), key=lambda one: (one.path, one.line))
        told, unread = _aspects(reading, machine, done, reading.model(self.call))
        wrong = [both(where, _differ(one, other)) for _, one, other, where in told]
        sought = self._sought(reading, both(machine.trusted, either(*wrong)))
        model = self._find(sought, made)
        if model is not None:
            self._shown(reading, sought, model, made, smallest)
        elif sought is not None and made.verdict == SAME:
            self._check_occurs(reading, machine, made)
        if made.verdict in (SAME, OPEN, PARTLY) and (made.unread or unread):
            made.verdict = PARTLY
            made.reason = "; ".join([*unread, *filter(None, [made.reason])])
        if made.verdict == SAME:
            made.compared = tuple(name for name, *_ in told)
        if reading.balanced and made.verdict != OPEN:
            made.balance = self._balance(reading, machine, done)
            made.order = self._order(reading, machine, done)
        return made

    def _order(self, reading: Reading, machine: Interpreter, done: Returned) -> tuple[str, ...]:
        """Return the pairs that some failing call gives back out of order."""
        found = []
        for pair, there in effects.out_of_order(machine, done).items():
            made = Comparison(reading.name, "", 0, SAME)
            if self._find(self._sought(reading, both(machine.trusted, there)), made) is not None:
                found.append(pair)
        return tuple(found)

    def _sought(self, reading: Reading, wrong: Truth) -> Constraint | None:
        if wrong is False:
            return None
        terms = z3.And(as_z3(reading.holds_for(space().start)), as_z3(wrong))
        return self.engine.sat.constraint(terms)

    def _find(self, sought: Constraint | None, made: Comparison) -> Any:
        """Return the leaf values of a call that is sought, or ``None`` if there is none."""
        if sought is None:
            return None
        answer = self.engine.sat.ask(sought)
        if answer.status == "unknown":
            made.verdict, made.reason = OPEN, answer.reason
        return answer.values

    def _check_occurs(self, reading: Reading, machine: Interpreter, made: Comparison) -> None:
        """Doubt that nothing differs if there is nothing to compare, or the solver says so."""
        called = self.engine.sat.ask(*filter(None, [self._sought(reading, machine.trusted)]))
        if called.values is None:
            made.verdict, made.reason = OPEN, "no call is left that could differ"
            return
        start = build(Situation, not_default(called.values))
        if not (reading.holds_for(start) and well_formed(self.kernel, start)):
            made.verdict, made.reason = OPEN, "the solver's call cannot be made"

    def _shown(
        self, reading: Reading, wrong: Any, model: Any, made: Comparison, smallest: bool
    ) -> None:
        values = not_default(model)
        if not self.differences(reading, values):
            made.verdict = PARTLY
            made.reason = "what could not be read decides some calls"
            return
        made.verdict = DIFFERENT

        def still(trial: dict[str, Any]) -> bool:
            return bool(self.differences(reading, trial))

        values, minimal = shrink(values, still), False
        if smallest:
            values, minimal = self._least(shrink(values, still), wrong, still)
            values = lower_numbers(values, still)
        made.disagreement = self.disagreement(reading, values)
        made.disagreement.minimal = minimal

    def _least(
        self, values: dict[str, Any], wrong: Any, still: Check
    ) -> tuple[dict[str, Any], bool]:
        """Return a call of least cost, and whether that is proved (within a small budget)."""
        kept, self.engine.sat.quick = self.engine.sat.quick, LEAST
        try:
            return self._searched(values, wrong, still)
        finally:
            self.engine.sat.quick = kept

    def _searched(
        self, values: dict[str, Any], wrong: Any, still: Check
    ) -> tuple[dict[str, Any], bool]:
        def settled(answer: Answer) -> Values | None:
            found = not_default(answer.values or {})
            return smallest(found, still) if still(found) else None

        def ask(bound: Constraint) -> Answer:
            return self.engine.sat.ask(wrong, bound)

        try:
            least = least_of(values, self.engine.order, ask, settled)
        except Contradiction:
            return values, False
        return least.values, least.proved

    def differences(self, reading: Reading, values: dict[str, Any]) -> list[Difference]:
        """Return in what C and model differ on one call; nothing where it cannot be made."""
        start = build(Situation, values)
        if not (well_formed(self.kernel, start) and reading.holds_for(start)):
            return []
        call = call_of(self.kernel, start)
        machine, done = reading.run(self.program, call)
        told, _ = _aspects(reading, machine, done, reading.model(call))
        return [
            Difference(name, one, other)
            for name, one, other, where in told
            if machine.trusted and where and _differ(one, other)
        ]

    def disagreement(self, reading: Reading, values: dict[str, Any]) -> Disagreement:
        """Return a call with both answers, the C's line and the model's rule."""
        call = call_of(self.kernel, build(Situation, values))
        machine, _done = reading.run(self.program, call)
        outcome = reading.model(call)
        row = getattr(outcome, "rejected_by", None)
        return Disagreement(
            values,
            self.differences(reading, values),
            last_turn(machine),
            row.name if row is not None else "",
            row.at if row is not None else "",
        )

    def _balance(self, reading: Reading, machine: Interpreter, done: Returned) -> str:
        """Say whether every error path gives back exactly what was taken, or which does not."""
        wrong = _not_known(effects.unbalanced(machine, done), reading, reading.model(self.call))
        if not wrong:
            return "balanced"
        if machine.trusted is not True:
            wrong = {name: both(machine.trusted, there) for name, there in wrong.items()}
        made = Comparison(reading.name, "", 0, SAME)
        model = self._find(self._sought(reading, either(*wrong.values())), made)
        if model is None:
            return "balanced" if made.verdict == SAME else f"undecided: {made.reason}"
        values = not_default(model)
        values = shrink(values, lambda trial: bool(self.unbalanced(reading, trial)))
        found = self.unbalanced(reading, values)
        return f"{'; '.join(found)} on {values}"

    def unbalanced(self, reading: Reading, values: dict[str, Any]) -> list[str]:
        """Return what a call keeps or gives back twice when it fails."""
        start = build(Situation, values)
        if not (well_formed(self.kernel, start) and reading.holds_for(start)):
            return []
        call = call_of(self.kernel, start)
        machine, done = reading.run(self.program, call)
        return [
            f"{resource} {'is kept' if effects.kept(machine, resource) else 'is given back twice'}"
            for resource, there in _not_known(
                effects.unbalanced(machine, done), reading, reading.model(call)
            ).items()
            if there and machine.trusted
        ]


def last_turn(machine: Interpreter) -> Turn | None:
    """Return where a concrete run was decided: its first turn to an error, else its end."""
    if machine.turns:
        return machine.turns[0]
    if not machine.all_exits:
        return None
    end = machine.all_exits[-1]
    return Turn(end.path, end.function, end.line, end.text, ())
