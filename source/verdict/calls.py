"""Small calls of the model that show what a patch does: both trees on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from checker.engines.sat import Answer, Constraint
from checker.smallest.shrink import not_default, small
from model.algebra import Truth, both, either, no
from model.call import Call
from model.request import Entry
from model.words import errno_name
from source.compare import last_turn
from source.interpreter import UNREAD, Exit, Turn
from source.questions import NEAR
from source.readings.reading import FunctionReading
from source.semantics import ENTRIES, Semantics
from source.values import errno_of, word_of
from source.verdict.pair import (
    FAILS,
    LEAVES,
    OTHERWISE,
    SUCCEEDS,
    Difference,
    Own,
    Pair,
    Ran,
    told,
    ways,
)

SUCCESS = "success"

REACHES = "runs the changed line"
"""What a call shows that tells the trees in no way apart."""

LONG = 20_000_000
UNITS = {SUCCEEDS: LONG, FAILS: LONG, LEAVES: 3_000_000, OTHERWISE: 3_000_000}
"""Propagations for a call of each way to differ; ``LONG`` for one of any, or that runs a line."""

FIRST: dict[str, tuple[int, bool | None]] = {
    SUCCEEDS: (1, True),
    FAILS: (0, True),
    LEAVES: (0, True),
    OTHERWISE: (0, False),
}
"""Which tree is run first on a call that may show something, and whether it has to succeed."""

LINES = 3
"""Changed lines for which a call is looked for that runs them."""

Line = tuple[int, str, int]
"""A line of the tree before (0) or after (1): the tree, the path, the number."""


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call, and what it comes to before and after.

    ``ends`` are what its entry point returns in both trees (``SUCCESS`` or an errno); nothing
    where that is not read.  ``differences`` are those of ``reading``, the function that was run.
    """

    shows: str
    reading: str
    values: dict[str, Any]
    ends: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    turns: tuple[Turn | None, ...] = ()
    unread: tuple[str, ...] = ()
    """What was not read on the way, in either tree: then the outcomes are not known."""

    @property
    def hidden(self) -> bool:
        """Return whether the call as a whole fails in the same way, whatever the function does."""
        return bool(self.ends) and self.ends[0] == self.ends[1] != SUCCESS


@dataclass
class Sought:
    """What looking for calls came to; ``why`` says what is not certain, or why there is none."""

    shown: list[ShownCall] = field(default_factory=list)
    why: str = ""


def telling(shown: list[ShownCall]) -> list[ShownCall]:
    """Return the calls in whose end the function is seen; all where it is in none."""
    return [one for one in shown if not one.hidden] or shown


class Caller:
    """Finds calls on which two trees differ, or that run a line of one.

    Where ``several`` functions changed, a function's calls are those on which it is its change
    that tells: that alone does, or without it nothing would.
    """

    def __init__(self, pair: Pair, *, several: bool = False) -> None:
        self.pair, self.several = pair, several
        self._ran: dict[str, tuple[Ran, Ran]] = {}

    def calls(self, function: str, lines: Iterable[Line]) -> Sought:
        """Return calls for a changed function: those that differ, else one that runs a line."""
        found = Sought()
        readings = [one for one in self.pair.readings(function) if self.pair.there(one)]
        if not readings:
            found.why = "the model has no call that leads there"
            return found
        for reading in readings:
            own = self.pair.own(function) if self.several else None
            found.shown += self._differing(reading, found, own)
            if found.shown:
                return found
        by = f", by what changes in {function}()" if self.several else ""
        found.why = found.why or f"no call of the model tells the two trees apart{by}"
        for line in list(lines)[:LINES]:
            for reading in readings:
                shown = self._reaching(reading, line)
                if shown is not None:
                    found.shown = [shown]
                    return found
        return found

    def _every(self, reading: FunctionReading) -> tuple[Ran, Ran]:
        """Return both trees' function on every call at once."""
        if reading.name not in self._ran:
            one, other = self.pair.run(reading, self.pair.questions.call)
            self._ran[reading.name] = self._parted(reading, one), self._parted(reading, other)
        return self._ran[reading.name]

    def _parted(self, reading: FunctionReading, side: Ran) -> Ran:
        """Return a run with the state that it leaves by those exits where it may succeed."""
        ends = [end for end in side.done.ends if self._may_succeed(reading, end[0])]
        return replace(side, fine=side.machine.met(ends)) if ends else side

    def _may_succeed(self, reading: FunctionReading, leaving: Exit) -> bool:
        value = leaving.value
        if value.unknown or reading.returned is not None:
            return True
        fine = errno_of(word_of(value)) == 0
        if isinstance(fine, bool):
            return fine
        return self._attempt(self._asked(reading, both(leaving.when, fine)), NEAR).status != "unsat"

    def _differing(
        self, reading: FunctionReading, found: Sought, own: Own | None
    ) -> list[ShownCall]:
        """Return a call for each way to differ that is soon found; else look for any at length."""
        asked = self._ways(reading, own)
        statuses: set[str] = set()
        shown: list[ShownCall] = []
        for shows, there in asked.items():
            if shows != OTHERWISE or not shown:
                for answer in self._answers(self._asked(reading, there), UNITS[shows]):
                    statuses.add(answer.status)
                    one = self._call(reading, shows, answer, found, own)
                    if one is not None:
                        shown.append(one)
                        break
        shown = telling(shown)
        if not shown and "unknown" in statuses:
            answer = self._attempt(self._asked(reading, either(*asked.values())), LONG)
            if answer.status == "unknown":
                found.why = f"{reading.name}: whether a call tells the trees apart is not decided"
            elif answer.values is not None:
                shown = [
                    one
                    for shows in asked
                    if (one := self._call(reading, shows, answer, found, own))
                ][:1]
        return shown

    def _ways(
        self, reading: FunctionReading, own: Own | None, call: Call | None = None
    ) -> dict[str, Truth]:
        """Return on which calls each way to differ is met (on one call: whether it is)."""
        ran = self._every(reading) if call is None else self.pair.run(reading, call)
        met = ways(reading, ran)
        if own is None:
            return met
        every = call or self.pair.questions.call
        alone, without = (self.pair.beside(reading, every, one) for one in own)
        by_it, anyway = ways(reading, (ran[0], alone)), ways(reading, (ran[0], without))
        return {one: both(met[one], either(by_it[one], no(anyway[one]))) for one in met}

    def _asked(self, reading: FunctionReading, truth: Truth) -> Constraint | None:
        return self.pair.questions.sought(reading, truth)

    def _answers(self, asked: Constraint | None, units: int) -> Iterator[Answer]:
        engine = self.pair.questions.engine
        return iter([Answer("unsat")]) if asked is None else engine.answers(asked, units)

    def _attempt(self, asked: Constraint | None, units: int) -> Answer:
        if asked is None:
            return Answer("unsat")
        return self.pair.questions.engine.sat.attempt(units, asked) or Answer("unknown")

    def _call(
        self,
        reading: FunctionReading,
        shows: str,
        answer: Answer,
        found: Sought,
        own: Own | None,
    ) -> ShownCall | None:
        """Return the call of an answer, made small, if it shows a way to differ on plain values."""

        def still(trial: dict[str, Any]) -> bool:
            call = self.pair.possible(reading, trial)
            if call is None:
                return False
            first, fine = FIRST[shows]
            if fine is not None and (self.pair.side(reading, call, first).errno == 0) is not fine:
                return False
            return bool(self._ways(reading, own, call)[shows])

        values = not_default(answer.values or {})
        if not answer.values or not still(values):
            if answer.values:
                found.why = f"{reading.name}: what is not read decides some calls"
            return None
        return self._shown(shows, reading, small(values, still))

    def _reaching(self, reading: FunctionReading, line: Line) -> ShownCall | None:
        side, path, number = line
        machine = self._every(reading)[side].machine
        at = _statement(machine.reached, path, number)
        if at is None:
            return None

        def still(trial: dict[str, Any]) -> bool:
            call = self.pair.possible(reading, trial)
            program = self.pair.programs[side]
            return call is not None and at in reading.run(program, call)[0].reached

        there = either(*(both(*ways) for ways in machine.reached[at]))
        for answer in self._answers(self._asked(reading, there), LONG):
            values = not_default(answer.values or {})
            if answer.values is not None and still(values):
                return self._shown(REACHES, reading, small(values, still))
        return None

    def _shown(self, shows: str, reading: FunctionReading, values: dict[str, Any]) -> ShownCall:
        call = self.pair.possible(reading, values)
        assert call is not None
        ran = self.pair.run(reading, call)
        unread = tuple(dict.fromkeys(one for side in ran for one in _unread(side)))
        return ShownCall(
            shows,
            reading.name,
            values,
            () if unread else self._ends(reading, call, ran),
            tuple(told(reading, ran)),
            tuple(last_turn(side.machine) for side in ran),
            unread,
        )

    def _ends(self, reading: FunctionReading, call: Call, ran: tuple[Ran, Ran]) -> tuple[str, ...]:
        """Return what the entry point returns before and after, where its C is read."""
        if reading.subject != "create":
            return tuple(_end(side.errno) for side in ran)
        read = all(one.readable("copy_process") is not None for one in self.pair.programs)
        if Entry(int(call.request.entry)) not in ENTRIES or not read:
            return ()
        sides = (Semantics(program, self.pair.kernel) for program in self.pair.programs)
        return tuple(_end(side.create(call)[0].errno) for side in sides)


def _unread(side: Ran) -> list[str]:
    """Return what a concrete run met and could not read."""
    if side.machine.trusted is True:
        return []
    statements = side.machine.statements.values()
    return [f"{one.path}:{one.line}: {one.text}" for one in statements if one.kind == UNREAD]


def _end(errno: Any) -> str:
    return SUCCESS if errno == 0 else errno_name(int(errno))


def _statement(reached: Iterable[tuple[str, int]], path: str, line: int) -> tuple[str, int] | None:
    """Return the statement of a file that a line belongs to: the last that begins no later."""
    found = [at for at in reached if at[0] == path and at[1] <= line]
    return max(found, key=lambda at: at[1]) if found else None
