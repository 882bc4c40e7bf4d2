"""Random histories: the concrete systems against bookkeeping that knows nothing of them."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from checker.over_time.watched import Watched
from model.over_time import userns_owners
from model.over_time.accounts import ACCOUNTS, Accounts, slots
from model.over_time.charges import SlotLife
from model.over_time.exec_ids import SYSTEM as EXEC_IDS
from model.over_time.forkers import FORKERS
from model.over_time.thread_groups import SYSTEM as GROUPS
from model.over_time.ucounts_references import SYSTEM as REFERENCES
from model.over_time.ucounts_references import Counting
from model.over_time.user_namespaces import NESTED
from model.over_time.userns_owners import NOWHERE
from model.over_time.userns_owners import SYSTEM as OWNERS
from model.patches import EXEC_ID_64, UCOUNTS_NPROC
from model.revisions import REVISIONS

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
            if old.life == SlotLife.FREE and new.life != SlotLife.FREE:
                assert "forks" in name
                parent = int(name.split()[1])
                self.charges[index] = self.charges[parent]
            elif old.life != SlotLife.FREE and new.life == SlotLife.FREE:
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
        used = {i for i, s in enumerate(slots(self.state), 1) if s.life != SlotLife.FREE}
        assert used == set(self.charges)


class NestedMachine(_Random):
    """The same with one user namespace: a charge is a path of elements."""

    system = NESTED

    def book(self) -> None:
        self.paths: dict[int, list[str]] = {1: ["n00"], 2: ["n01"]}

    def inside(self, uid: int, owner: int) -> list[str]:
        """Return the path of a task inside; before v5.14 users had one count everywhere."""
        nested = UCOUNTS_NPROC in self.kernel.patches()
        return [f"n1{uid}", f"n0{owner}"] if nested else [f"n0{uid}"]

    def note(self, name: str, before: Any, after: Any) -> None:
        for index in (1, 2, 3):
            old, new = getattr(before, f"t{index}"), getattr(after, f"t{index}")
            if old.life == 0 and new.life != 0:
                parent = int(name.split()[1])
                self.paths[index] = list(self.paths[parent])
                if "into a user namespace" in name:
                    maker = getattr(before, f"t{parent}").uid
                    self.paths[index] = self.inside(maker, maker)
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


class GroupsMachine(_Random):
    """Processes are sets of threads; whoever is in one, or waits to be reaped, is charged."""

    system = GROUPS

    def book(self) -> None:
        self.processes: dict[int, set[int]] = {1: {1}}
        self.kernel_threads = 0

    def process_of(self, task: int) -> int:
        return next(leader for leader, group in self.processes.items() if task in group)

    def note(self, name: str, before: Any, after: Any) -> None:
        words = name.split()
        if "kernel thread" in name:
            self.kernel_threads += 1 if "makes" in name else -1
            return
        actor = int(words[1] if words[0] in ("task", "process") else words[4])
        born = [
            i for i in (1, 2, 3)
            if getattr(before, f"t{i}").life == 0 and getattr(after, f"t{i}").life != 0
        ]
        for child in born:
            if "thread" in name or "worker" in name:
                self.processes[self.process_of(actor)].add(child)
            else:
                self.processes[child] = {child}
        if "exits" in name and actor not in self.processes:
            self.processes[self.process_of(actor)].remove(actor)
        elif "killed" in name:
            self.processes[actor] = {actor}
        elif "executes" in name:
            del self.processes[self.process_of(actor)]
            self.processes[actor] = {actor}
        elif "reaped" in name:
            assert self.processes.pop(actor) == {actor}

    @precondition(lambda self: hasattr(self, "state"))
    @invariant()
    def counts_are_those_of_the_books(self) -> None:
        assert self.state.n1 == sum(len(group) for group in self.processes.values())
        assert self.state.n0 == self.kernel_threads

    @precondition(lambda self: hasattr(self, "state"))
    @invariant()
    def groups_are_those_of_the_books(self) -> None:
        for leader, group in self.processes.items():
            for task in group:
                known = getattr(self.state, f"t{task}").leader or task
                assert known == leader


class ReferencesMachine(_Random):
    """A reference is a name on a list; the ucounts is there as long as the list is not empty."""

    system = REFERENCES

    @initialize(kernel=st.just("debian-6.12.117"))
    def begin(self, kernel: str) -> None:
        super().begin(kernel)

    def book(self) -> None:
        self.names = ["cred"]

    def note(self, name: str, before: Any, after: Any) -> None:
        if "copied" in name or "set uid finds it and takes" in name:
            self.names.append("cred")
        elif "credential is freed" in name:
            self.names.remove("cred")
        elif "made below" in name:
            self.names.append("below")
        elif "namespace below is freed" in name:
            self.names.remove("below")
        elif "is queued" in name:
            self.names += ["signals"] if before.sends == Counting.FIRST else []
        elif "before the bound" in name:
            self.names.append("signals")
        elif "reference is put" in name:
            self.names.remove("signals")

    @precondition(lambda self: hasattr(self, "state"))
    @invariant()
    def references_are_those_of_the_books(self) -> None:
        assert self.state.refs == len(self.names)
        assert self.state.there is bool(self.names)


class ExecIdsMachine(_Random):
    """The parent counts its execve() itself, without any id."""

    system = EXEC_IDS

    def book(self) -> None:
        self.since, self.asked = 0, 0

    def note(self, name: str, before: Any, after: Any) -> None:
        if "clones" in name:
            self.since, self.asked = 0, 10
        elif name.startswith("the parent executes"):
            words = name.split()
            self.since += int(words[3]) if len(words) > 3 else 1
        elif name == "the child executes":
            self.asked = 17
        elif "ends" in name:
            wide = 64 if EXEC_ID_64 in self.kernel.patches() else 32
            agrees = self.since % 2**wide == 0
            assert after.notice == (self.asked if agrees else 17)


class OwnersMachine(_Random):
    """Capabilities as user_namespaces(7) tells them: in one's own, below it, and as owner."""

    system = OWNERS

    def capable_over(self, child: Any, ns: int) -> bool:
        if ns == child.ns:
            return bool(child.capable)
        if ns == 0:
            return False
        space = getattr(self.state, f"s{ns}")
        owns = space.parent == child.ns and space.owner == child.euid
        return owns or self.capable_over(child, space.parent)

    @precondition(lambda self: hasattr(self, "state"))
    @invariant()
    def capabilities_are_those_of_the_manual(self) -> None:
        for child in (self.state.c1, self.state.c2):
            for ns in (1, 2, 3):
                if child.ns != NOWHERE and getattr(self.state, f"s{ns}").made:
                    assert bool(userns_owners.rules(self.state, child, ns)) is self.capable_over(
                        child, ns
                    )


_LONG = settings(max_examples=40, stateful_step_count=40, deadline=None, derandomize=True)
_MACHINES = (
    AccountsMachine, NestedMachine, ForkersMachine, GroupsMachine, ReferencesMachine,
    ExecIdsMachine, OwnersMachine,
)
for _machine in _MACHINES:
    _machine.TestCase.settings = _LONG

TestAccounts = AccountsMachine.TestCase
TestNested = NestedMachine.TestCase
TestForkers = ForkersMachine.TestCase
TestGroups = GroupsMachine.TestCase
TestReferences = ReferencesMachine.TestCase
TestExecIds = ExecIdsMachine.TestCase
TestOwners = OwnersMachine.TestCase


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


def test_the_books_notice_the_reference_lost_until_2026() -> None:
    """Negative: before the reference came first, a refused signal takes one with it."""
    machine = ReferencesMachine()
    machine.begin("v6.12")
    for name in (
        "a user namespace is made below",
        "a signal is counted that will be refused",
        "a signal is counted",
        "who counted first takes a reference and the signal is queued",
        "the refused signal is taken back",
        "a queued signal is freed",
    ):
        _take(machine, name)
        machine.references_are_those_of_the_books()
    with pytest.raises(ValueError, match="not in list"):
        _take(machine, "the last signals reference is put")


def _take(machine: Any, name: str) -> None:
    step = next(s for s in machine.steps if s.name == name)
    move = step.move(machine.machine, machine.state)
    assert move.when
    before, machine.state = machine.state, move.then
    machine.note(step.name, before, machine.state)
