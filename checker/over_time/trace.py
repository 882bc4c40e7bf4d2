"""Traces: a history as named steps with only what changes, saved, checked again, shown.

A trace file holds the property, the kernel and the steps' names.  Every state in it comes
from running the steps on the concrete reading, when it is made and when it is loaded.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checker.calls.counterexample import VERSION, kernel_of_document
from checker.calls.naming import spoken
from checker.ground.json_text import load as load_json
from checker.ground.problems import Problem, nearest
from checker.over_time import stepwise
from checker.over_time.distance import distance
from checker.over_time.explore import Explored
from checker.over_time.watched import Watched
from model.kernel import Kernel
from model.over_time.catalogue import ENUMS
from model.over_time.step import Step, TransitionSystem
from model.patches import PATCHES
from model.records import Leaf, leaves, values_of
from model.revisions import REVISIONS
from properties.over_time.claim import How, TimedProperty


class NotAHistory(Exception):
    """A history that the concrete reading does not allow."""


@dataclass(frozen=True)
class FactChange:
    """One fact before and after a step."""

    fact: str
    doc: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Trace:
    """A history of a system on a kernel, run on the concrete reading."""

    property: TimedProperty
    kernel: Kernel
    steps: list[Step]
    states: list[Any]

    @builtins.property
    def changes(self) -> list[list[FactChange]]:
        """Return what each step changes."""
        system = self.property.system
        pairs = zip(self.states, self.states[1:], strict=False)
        return [changed(system, before, after) for before, after in pairs]

    def document(self) -> dict[str, Any]:
        """Return it as JSON writes it."""
        made: dict[str, Any] = {
            "cloneproof": VERSION,
            "property": self.property.id,
            "kernel": self.kernel.name,
            "system": self.property.system.name,
            "call": {"history": [step.name for step in self.steps]},
        }
        named = REVISIONS.get(self.kernel.name)
        if named is None or self.kernel is not named.kernel:
            mine = {patch for patch in PATCHES if self.kernel[patch] is True}
            if named is None or mine != named.patches:
                made["patches"] = [patch.name for patch in PATCHES if patch in mine]
        return made


def changed(system: TransitionSystem, before: Any, after: Any) -> list[FactChange]:
    """Return the facts that differ between two states."""
    old, new = dict(values_of(before)), dict(values_of(after))
    return [
        FactChange(leaf.path, leaf.doc, said(leaf, old[leaf.path]), said(leaf, new[leaf.path]))
        for leaf in leaves(system.record)
        if old[leaf.path] != new[leaf.path]
    ]


def said(leaf: Leaf, value: Any) -> Any:
    """Return a fact's value as people read it."""
    if leaf.names in ENUMS:
        return ENUMS[leaf.names](int(value)).name.lower()
    return spoken(leaf, value)


@dataclass(slots=True)
class _Place:
    """A state that was walked to, and where steps lead from there."""

    state: Any
    ways: dict[str, _Place] = field(default_factory=dict)


class Rerun:
    """Histories of a system on a kernel, run on the concrete reading; each step once.

    ``alike`` has run histories on a kernel on which the system does the same: these are known.
    """

    def __init__(
        self, system: TransitionSystem, kernel: Kernel, alike: Rerun | None = None
    ) -> None:
        self.kernel, self.machine = kernel, Watched(kernel)
        self._steps = {step.name: step for step in system.steps_on(self.machine)}
        self._begin: _Place = alike._begin if alike else _Place(system.start(self.machine))

    def run(self, names: list[str]) -> tuple[list[Step], list[Any]]:
        """Run named steps from the start; raise :class:`NotAHistory` where one cannot be taken."""
        place = self._begin
        states = [place.state]
        for number, name in enumerate(names, 1):
            if name not in place.ways:
                place.ways[name] = _Place(self._moved(place.state, name, number))
            place = place.ways[name]
            states.append(place.state)
        return [self._steps[name] for name in names], states

    def _moved(self, state: Any, name: str, number: int) -> Any:
        if name not in self._steps:
            known = nearest(name, list(self._steps))
            raise NotAHistory(f"{self.kernel.name} has no step {name!r}{known}")
        move = self._steps[name].move(self.machine, state)
        if move.when is not True:
            raise NotAHistory(f"step {number}, {name!r}, cannot be taken there")
        return move.then


class Reruns:
    """What a run has run again: each step on one of the kernels on which a system does the same."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Explored, dict[int, Rerun]]] = {}

    def of(self, explored: Explored, kernel: Kernel) -> Rerun:
        """Return the histories that were run on this kernel, or on one that is alike."""
        known = self._known.setdefault(id(explored), (explored, {}))[1]
        if id(kernel) not in known:
            alike = next(iter(known.values()), None)
            known[id(kernel)] = Rerun(explored.system, kernel, alike)
        return known[id(kernel)]


def rerun(
    system: TransitionSystem, kernel: Kernel, names: list[str]
) -> tuple[list[Step], list[Any]]:
    """Run named steps from the start; raise :class:`NotAHistory` where one cannot be taken."""
    return Rerun(system, kernel).run(names)


def broken_by(
    prop: TimedProperty, kernel: Kernel, states: list[Any], machine: Watched | None = None
) -> bool:
    """Return whether a history breaks a property: by its last step, or where it ends.

    ``machine`` is the kernel, where it has been asked before.
    """
    machine = machine or Watched(kernel)
    if prop.how is How.SOME_STEP:
        return stepwise.breaks(prop, kernel, states, ways_on(prop.system, machine, states[-1]))
    if prop.how.of_steps:
        return stepwise.breaks(prop, kernel, states, [])
    return breaks(prop, kernel, states[-1], machine)


def ways_on(system: TransitionSystem, machine: Watched, state: Any) -> list[Any]:
    """Return the states that one step leads to."""
    moves = (step.move(machine, state) for step in system.steps_on(machine))
    return [move.then for move in moves if move.when is True]


def breaks(
    prop: TimedProperty, kernel: Kernel, state: Any, machine: Watched | None = None
) -> bool:
    """Return whether a state, reached by a history, breaks a property."""
    if prop.how.of_steps:
        return broken_by(prop, kernel, [state], machine)
    claim = prop.statement(kernel, state)
    if prop.how is not How.ENDS:
        return bool(claim.premise) and not claim.conclusion
    if not claim.premise:
        return False

    def goal(here: Any) -> Any:
        return prop.statement(kernel, here).conclusion

    return distance(prop.system, machine or Watched(kernel), state, goal) is None


def record(
    prop: TimedProperty, kernel: Kernel, history: list[Step], known: Rerun | None = None
) -> Trace:
    """Return a history that breaks a property as a trace; raise :class:`NotAHistory` otherwise."""
    known = known or Rerun(prop.system, kernel)
    trace = plain(prop, kernel, history, known)
    if not broken_by(prop, kernel, trace.states, known.machine):
        raise NotAHistory("the history ends in a state that does not break the property")
    return trace


def plain(
    prop: TimedProperty, kernel: Kernel, history: list[Step], known: Rerun | None = None
) -> Trace:
    """Return any history as a trace, run on the concrete reading; ``known`` has run others."""
    known = known or Rerun(prop.system, kernel)
    steps, states = known.run([step.name for step in history])
    return Trace(prop, kernel, steps, states)


def load(path: Path, find: Callable[[str], TimedProperty]) -> Trace:
    """Return the trace saved in a file, run again; raise :class:`Problem` if that fails."""
    document = load_json(path)
    try:
        return traced(document, find)
    except Problem as problem:
        raise Problem(f"{path}: {problem}") from None


def traced(document: Any, find: Callable[[str], TimedProperty]) -> Trace:
    """Return the trace in a JSON document, run again."""
    if not isinstance(document, dict) or document.get("cloneproof") != VERSION:
        raise Problem('this is no trace: it lacks "cloneproof": 1')
    call = document.get("call")
    history = call.get("history") if isinstance(call, dict) else None
    if not isinstance(history, list) or not {"property", "kernel"} <= set(document):
        raise Problem('this is no trace: it lacks "property", "kernel" or "call": {"history": []}')
    prop = find(str(document["property"])).about(str(document.get("system")))
    kernel = kernel_of_document(document)
    try:
        steps, states = rerun(prop.system, kernel, [str(name) for name in history])
    except NotAHistory as error:
        raise Problem(str(error)) from None
    return Trace(prop, kernel, steps, states)


def told(trace: Trace) -> list[str]:
    """Return a trace as text: numbered steps, and what each changes."""
    lines = [f"on {trace.kernel.name}, {trace.property.system.about}:"]
    for number, (step, changes) in enumerate(zip(trace.steps, trace.changes, strict=True), 1):
        lines.append(f"  {number}. {step.name}    [{step.at}]")
        lines += [f"       {one.fact}: {_word(one.before)} → {_word(one.after)}" for one in changes]
    return lines


def _word(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
