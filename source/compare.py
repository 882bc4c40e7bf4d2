"""Proves that a function read from C means what the model says, or finds where it does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checker.engines.sat import Answer, Constraint
from checker.smallest.cost import Values
from checker.smallest.least import Contradiction, least_of
from checker.smallest.shrink import Check, found_in, not_default, shrink, small
from model.algebra import Truth, both, either, no, same, widened
from model.call import Situation
from model.due import is_truth
from model.errors import number as error_number
from model.predict import call_of
from model.records import build
from model.terms import WordTerm
from model.wellformed import well_formed
from source import effects
from source.effects import UnreadField
from source.interpreter import CallResult, Interpreter, Turn
from source.ladders import Ladders
from source.program import PLACE
from source.questions import (
    ABSENT,
    BALANCED,
    BUT_FOR,
    DIFFERENT,
    EXTRA,
    MISSING,
    ONLY_UNVOUCHED,
    OPEN,
    PARTLY,
    SAME,
    UNREADABLE,
    UNSEEN,
    Comparison,
    Divergence,
    DivergingCall,
    Engine,
)
from source.readings.reading import FunctionReading
from source.values import errno_of, word_of
from source.watched import Unvouched, unvouched

LEAST = 2_000_000
"""Propagations of one query for a smaller call."""


def _aspects(
    reading: FunctionReading, machine: Interpreter, done: CallResult, outcome: Any
) -> tuple[list[tuple[str, Any, Any, Truth]], list[str]]:
    """Return (name, C's answer, the model's, where compared), and what could not be read."""
    errno = errno_of(word_of(done.value))
    told: list[tuple[str, Any, Any, Truth]] = [("errno", errno, error_number(outcome.errno), True)]
    unread = []
    fine = both(no(effects.failed(done)), outcome.ok)
    for aspect in reading.aspects:
        try:
            seen = aspect.c(machine, done)
        except UnreadField as why:
            unread.append(f"{aspect.name}: {why}")
            continue
        told.append((aspect.name, seen, aspect.model(outcome), aspect.always or fine))
    if reading.keeps:
        for name, kept in outcome.held.items():
            here = both(effects.failed(done), effects.kept(machine, name))
            told.append((f"a failed call keeps {name}", here, kept, True))
    return told, unread


def differ(one: Any, other: Any) -> Truth:
    """Return whether two truths, or two words, differ; words of unlike widths are widened."""
    truths = is_truth(one) or is_truth(other)
    return no(same(one, other)) if truths else no(_equal(one, other))


def _equal(one: Any, other: Any) -> Truth:
    one, other = (int(side) if isinstance(side, int) else side for side in (one, other))
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    if isinstance(one, WordTerm) and isinstance(other, WordTerm):
        width = max(one.width, other.width)
        one, other = widened(one, width), widened(other, width)
    equal: Truth = one == other
    return equal


class Comparer(Ladders):
    """Compares the functions of one program with the model's on one kernel."""

    def compare(
        self,
        reading: FunctionReading,
        *,
        smallest: bool = True,
        tries: Iterable[dict[str, Any]] = (),
    ) -> Comparison:
        """Compare one function on every call; ``tries`` are looked at first, one by one."""
        function = self.program.readable(reading.function)
        if reading.function in self.program.unreadable:
            why = self.program.unreadable[reading.function]
            return Comparison(reading.name, PLACE[reading.function], 1, UNREADABLE, reason=why)
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
        if reading.parts:
            return self._of_parts(reading, smallest)
        machine, done = reading.run(self.program, self.call, ordered=reading.balanced)
        made.statements = sorted(machine.statements.values(), key=lambda one: (one.path, one.line))
        told, unread = _aspects(reading, machine, done, reading.model(self.call))
        wrong = [both(where, differ(one, other)) for _, one, other, where in told]
        sought = self.sought(reading, both(machine.trusted, either(*wrong)))
        model = self.find(sought, made)
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
            made.balance = self.balance_of(reading, machine, done)
            made.order = self.order_of(reading, machine, done)
        self._beyond(reading, machine, made)
        return made

    def _of_parts(self, reading: FunctionReading, smallest: bool) -> Comparison:
        """Compare part after part, until one does not agree; return the last one's comparison.

        Each is asked of an engine of its own, which is not burdened with the others' clauses.
        """
        made = None
        for part in reading.parts:
            alone = Comparer(self.program, self.kernel, Engine(self.kernel))
            made = alone.compare(part, smallest=smallest)
            agrees = made.verdict == SAME or made.reason == ONLY_UNVOUCHED
            if not (agrees and made.in_balance):
                break
        assert made is not None
        return made

    def _beyond(self, reading: FunctionReading, machine: Interpreter, made: Comparison) -> None:
        """Note what the comparison says nothing of; where there is any, it is not "the same"."""
        made.exits, made.passed = exits_of(machine)
        made.unvouched = [
            one
            for function in machine.functions.values()
            for one in unvouched(self.program, function, self.kernel.name)
        ]
        if made.unread:
            self._look_behind(reading, made)
        if made.unvouched and made.verdict == SAME:
            made.verdict, made.reason = PARTLY, ONLY_UNVOUCHED
        if made.unvouched and made.disagreement is None:
            made.reaching = self._reaching(reading, machine, made.unvouched)

    def _reaching(
        self, reading: FunctionReading, machine: Interpreter, wanted: list[Unvouched]
    ) -> dict[str, Any] | None:
        """Return a small call that runs the first of some statements that any call runs."""
        for one in wanted:
            place = one.path, one.line
            there = either(*(both(*ways) for ways in machine.reached.get(place, ())))
            looked = Comparison(reading.name, one.path, one.line, SAME)
            model = self.find(self.sought(reading, there), looked)
            if model is None:
                continue
            values = not_default(model)

            def still(trial: dict[str, Any], place: tuple[str, int] = place) -> bool:
                found = self._run(reading, trial)
                return found is not None and place in found[0].reached

            if still(values):
                return shrink(values, still)
        return None

    def _look_behind(self, reading: FunctionReading, made: Comparison) -> None:
        """Compare what stands behind what is not read, as if that yielded 0 and did nothing."""
        self.assuming = True
        try:
            machine, done = reading.run(self.program, self.call, assuming=True)
            self._behind(reading, machine, done, made)
            if made.balance == BALANCED or made.balance.startswith(BUT_FOR):
                balance = self.balance_of(reading, machine, done)
                fine = balance == BALANCED or balance.startswith(BUT_FOR)
                made.balance = UNSEEN if fine else balance
        finally:
            self.assuming = False

    def _behind(
        self, reading: FunctionReading, machine: Interpreter, done: CallResult, made: Comparison
    ) -> None:
        told, _ = _aspects(reading, machine, done, reading.model(self.call))
        wrong = [both(where, differ(one, other)) for _, one, other, where in told]
        looked = Comparison(reading.name, made.path, made.line, SAME)
        model = self.find(self.sought(reading, either(*wrong)), looked)
        if model is None or made.verdict == DIFFERENT:
            return
        values = not_default(model)
        if not self.differences(reading, values):
            return
        values = shrink(values, lambda trial: bool(self.differences(reading, trial)))
        made.hidden = self.disagreement(reading, values)

    def _check_occurs(
        self, reading: FunctionReading, machine: Interpreter, made: Comparison
    ) -> None:
        """Doubt that nothing differs if there is nothing to compare, or the solver says so."""
        called = self.engine.sat.ask(*filter(None, [self.sought(reading, machine.trusted)]))
        if called.values is None:
            made.verdict, made.reason = OPEN, "no call is left that could differ"
            return
        start = build(Situation, not_default(called.values))
        if not (reading.holds_for(start) and well_formed(self.kernel, start)):
            made.verdict, made.reason = OPEN, "the solver's call cannot be made"

    def _shown(
        self, reading: FunctionReading, wrong: Any, model: Any, made: Comparison, smallest: bool
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
            values, minimal = self._least(small(values, still), wrong, still)
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
        def ask(bound: Constraint) -> Answer:
            return self.engine.sat.ask(wrong, bound)

        def found(answer: Answer) -> Values | None:
            return found_in(answer, still)

        try:
            least = least_of(values, self.engine.order, ask, found)
        except Contradiction:
            return values, False
        return least.values, least.proved

    def differences(self, reading: FunctionReading, values: dict[str, Any]) -> list[Divergence]:
        """Return in what C and model differ on one call; nothing where it cannot be made."""
        found = self._run(reading, values)
        if found is None:
            return []
        machine, done, outcome = found
        told, _ = _aspects(reading, machine, done, outcome)
        return [
            Divergence(name, one, other)
            for name, one, other, where in told
            if machine.trusted and where and differ(one, other)
        ]

    def disagreement(self, reading: FunctionReading, values: dict[str, Any]) -> DivergingCall:
        """Return a call with both answers, the C's line and the model's rule."""
        call = call_of(self.kernel, build(Situation, values))
        machine, _done = reading.run(self.program, call, assuming=self.assuming)
        outcome = reading.model(call)
        row = getattr(outcome, "rejected_by", None)
        return DivergingCall(
            values,
            self.differences(reading, values),
            last_turn(machine),
            row.name if row is not None else "",
            row.at if row is not None else "",
        )


def exits_of(machine: Interpreter) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the places of the exits that were compared, and of those behind something unread."""
    seen: dict[tuple[str, int], bool] = {}
    for one in machine.all_exits:
        place = one.path, one.line
        seen[place] = seen.get(place, False) or both(machine.trusted, one.when) is not False
    told = {f"{path}:{line}": seen[path, line] for path, line in sorted(seen)}
    return (
        tuple(place for place, there in told.items() if there),
        tuple(place for place, there in told.items() if not there),
    )


def last_turn(machine: Interpreter) -> Turn | None:
    """Return where a concrete run was decided: its first turn to an error, else its end."""
    if machine.turns:
        return machine.turns[0]
    outermost = next(iter(machine.functions), "")
    ends = [one for one in machine.all_exits if one.function == outermost]
    if not ends:
        return None
    return Turn(ends[-1].path, ends[-1].function, ends[-1].line, ends[-1].text, ())
