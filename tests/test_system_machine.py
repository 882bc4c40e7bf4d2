"""Random histories: the concrete systems against bookkeeping that knows nothing of them."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from checker.over_time.watched import Watched
from model.revisions import REVISIONS
from model.system.accounts import ACCOUNTS, Accounts, Life, slots
from model.system.forkers import FORKERS
from model.system.nested import NESTED

SOUND = sorted(set(REVISIONS) - {"v5.14"})


class _Random(RuleBasedStateMachine):
    """Takes steps of a system, and books on its own what each should do to the counts."""

    system: Any = ACCOUNTS

    @initialize(kernel=st.sampled_from(SOUND))
    def begin(self, kernel: str) -> None:
        self.kernel = REVISIONS[kernel].kernel
        self.machine = Watched(self.kernel)
        self.steps = self.system.steps_on(self.machine)
        self.state = self.system.start(self.machine)
        self.book()

    def book(self) -> None:
        """Start the books."""

    def note(self, name: str, before: Any, after: Any) -> None:
        """Book a step by its name and by who is where, never by the counts."""

    @rule(choice=st.integers(0, 200))
    def step(self, choice: int) -> None:
        possible = [(s, s.move(self.machine, self.state)) for s in self.steps]
        open_steps = [(s, m) for s, m in possible if m.when]
        if not open_steps:
            return
        step, move = open_steps[choice % len(open_steps)]
        before, self.state = self.state, move.then
        self.note(step.name, before, self.state)


class AccountsMachine(_Random):
    """One ledger per user, a list of charges."""

    def book(self) -> None:
        self.charges: dict[int, int] = {1: 0, 2: 1}

    def note(self, name: str, before: Accounts, after: Accounts) -> None:
        for index, (old, new) in enumerate(zip(slots(before), slots(after), strict=True), 1):
            if old.life == Life.FREE and new.life != Life.FREE:
                assert "forks" in name
                parent = int(name.split()[1])
                self.charges[index] = self.charges[parent]
            elif old.life != Life.FREE and new.life == Life.FREE:
                assert "reaped" in name
                del self.charges[index]
            elif old.uid != new.uid:
                assert "sets its" in name
                self.charges[index] = new.counted

    @invariant()
    def counts_are_those_of_the_books(self) -> None:
        if not hasattr(self, "state"):
            return
        booked = list(self.charges.values())
        assert [self.state.n0, self.state.n1, self.state.n2] == [booked.count(u) for u in (0, 1, 2)]

    @invariant()
    def slots_are_those_of_the_books(self) -> None:
        if not hasattr(self, "state"):
            return
        used = {i for i, s in enumerate(slots(self.state), 1) if s.life != Life.FREE}
        assert used == set(self.charges)


class NestedMachine(_Random):
    """The same with one user namespace: a charge is a path of elements."""

    system = NESTED

    def book(self) -> None:
        self.paths: dict[int, list[str]] = {1: ["n00"], 2: ["n01"]}

    def note(self, name: str, before: Any, after: Any) -> None:
        for index in (1, 2, 3):
            old, new = getattr(before, f"t{index}"), getattr(after, f"t{index}")
            if old.life == 0 and new.life != 0:
                self.paths[index] = list(self.paths[int(name.split()[1])])
            elif old.life != 0 and new.life == 0:
                del self.paths[index]
            elif (old.uid, old.ns) != (new.uid, new.ns):
                path = [f"n{new.key_ns}{new.key_uid}"]
                self.paths[index] = path + ([f"n0{after.owner}"] if new.key_ns else [])

    @invariant()
    def counts_are_those_of_the_books(self) -> None:
        if not hasattr(self, "state"):
            return
        booked = [element for path in self.paths.values() for element in path]
        for element in ("n00", "n01", "n10", "n11"):
            assert getattr(self.state, element) == booked.count(element)


class ForkersMachine(_Random):
    """Forks are a list of words; the count is what the words say."""

    system = FORKERS

    def book(self) -> None:
        self.tasks, self.forks = 1, []

    def note(self, name: str, before: Any, after: Any) -> None:
        if "begins" in name and "refused" not in name:
            self.forks.append("charged" if "is charged" in name else "passed")
        elif "a charged fork passes" in name or "that passed is charged" in name:
            self.forks.remove("charged" if "a charged fork passes" in name else "passed")
            self.forks.append("ready")
        elif "a charged fork is refused" in name:
            self.forks.remove("charged")
        elif "publishes" in name or "fails later" in name:
            self.forks.remove("ready")
            self.tasks += "publishes" in name
        elif "reaped" in name:
            self.tasks -= 1

    @precondition(lambda self: hasattr(self, "state"))
    @invariant()
    def counts_are_those_of_the_books(self) -> None:
        charged = sum(fork in ("charged", "ready") for fork in self.forks)
        assert self.state.tasks == self.tasks
        assert self.state.count == self.tasks + charged


_LONG = settings(max_examples=40, stateful_step_count=40, deadline=None, derandomize=True)
for _machine in (AccountsMachine, NestedMachine, ForkersMachine):
    _machine.TestCase.settings = _LONG

TestAccounts = AccountsMachine.TestCase
TestNested = NestedMachine.TestCase
TestForkers = ForkersMachine.TestCase


def test_the_books_notice_the_drift_of_v5_14(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: on the one kernel that does not conserve its counts the books disagree."""
    machine = NestedMachine()
    monkeypatch.setattr(NestedMachine, "system", NESTED)
    machine.kernel = REVISIONS["v5.14"].kernel
    machine.machine = Watched(machine.kernel)
    machine.steps = machine.system.steps_on(machine.machine)
    machine.state = machine.system.start(machine.machine)
    machine.book()
    step = next(s for s in machine.steps if s.name == "task 1 makes a user namespace")
    before, machine.state = machine.state, step.move(machine.machine, machine.state).then
    machine.note(step.name, before, machine.state)
    with pytest.raises(AssertionError):
        machine.counts_are_those_of_the_books()
