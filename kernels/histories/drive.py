"""How the steps of a system become commands, and its states what can be seen of them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from checker.over_time.watched import Watched
from kernels.histories.commands import EVERYTHING, NEEDS, offered
from kernels.histories.script import Facts, HistoryScript, Row, broke_off, is_broken
from kernels.observe.comparison import Difference
from model.kernel import Kernel
from model.over_time.step import Machine, Step, TransitionSystem
from model.records import BOOL, Leaf, leaves, values_of

TWO_CALLERS = "takes two callers at one moment"


@dataclass(frozen=True)
class History:
    """Steps of a system and the states between them, run on the concrete reading."""

    kernel: Kernel
    steps: list[Step]
    states: list[Any]

    def before(self, place: int) -> Any:
        """Return the state that a step is taken from."""
        return self.states[place]

    def after(self, place: int) -> Any:
        """Return the state after a step."""
        return self.states[place + 1]


@dataclass(frozen=True, slots=True)
class Held:
    """A history held against what was seen: how far they agree, and where they first differ."""

    agree: int
    differences: tuple[Difference, ...]
    seen: frozenset[str]
    """The facts of the last state that were looked at, by their paths in the record."""
    last: Facts
    compared: int = 0


class Drive(ABC):
    """One system: its steps as commands, its states as observations.

    ``follows`` are facts of the history as a whole, each defined by others that are compared
    step by step; so they are seen if those agree.  ``needs`` is what a machine must offer for a
    step, by the step's name.
    """

    system: ClassVar[TransitionSystem]
    options: ClassVar[str] = ""
    follows: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[dict[str, str]] = {}
    dear: ClassVar[int] = 1
    """One history takes as long as so many of others: walks drive fewer of them."""

    def __init__(self) -> None:
        self.offered = EVERYTHING

    def arrive(self, where: str) -> None:
        """Take notice of what a place offers, before anything is driven there."""
        self.offered = offered(where)

    def hindrance(self, _kernel: Kernel, _state: Any, step: Step) -> str:
        """Return what keeps user space from a known step in a state; nothing if nothing does."""
        need = self.needs.get(step.name)
        return f"needs {NEEDS[need]}" if need and need not in self.offered else ""

    def cannot(self, history: History) -> str:
        """Return why user space cannot make this history happen; nothing if it can."""
        for step, state in zip(history.steps, history.states, strict=False):
            if not self.knows(step):
                return f"no command does {step.name!r}"
            reason = self.hindrance(history.kernel, state, step)
            if reason:
                return reason
        return ""

    def can_follow(self, history: History, step: Step) -> bool:
        """Return whether a walk may go on with a step."""
        return self.knows(step) and not self.hindrance(history.kernel, history.states[-1], step)

    def settled(self, history: History) -> History:
        """Return a history that can be driven with what the kernel does by itself after it."""
        return history

    def again(self, kernel: Kernel, names: tuple[str, ...]) -> History | None:
        """Return the history of steps by their names; nothing if it cannot be driven."""
        machine = Watched(kernel)
        known = {step.name: step for step in self.system.steps_on(machine)}
        history = History(kernel, [], [self.system.start(machine)])
        for name in names:
            move = known[name].move(machine, history.states[-1])
            if move.when is not True or not self.can_follow(history, known[name]):
                return None
            history.steps.append(known[name])
            history.states.append(move.then)
        return None if self.cannot(history) else history

    def ways(self, machine: Machine, history: History) -> Iterator[list[tuple[Step, Any]]]:
        """Yield what can be done next: steps, each with the state after it."""
        for step in self.system.steps_on(machine):
            if not self.can_follow(history, step):
                continue
            move = step.move(machine, history.states[-1])
            if move.when is True:
                yield [(step, move.then)]

    @abstractmethod
    def knows(self, step: Step) -> bool:
        """Return whether there are commands for a step."""

    @abstractmethod
    def setup(self, history: History) -> list[str]:
        """Return the commands that bring about the first state."""

    @abstractmethod
    def commands(self, history: History, place: int) -> list[str]:
        """Return the commands of one step; none if the kernel takes it with the one before."""

    @abstractmethod
    def expected(self, history: History, place: int) -> Facts:
        """Return what should be seen after a step; place -1 is after the set-up."""

    @abstractmethod
    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return what the answers to a step's commands show, under the same names.

        ``None`` is what could not be told; it is not compared.
        """

    def refusals(self, history: History) -> dict[str, str]:
        """Return calls that the kernel has to refuse in the last state, each with its errno."""
        return {}

    def could_be(self, history: History, held: Held) -> dict[str, list[Any]]:
        """Return the facts of the last state that nothing shows, and the values they could have."""
        values = dict(values_of(history.states[-1]))
        return {
            leaf.path: _domain(leaf, values[leaf.path])
            for leaf in leaves(self.system.record)
            if leaf.path not in held.seen | self.follows
        }

    def can_be_seen(self, history: History, state: Any) -> bool:
        """Return whether a look at the end of a history could have met a state."""
        return True

    def script(self, history: History) -> HistoryScript:
        """Return the history as the player takes it."""
        steps = tuple(tuple(self.commands(history, n)) for n in range(len(history.steps)))
        then = tuple(self.refusals(history).items())
        return HistoryScript(self.options, tuple(self.setup(history)), steps, then)

    def held(self, history: History, rows: list[Row]) -> Held:
        """Compare a history with what was seen of it, state by state, as far as it went."""
        script = self.script(history)
        setup, by_step = script.rows_by_step(rows)
        told: Facts = {}
        agree, compared = -1, 0
        for place, answers in enumerate([setup, *by_step], -1):
            wanted_rows = len(script.setup) if place < 0 else len(script.steps[place])
            if len(answers) < wanted_rows or any(map(is_broken, answers)):
                break
            if wanted_rows:
                wanted, told = self.expected(history, place), self.observed(history, place, answers)
                compared += sum(1 for name in wanted if told.get(name) is not None)
                found = differing(wanted, told)
                if found:
                    return Held(agree + 1, found, frozenset(), told, compared)
            agree = place
        wrong = self._unrefused(script, rows)
        seen = frozenset(name for name, value in told.items() if value is not None)
        return Held(agree + 1, wrong, seen, told, compared + len(script.then))

    def _unrefused(self, script: HistoryScript, rows: list[Row]) -> tuple[Difference, ...]:
        """Return the calls after the last step that were not refused as they have to be."""
        if broke_off(script, rows):
            return ()
        return tuple(
            Difference(f"the answer of {line!r}", errno, answer([row]))
            for (line, errno), row in zip(script.then, script.rows_after(rows), strict=True)
            if answer([row]) != errno
        )


def _domain(leaf: Leaf, value: Any) -> list[Any]:
    return [value, not value] if leaf.width == BOOL else sorted({value, leaf.default, 0, 1, 2, 3})


def differing(wanted: Facts, seen: Facts) -> tuple[Difference, ...]:
    """Return the facts that were told and are not as the model says."""
    return tuple(
        Difference(name, value, seen[name])
        for name, value in wanted.items()
        if seen.get(name) is not None and seen[name] != value
    )


def task_in(name: str) -> int:
    """Return the slot that a step's name speaks of; 0 if it names none."""
    found = re.match(r"task (\d) ", name)
    return int(found[1]) if found else 0


def without_task(name: str) -> str:
    """Return a step's name with its slot left open."""
    return re.sub(r"^task \d ", "task X ", name)


def user(name: Any) -> Any:
    """Return a uid as the model counts users: u1 is 1, root is 0."""
    return int(name[1:]) if isinstance(name, str) else name


def answer(rows: list[Row]) -> str:
    """Return how the call of a step ended: OK, an errno, or that its caller ended."""
    row = rows[0]
    if row["errno"] is None:
        return "ended"
    return "OK" if row["errno"] == 0 else str(row["errno"])
