"""Decides the catalogue on what a tree says, instead of on what the model says.

The outcome of a call is computed from the C: the entry point fills its arguments,
kernel_clone() and copy_process() run on them.  Calls that are not read (the pid numbers, the
cgroup's answer) do what their contracts say; a field that no reading shows has no value here,
and what speaks of it is not decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from checker.readings.space import space
from checker.readings.subjects import RANGES
from checker.smallest.shrink import not_default, small
from model.algebra import Truth, both, either, no, when, when_word
from model.call import Call, Situation
from model.due import as_truth
from model.entries import through_kernel_clone
from model.errors import error_code
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel
from model.predict import call_of
from model.records import build
from model.request import Entry
from model.terms import extract
from model.unshare import unshare_outcome
from model.wellformed import well_formed
from properties.claim import Property, Subject, Verdict
from source import effects
from source.compare import Comparer, last_turn
from source.effects import UnreadField
from source.interpreter import Interpreter, Turn
from source.program import Program
from source.readings.every import BY_NAME, READINGS
from source.readings.reading import FunctionReading, no_thread_mark, registers_fit
from source.statements import Runner
from source.values import Value, errno_of, merged, truth, word_of

ENTRIES: dict[Entry, FunctionReading] = {
    reading.entries[0]: reading
    for reading in READINGS
    if reading.subject == "create" and len(reading.entries) == 1
}


class NotFollowed(Exception):
    """A property speaks of something that is not read from the C (rows, what happens to others)."""


class Followed:
    """A record of effects, of which nothing has a value but what was read from the C."""

    def __init__(self, record: Any, known: Iterable[str]) -> None:
        self.record, self.known = record, frozenset(known)

    def __getattr__(self, name: str) -> Any:
        if name not in self.known:
            raise NotFollowed(f"{type(self.record).__name__}.{name}")
        return getattr(self.record, name)

    def also(self, read: dict[str, Any]) -> Followed:
        """Return the record with more that was read."""
        return Followed(replace(self.record, **read), {*self.known, *read})


class ReadOutcome:
    """What a call comes to by the C, with the attributes of a model outcome."""

    def __init__(
        self,
        base: Outcome,
        errno: Any,
        after: Any,
        machine: Interpreter,
        failed: Truth,
    ) -> None:
        self.base, self.after, self.trusted = base, after, machine.trusted
        self.errno = errno if isinstance(errno, int) else error_code([(errno != 0, errno)])
        self._machine, self._failed = machine, failed

    @property
    def call(self) -> Call:
        """Return the call."""
        return self.base.call

    def __getattr__(self, name: str) -> Any:
        raise NotFollowed(f"outcome.{name}")

    @property
    def ok(self) -> Truth:
        """Return whether the call succeeds."""
        return self.errno == 0

    @property
    def child(self) -> Any:
        """Return the child."""
        return self.after

    @property
    def held(self) -> dict[str, Truth]:
        """Return what a failed call keeps, per resource."""
        names = {*self.base.held, *effects.resources(self._machine)}
        return {name: both(self._failed, effects.kept(self._machine, name)) for name in names}

    @property
    def freed_twice(self) -> dict[str, Truth]:
        """Return what a failed call gives back too often, per resource."""
        names = {*self.base.freed_twice, *effects.resources(self._machine)}
        return {
            name: both(self._failed, effects.given_twice(self._machine, name)) for name in names
        }


def _fitted(value: Any, item: Any) -> Any:
    """Return a value read from C as wide as the model's field."""
    width, signed = item.metadata["width"], item.metadata["signed"]
    if width == 0:
        return value
    if isinstance(value, int):
        value &= 2**width - 1
        return value - 2**width if signed and value >= 2 ** (width - 1) else value
    return extract(value, width - 1, 0) if value.width > width else value


def _with_read(after: Any, reading: FunctionReading, machine: Interpreter, done: Any) -> Followed:
    """Return a record of effects with the fields that could be read from the C, and no others.

    On failed calls, where nobody sees the record, these stay the model's.
    """
    known = {item.name: item for item in fields(after)}
    failed = effects.failed(done)
    changed = {}
    for aspect in reading.aspects:
        if aspect.name in known:
            try:
                value = _fitted(aspect.c(machine, done), known[aspect.name])
            except UnreadField:
                continue
            old, width = getattr(after, aspect.name), known[aspect.name].metadata["width"]
            changed[aspect.name] = (
                when_word(width, failed, old, value) if width else when(failed, old, value)
            )
    return Followed(after, ()).also(changed)


class Semantics:
    """The outcome of calls by the C of one program, on one kernel."""

    def __init__(self, program: Program, kernel: Kernel) -> None:
        self.program, self.kernel = program, kernel

    def call(self, start: Situation) -> Call:
        """Return the call as this kernel's entry points make it."""
        return call_of(self.kernel, start)

    def create(self, call: Call) -> tuple[ReadOutcome, Turn | None]:
        """Return the outcome of a call that creates a task, and where a concrete one turned."""
        errno, given, turns, entered = self._entered(call)
        outer, cloned, turn, through_it = self._cloned(call, given)
        turns += turn
        machine = Runner(self.program, call, stops=BY_NAME["copy_process"].stops)
        machine.state.update(given)
        if "reports_to_tracer" in cloned:
            machine.state["copy_process:trace"] = truth(cloned["reports_to_tracer"])
        reading = BY_NAME["copy_process"]
        function = self.program.readable("copy_process")
        assert function is not None
        done = machine.run(function, reading.arguments(machine))
        inner = errno_of(word_of(done.value))
        through = through_kernel_clone(call.request)
        errno = _first(errno, when_word(16, through, outer, 0), inner)
        after = _with_read(outcome_of(call).child, reading, machine, done)
        after = after.also(cloned)
        turns += machine.turns or [one for one in [last_turn(machine)] if one is not None]
        base = outcome_of(call)
        found = ReadOutcome(base, errno, after, machine, effects.failed(done))
        found.trusted = both(entered, through_it, machine.trusted)
        return found, turns[0] if turns else None

    def _entered(self, call: Call) -> tuple[Any, dict[str, Value], list[Turn], Truth]:
        """Run the entry point: its own errno, the kernel_clone_args it fills, if it is all read."""
        errno: Any = 0
        trusted: Truth = True
        given: dict[str, Value] = {}
        turns: list[Turn] = []
        for entry, reading in ENTRIES.items():
            here = call.request.entry == int(entry)
            if here is False or self.program.readable(reading.function) is None:
                continue
            machine, done = reading.run(self.program, call)
            trusted = both(trusted, either(no(here), machine.trusted))
            errno = when_word(16, here, errno_of(word_of(done.value)), errno)
            for aspect in reading.aspects:
                name = aspect.name.removeprefix("args.")
                value = machine.load(f"given->{name}")
                if not value.unknown:
                    place = f"args->{name}"
                    given[place] = merged(here, value, given.get(place) or machine.load(place))
            if here is True:
                turns = machine.turns
        return errno, given, turns, trusted

    def _cloned(
        self, call: Call, given: dict[str, Value]
    ) -> tuple[Any, dict[str, Any], list[Turn], Truth]:
        """Run kernel_clone(): its errno, its effects that could be read, and if it is all read."""
        reading = BY_NAME["kernel_clone"]
        function = self.program.readable("kernel_clone")
        through = through_kernel_clone(call.request)
        if through is False:
            return 0, dict.fromkeys((aspect.name for aspect in reading.aspects), False), [], True
        if function is None:
            return 0, {}, [], no(through)
        machine = Runner(self.program, call, stops=reading.stops)
        machine.state.update(given)
        done = machine.run(function, reading.arguments(machine))
        read = {}
        for aspect in reading.aspects:
            try:
                read[aspect.name] = both(through, aspect.c(machine, done))
            except UnreadField:
                continue
        trusted = either(no(through), machine.trusted)
        return errno_of(word_of(done.value)), read, machine.turns, trusted

    def unshare(self, call: Call) -> tuple[ReadOutcome, Turn | None]:
        """Return the outcome of unshare(), and where a concrete one turned."""
        reading = BY_NAME["ksys_unshare"]
        base = unshare_outcome(call)
        machine, done = reading.run(self.program, call)
        after = _with_read(base.after, reading, machine, done)
        errno = errno_of(word_of(done.value))
        found = ReadOutcome(base, errno, after, machine, effects.failed(done))
        return found, last_turn(machine)


def _first(*errnos: Any) -> Any:
    errno: Any = 0
    for one in reversed(errnos):
        errno = when_word(16, one != 0, one, errno)
    return errno


@dataclass
class DecidedOnTree:
    """A property decided on a tree: the verdict, the model's, and a call where they part."""

    prop: Property
    verdict: Verdict
    expected: Verdict
    values: dict[str, Any]
    turn: Turn | None = None
    rule: str = ""
    at: str = ""

    @property
    def as_expected(self) -> bool:
        """Return whether the tree keeps the model's verdict."""
        return self.verdict is self.expected

    @property
    def is_open(self) -> bool:
        """Return whether it was not decided: what is not read may decide it."""
        return self.verdict is Verdict.UNKNOWN


def in_range(subject: Subject, start: Situation) -> Truth:
    """Return whether a call is one that statements about a subject speak of, and is read."""
    return both(RANGES[subject].holds_for(start), registers_fit(start), no_thread_mark(start))


SUBJECTS = (Subject.CREATE, Subject.UNSHARE)


class TreeJudge:
    """Decides properties on one tree."""

    def __init__(self, comparer: Comparer) -> None:
        self.comparer = comparer
        self.semantics = Semantics(comparer.program, comparer.kernel)
        self._outcomes: dict[Subject, Any] = {}

    def _outcome(self, subject: Subject, call: Call) -> tuple[Any, Turn | None]:
        if subject is Subject.CREATE:
            return self.semantics.create(call)
        return self.semantics.unshare(call)

    def decide(self, prop: Property) -> DecidedOnTree:
        """Decide one property for every call."""
        subject = prop.subject
        call = self.comparer.call
        if subject not in self._outcomes:
            self._outcomes[subject] = self._outcome(subject, call)[0]
        claim = prop.statement(call, self._outcomes[subject])
        ranged = as_truth(in_range(subject, space().start))
        premise, conclusion = as_truth(claim.premise), as_truth(claim.conclusion)
        sat = self.comparer.engine.sat
        trusted = as_truth(self._outcomes[subject].trusted)
        answer = sat.ask(sat.constraint(both(ranged, premise, no(conclusion), trusted)))
        expected = prop.expect.on(self.comparer.kernel)
        if answer.status == "unknown":
            return DecidedOnTree(prop, Verdict.UNKNOWN, expected, {})
        if answer.values is None:
            unread = sat.ask(sat.constraint(both(ranged, premise, no(trusted))))
            if unread.status != "unsat":
                return DecidedOnTree(prop, Verdict.UNKNOWN, expected, {})
            possible = sat.ask(sat.constraint(both(ranged, premise)))
            verdict = Verdict.VACUOUS if possible.status == "unsat" else Verdict.PROVED
            return DecidedOnTree(prop, verdict, expected, {})
        values = not_default(answer.values)
        if not self.breaks(prop, values):
            read = self._is_read(subject, values)
            return DecidedOnTree(prop, Verdict.ERROR if read else Verdict.UNKNOWN, expected, values)
        made = DecidedOnTree(prop, Verdict.REFUTED, expected, values)
        return made if made.as_expected else self._explained(made)

    def _is_read(self, subject: Subject, values: dict[str, Any]) -> bool:
        """Return whether all that one call runs is read."""
        call = call_of(self.comparer.kernel, build(Situation, values))
        return bool(self._outcome(subject, call)[0].trusted)

    def breaks(self, prop: Property, values: dict[str, Any]) -> bool:
        """Return whether a concrete call breaks a property on this tree."""
        start = build(Situation, values)
        if not (in_range(prop.subject, start) and well_formed(self.comparer.kernel, start)):
            return False
        call = call_of(self.comparer.kernel, start)
        outcome = self._outcome(prop.subject, call)[0]
        claim = prop.statement(call, outcome)
        return bool(outcome.trusted) and bool(claim.premise) and not bool(claim.conclusion)

    def _explained(self, made: DecidedOnTree) -> DecidedOnTree:
        """Shrink the call, and say what the tree did and which rule of the model it missed."""

        def still(trial: dict[str, Any]) -> bool:
            return self.breaks(made.prop, trial)

        made.values = small(made.values, still)
        call = call_of(self.comparer.kernel, build(Situation, made.values))
        outcome, made.turn = self._outcome(made.prop.subject, call)
        row = outcome.base.rejected_by
        if row is not None:
            made.rule, made.at = row.name, row.at
        return made


def decide_all(comparer: Comparer, properties: Iterable[Property]) -> list[DecidedOnTree]:
    """Decide the properties that speak of what the reader follows; the others are left out."""
    judge = TreeJudge(comparer)
    decided = []
    for prop in properties:
        if prop.subject in SUBJECTS and prop.of_patch is None:
            comparer.program.progress(f"deciding {prop.id}")
            try:
                decided.append(judge.decide(prop))
            except NotFollowed:
                continue
    return decided
