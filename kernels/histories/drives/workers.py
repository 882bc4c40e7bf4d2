"""Histories about workers: each command is compared when the kernel has nothing left to do.

A command is what user space does at once; the kernel's own steps follow by themselves.  Where
they can end in states that look different, one of them has to be what is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from checker.over_time.watched import Watched
from kernels.histories.commands import (
    NEEDS,
    Command,
    CommandPart,
    NotDriven,
    Way,
    ends,
    quiet,
)
from kernels.histories.drive import TWO_CALLERS, Drive, Held, History
from kernels.histories.given import Given, given
from kernels.histories.script import Facts, Row
from kernels.histories.seen import KINDS, read, shown
from model.kernel import Kernel
from model.over_time.step import Machine, Step
from model.words import errno_name


class WorkerDrive(Drive):
    """A scope with workers, driven by commands: the world's, then ``own`` ones of its own steps.

    ``seen`` are the facts that are looked at, ``kinds`` what the worker may be, ``home`` the
    owner's cgroup, ``instead`` commands that this set-up asks for in place of the world's,
    ``begins_with`` what a machine must have for it, and ``classes`` the values of a fact that
    look alike from outside.
    """

    own: ClassVar[tuple[Command, ...]] = ()
    instead: ClassVar[Given] = {}
    home: ClassVar[str] = ""
    begins_with: ClassVar[frozenset[str]] = frozenset()
    seen: ClassVar[tuple[str, ...]] = ()
    kinds: ClassVar[tuple[str, ...]] = KINDS
    table: ClassVar[tuple[Command, ...]]
    look: ClassVar[tuple[str, ...]] = ("director workers t1",)
    classes: ClassVar[dict[str, tuple[tuple[int, ...], ...]]] = {}
    start: ClassVar[tuple[str, ...]] = ()
    dear = 25

    def __init_subclass__(cls) -> None:
        cls.table = (*given(cls.system, cls.home, cls.instead), *cls.own)

    def lacks(self, one: Command) -> str:
        """Return what a command needs and the machine has not; nothing if it can be done."""
        missing = (one.needs | self.begins_with) - self.offered
        return ", ".join(NEEDS[name] for name in NEEDS if name in missing)

    def beginning(self, step: Step) -> Command | None:
        """Return the command that begins with a step."""
        return next((one for one in self.table if one.steps[0] == step.name), None)

    def knows(self, step: Step) -> bool:
        """Return whether a command has the step, or the kernel takes it by itself."""
        return step.own or any(step.name in one.steps for one in self.table)

    def cannot(self, history: History) -> str:
        """Return why the history cannot be driven, as commands one after the other."""
        try:
            self.settled(history)
        except NotDriven as reason:
            return str(reason)
        return ""

    def again(self, kernel: Kernel, names: tuple[str, ...]) -> History | None:
        """Return the history of those of the steps that are users'; the others follow."""
        by_name = {step.name: step for step in self.system.steps}
        steps = [by_name[name] for name in names]
        try:
            return self.driven(kernel, self.parsed(steps))
        except NotDriven:
            return None

    def ways(self, machine: Machine, history: History) -> Iterator[Way]:
        """Yield each command that can be given next, with all that follows by itself."""
        known = {step.name: step for step in self.system.steps_on(machine)}
        for one in () if self.is_open(history) else self.table:
            if not self.lacks(one):
                way = self._way(machine, known, history.states[-1], one)
                if way:
                    yield way

    def _way(
        self, machine: Machine, known: dict[str, Step], state: Any, one: Command
    ) -> Way:
        """Return the steps of a command and the kernel's after it; none if it cannot be taken."""
        way: Way = []
        if not one.when(state):
            return way
        for name in one.steps:
            made = known[name].move(machine, state) if name in known else None
            if made is None or made.when is not True:
                return []
            state = made.then
            way.append((known[name], state))
        return way + list(quiet(self.system, machine, state))

    def parsed(self, steps: list[Step]) -> list[Command]:
        """Return the users' steps as commands."""
        left = [step for step in steps if not step.own]
        found = []
        while left:
            one = self.beginning(left[0])
            if one is None or tuple(s.name for s in left[: len(one.steps)]) != one.steps:
                raise NotDriven(self._why_not(left[0]))
            if self.lacks(one):
                raise NotDriven(f"needs {self.lacks(one)}")
            found.append(one)
            left = left[len(one.steps) :]
        return found

    def _why_not(self, step: Step) -> str:
        known = self.beginning(step) is not None or self.knows(step)
        return f"{TWO_CALLERS}: {step.name}" if known else f"no command does {step.name!r}"

    def settled(self, history: History) -> History:
        """Return the history as commands, each followed by all that the kernel does then."""
        return self.driven(history.kernel, self.parsed(history.steps))

    def driven(self, kernel: Kernel, commands: list[Command]) -> History:
        """Return the history of some commands."""
        machine = Watched(kernel)
        known = {step.name: step for step in self.system.steps_on(machine)}
        history = History(kernel, [], [self.system.start(machine)])
        for one in commands:
            way = self._way(machine, known, history.states[-1], one)
            if not way:
                raise NotDriven(f"{TWO_CALLERS}: {one.steps[0]}")
            history.steps.extend(step for step, _ in way)
            history.states.extend(state for _, state in way)
            if self.is_open(history):
                raise NotDriven(f"may end in several ways, by turns of the kernel: {one.steps[0]}")
        return history

    def outcomes(self, history: History) -> Iterator[History]:
        """Yield the history with each end that its last command may have, by turns of the kernel.

        A walk goes no further where the ends look different.
        """
        part = self.parts(history)[-1]
        before = History(
            history.kernel, history.steps[: part.first], history.states[: part.first + 1]
        )
        machine = Watched(history.kernel)
        known = {step.name: step for step in self.system.steps_on(machine)}
        given = [known[name] for name in part.what.steps]
        for way in ends(self.system, machine, before.states[-1], given):
            yield History(
                history.kernel,
                [*before.steps, *(step for step, _ in way)],
                [*before.states, *(state for _, state in way)],
            )

    def is_open(self, history: History) -> bool:
        """Return whether the last command's ends look different from outside."""
        if not history.steps:
            return False
        shown = [self.shows(history.kernel, one.states[-1]) for one in self.outcomes(history)]
        return any(one != shown[0] for one in shown)

    def held(self, history: History, rows: list[Row]) -> Held:
        """Compare it; where the last command may end in several ways, with each of them."""
        found = super().held(history, rows)
        if found.differences and found.agree == len(history.steps) - 1 and self.is_open(history):
            every = (Drive.held(self, other, rows) for other in self.outcomes(history))
            return next((one for one in every if not one.differences), found)
        return found

    def parts(self, history: History) -> list[CommandPart]:
        """Return the commands of a settled history with their places."""
        found: list[CommandPart] = []
        place = 0
        while place < len(history.steps):
            one = self.beginning(history.steps[place])
            assert one is not None
            first, place = place, place + len(one.steps)
            while place < len(history.steps) and history.steps[place].own:
                place += 1
            found.append(CommandPart(first, place - 1, one))
        return found

    def part_at(self, history: History, place: int) -> CommandPart | None:
        """Return the command whose consequences are over at a place."""
        return next((part for part in self.parts(history) if part.last == place), None)

    def setup(self, history: History) -> list[str]:
        """Return what prepares the first state, and a look at it."""
        return [*self.start, *self.look]

    def commands(self, history: History, place: int) -> list[str]:
        """Return a command where its consequences are over, so that they are what is compared."""
        part = self.part_at(history, place)
        if part is None:
            return []
        before = history.states[part.first]
        return [*part.what.lines(history.kernel, before), *self.look]

    def expected(self, history: History, place: int) -> Facts:
        """Return what should be seen when a command's consequences are over."""
        state = history.after(place)
        part = self.part_at(history, place)
        answer = {} if part is None else {"answer": self.answer(part.what, state)}
        return answer | self.shows(history.kernel, state)

    def answer(self, _what: Command, state: Any) -> str:
        """Return how a command's call ends, by the state after it."""
        return errno_name(int(state.refused)) if state.refused else "OK"

    def observed(self, history: History, place: int, rows: list[Row]) -> Facts:
        """Return the same of what was told."""
        told = self.gathered(place, rows)
        part = self.part_at(history, place)
        if part is None:
            return self.reads(told)
        errors = [row["errno"] for row in rows[: len(rows) - len(self.look)]]
        wrong = next((one for one in errors if one), 0)
        return {"answer": str(wrong) if wrong else "OK"} | self.reads(told)

    def gathered(self, _place: int, rows: list[Row]) -> Facts:
        """Return all that was told with a command and the looks after it."""
        told: Facts = {"seen": rows[-1].get("seen", {}), "counts": rows[-1].get("counts", {})}
        for row in rows:
            told |= row["told"]
        return told

    def shows(self, _kernel: Kernel, state: Any) -> Facts:
        """Return what a state shows, by its facts' names."""
        return shown(self.seen, state)

    def reads(self, told: Facts) -> Facts:
        """Return the same from what the player told; ``None`` where it could not tell."""
        return read(self.seen, told, self.kinds)

    def can_be_seen(self, history: History, state: Any) -> bool:
        """Return whether the kernel has nothing left to do: a look waits until nothing changes."""
        machine = Watched(history.kernel)
        return next(quiet(self.system, machine, state), None) is None

    def could_be(self, history: History, held: Held) -> dict[str, list[Any]]:
        """Return what nothing shows, and of facts seen by class the values of their class."""
        found = super().could_be(history, held)
        state = history.states[-1]
        for name, classes in self.classes.items():
            if name in held.seen:
                value = int(getattr(state, name))
                alike = next((one for one in classes if value in one), (value,))
                if len(alike) > 1:
                    found[name] = list(alike)
        return found
