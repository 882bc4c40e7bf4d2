"""What changed between two trees: which rules' text, and whether any meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from checker.ground.problems import UNANSWERED, Problem
from checker.readings.space import space
from checker.smallest.shrink import found_in
from model.algebra import both, either
from model.call import Situation
from model.due import as_truth
from model.predict import call_of
from model.records import build
from model.revisions import REVISIONS, Revision
from model.wellformed import well_formed
from source.compare import Comparer, _aspects, differ, last_turn
from source.interpreter import UNREAD, Interpreter, Turn
from source.lines import Line, normalised, rule_lines, stored
from source.nearest import chosen, nearest
from source.program import Program
from source.questions import Divergence
from source.readings.reading import FunctionReading
from source.tree import Tree

_FEW = 4
"""Places that are named of what is not read."""


class DriftUndecided(Problem):
    """Two trees could not be compared; the message says in what."""

    code = UNANSWERED


@dataclass(frozen=True)
class Moved:
    """A rule whose line reads differently in two trees (or stands in one only)."""

    rule: str
    at: str
    before: Line | None
    after: Line | None

    @property
    def kind(self) -> str:
        """Return what happened to it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "reworded"


@dataclass(frozen=True)
class Meaning:
    """A function of which two trees make different things, and a call that shows it."""

    function: str
    values: dict[str, Any]
    differences: list[Divergence]
    before: Turn | None
    after: Turn | None


@dataclass
class Drift:
    """What changed from one tree to another."""

    names: tuple[str, str]
    revisions: tuple[str, str]
    unchanged: int = 0
    moved: list[Moved] = field(default_factory=list)
    meanings: list[Meaning] = field(default_factory=list)
    only: list[tuple[str, str]] = field(default_factory=list)
    """Functions that only one tree has: (tree, function)."""
    compared: list[str] = field(default_factory=list)
    """Functions whose meaning was compared on every call."""
    partly: dict[str, str] = field(default_factory=dict)
    """Function: why its meaning was not compared on every call."""


def drift(before: Tree, after: Tree, revisions: tuple[Revision | None, Revision | None]) -> Drift:
    """Return what changed between two trees; their kernels are found where not given."""
    programs = Program(before), Program(after)
    known = [
        revision or nearest(program).revision
        for program, revision in zip(programs, revisions, strict=True)
    ]
    comparers = [
        Comparer(program, revision.kernel)
        for program, revision in zip(programs, known, strict=True)
    ]
    found = Drift((before.name, after.name), (known[0].name, known[1].name))
    _rules(found, rule_lines(comparers[0]), rule_lines(comparers[1]))
    _meanings(found, programs, comparers[0])
    return found


def from_kept(name: str, after: Tree) -> Drift:
    """Return which rules read differently from the fingerprints kept of a kernel."""
    program = Program(after)
    lines = rule_lines(Comparer(program, REVISIONS[name].kernel))
    old = {
        rule: Line(rule, "", "", "", 0, (), "(only its fingerprint is kept)", mark)
        for rule, mark in stored()[name].items()
    }
    found = Drift((name, after.name), (name, name))
    _rules(found, old, lines)
    return found


def _rules(found: Drift, old: dict[str, Line], new: dict[str, Line]) -> None:
    for key in {**old, **new}:
        one, other = old.get(key), new.get(key)
        if one is not None and other is not None and one.fingerprint == other.fingerprint:
            found.unchanged += 1
            continue
        told = one or other
        assert told is not None
        found.moved.append(Moved(key, told.at, one, other))


def _meanings(found: Drift, programs: tuple[Program, Program], comparer: Comparer) -> None:
    """Compare the C of both trees, function by function, on every call of the first's kernel."""
    for reading in chosen(programs[0]):
        there = [program.readable(reading.function) is not None for program in programs]
        if all(there):
            try:
                meaning, unread = _compare(reading, programs, comparer)
            except DriftUndecided as why:
                found.partly[reading.name] = str(why)
                continue
            if meaning is not None:
                found.meanings.append(meaning)
            if unread:
                found.partly[reading.name] = unread
            else:
                found.compared.append(reading.name)
        elif any(there):
            found.only.append((found.names[0 if there[0] else 1], reading.function))


def _compare(
    reading: FunctionReading, programs: tuple[Program, Program], comparer: Comparer
) -> tuple[Meaning | None, str]:
    """Return a call that shows another meaning, and what was not compared of a function."""
    sides = [_side(reading, program, comparer.call) for program in programs]
    unread = _unread(sides)
    told = _both(reading, sides)
    trusted = both(*(side.machine.trusted for side in sides))
    wrong = both(
        trusted, either(*(both(where, differ(one, other)) for _, one, other, where in told))
    )
    if wrong is False:
        return None, unread
    ranged = as_truth(reading.holds_for(space().start))
    sat = comparer.engine.sat
    answer = sat.ask(sat.constraint(both(ranged, as_truth(wrong))))
    if answer.status == "unknown":
        raise DriftUndecided(f"whether {reading.name} means the same in both: {answer.reason}")
    if answer.values is None:
        if sat.ask(sat.constraint(both(ranged, as_truth(trusted)))).values is None:
            raise DriftUndecided(f"no call of {reading.name} is left that could differ")
        return None, unread

    def differences(values: dict[str, Any]) -> list[Divergence]:
        start = build(Situation, values)
        if not (reading.holds_for(start) and well_formed(comparer.kernel, start)):
            return []
        call = call_of(comparer.kernel, start)
        sides = [_side(reading, program, call) for program in programs]
        return [
            Divergence(name, one, other)
            for name, one, other, where in _both(reading, sides)
            if where and differ(one, other) and all(side.machine.trusted for side in sides)
        ]

    values = found_in(answer, lambda trial: bool(differences(trial)))
    if values is None:
        raise DriftUndecided(
            f"whether {reading.name} means the same in both: the readings disagree"
        )
    call = call_of(comparer.kernel, build(Situation, values))
    turns = [last_turn(reading.run(program, call)[0]) for program in programs]
    made = Meaning(reading.function, values, differences(values), turns[0], turns[1])
    return made, unread


@dataclass(frozen=True)
class _Side:
    """One tree's run: its machine, its aspects by name, and those that could not be read."""

    machine: Interpreter
    told: dict[str, tuple[Any, Any]]
    unread: list[str]


def _side(reading: FunctionReading, program: Program, call: Any) -> _Side:
    machine, done = reading.run(program, call)
    told, unread = _aspects(reading, machine, done, reading.model(call))
    return _Side(machine, {name: (seen, where) for name, seen, _, where in told}, unread)


def _unread(sides: list[_Side]) -> str:
    """Return what keeps two runs from being compared in full; nothing if nothing does."""
    lines = [
        f"{one.path}:{one.line}"
        for side in sides
        for one in side.machine.statements.values()
        if one.kind == UNREAD
    ]
    facts = [name for side in sides for name in side.unread]
    few = list(dict.fromkeys([*lines, *facts]))
    more = f" and {len(few) - _FEW} more" if len(few) > _FEW else ""
    return f"not read: {', '.join(few[:_FEW])}{more}" if few else ""


def _both(reading: FunctionReading, ran: list[_Side]) -> Any:
    """Return (name, one tree's answer, the other's, where it counts) for each aspect."""
    sides = [side.told for side in ran]
    errnos = [side["errno"][0] for side in sides]
    fine = both(errnos[0] == 0, errnos[1] == 0)
    always = {"errno", *(one.name for one in reading.aspects if one.always)}
    return [
        (name, seen, sides[1][name][0], True if name in always else fine)
        for name, (seen, _) in sides[0].items()
        if name in sides[1]
    ]


def shown(line: Line | None) -> str:
    """Return a rule's line as a report shows it."""
    if line is None:
        return "-"
    if not line.path:
        return line.text
    told = " and ".join(normalised(one) for one in line.conditions)
    return f"{line.path}:{line.line}: {told or line.text}"
