"""How the making of a namespace is read: its limits, what it allocates, what it gives back.

kernel/pid_namespace.c:copy_pid_ns and its like, for which the reading of copy_process() takes
the model's own rows: here their C is held against those.  Which are read, and by which steps,
:mod:`source.readings.new_namespaces` lists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from model.algebra import Truth, Word, both, either, no, when_word
from model.call import Call
from model.entries import CREATORS
from model.evaluate import Outcome
from model.rules.creds import full
from model.state import Fallible, Limit, System
from model.words import Errno
from source.contracts.making import ANY, errno, gives, or_error
from source.effects import UnreadField
from source.interpreter import CallResult, Contract, Interpreter
from source.readings.reading import Aspect, FunctionReading
from source.readings.rows import by_rows
from source.syntax import SyntaxNode
from source.values import Target, Value, equal, number, truth, truth_of, unknown, word_of

OWNER, EUID, CHARGED = "the owner of what is made", "the caller's euid", "what is charged"
FLAGS, OLD = "flags", "the old one"
COUNT, REFERENCE, MEMORY, INUM = "namespace count", "reference", "its memory", "its inode number"

_WAITED = "done:what was to be freed was waited for"

INODE = ("ns_alloc_inum", "ns_common_init")
"""What numbers a namespace, until v6.17 and since."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step that may fail: the calls by which trees take it, and what they do.

    It yields a pointer to what it ``makes``, or 0; what it ``takes`` has to be given back.
    """

    calls: tuple[str, ...]
    makes: str = ""
    takes: str = ""
    late: tuple[str, str] | None = None
    """Of a step that not every tree has: a file, and what it says in those that have it."""
    error: str = "ENOMEM"
    """With which error it fails: ``ANY`` for that which chance chooses."""
    says: bool = False
    """It says whether it succeeds: true or false, no errno."""
    by_pointer: bool = False
    """It fails with an error pointer, not with NULL."""
    notes: Callable[[Interpreter, list[Value]], None] | None = None
    """What it does besides, given its arguments."""


@dataclass(frozen=True, slots=True)
class Making:
    """A namespace that is made: by which function, on which calls, against which limit."""

    function: str
    name: str
    old: str
    wanted: Callable[[Call], Truth]
    counter: str
    limit: Callable[[System], Limit]
    fallible: Fallible
    rows: tuple[str, ...]
    steps: tuple[Step, ...]
    stops: dict[str, Contract]
    begins: dict[str, str] = field(default_factory=dict)
    """Where pointers lead when it begins, beside what the model says."""
    holds: dict[str, str] = field(default_factory=dict)
    """Where pointers of the new namespace lead, beside its owner and what is charged."""
    freed_by: str = ""
    """The work by which such namespaces are freed later, where that is waited for."""
    asked: tuple[str, ...] = (FLAGS, OWNER, OLD)
    """Its arguments, in order."""
    prepare: Callable[[Interpreter], None] | None = None
    """What else holds as it begins."""
    ended: Callable[[Interpreter, Value], Value] | None = None
    """What happens as it ends."""
    waits: tuple[str, str] = ("", "")
    """A file, and what it says in trees that wait for it."""

    @property
    def new(self) -> str:
        """Return what the new namespace is called."""
        return f"new {self.name}"

    def reading(self) -> FunctionReading:
        """Return how the function is read."""
        return FunctionReading(
            self.function,
            self.function,
            CREATORS,
            self._arguments,
            by_rows(*self.rows),
            (
                Aspect("a new one is made", self._is_new, self._is_wanted),
                Aspect("the old one stays", self._is_old, lambda one: no(self._is_wanted(one))),
                *(
                    Aspect(f"its {name}", self._leads(name, to), self._is_wanted)
                    for name, to in self._held.items()
                ),
            ),
            {**_COMMON, **self._contracts(), **self.stops},
            returned=self.ended,
        )

    @property
    def _held(self) -> dict[str, str]:
        return {"user_ns": OWNER, "ucounts": CHARGED, **self.holds}

    def _arguments(self, machine: Interpreter) -> list[Value]:
        """The flags, the owner and the old one; of a new one, where nothing leads yet."""
        for place, to in self.begins.items():
            machine.state[place] = pointer(machine, to)
        for name in self._held:
            machine.state[f"{self.new}->{name}"] = number(0)
        if self.prepare is not None:
            self.prepare(machine)
        places = {FLAGS: "args->flags", OLD: f"current->nsproxy->{self.old}"}
        return [
            machine.load(places[one]) if one in places else pointer(machine, one)
            for one in self.asked
        ]

    def _contracts(self) -> dict[str, Contract]:
        steps = {call: self._step(one) for one in self.steps for call in one.calls}
        freed: dict[str, Contract] = {"flush_work": self._flushes} if self.freed_by else {}
        return {
            "inc_ucount": self._charges,
            "dec_ucount": self._gives_back,
            **freed,
            **steps,
        }

    def _charges(self, machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
        """kernel/ucount.c: one more namespace of the caller's effective uid, under the owner."""
        asked = [arguments[0].target, arguments[1].target, node["arguments"].kids[2].text]
        if asked != [OWNER, EUID, self.counter]:
            return unknown(node.plain)
        fails = either(full(self.limit(machine.call.system)), self._waiting(machine))
        machine.take(COUNT, no(fails))
        return unless(machine, fails, CHARGED)

    def _gives_back(self, machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
        if [arguments[0].target, node["arguments"].kids[1].text] != [CHARGED, self.counter]:
            return unknown(node.plain)
        machine.give(COUNT)
        return number(0)

    def _waiting(self, machine: Interpreter) -> Truth:
        """Return whether namespaces that count are about to be freed, and nobody waited for them.

        The model's count is without them.
        """
        if not self.freed_by or not machine.program.mentions(*self.waits):
            return False
        about = machine.call.request.target.anonymous_mnt_ns
        return both(about, no(truth_of(machine.load(_WAITED))))

    def _flushes(self, machine: Interpreter, node: SyntaxNode, _arguments: list[Value]) -> Value:
        """kernel/workqueue.c: wait until they are freed, and say whether there were any."""
        if node["arguments"].text != f"(&{self.freed_by})":
            return unknown(node.plain)
        waiting = self._waiting(machine)
        machine.state[_WAITED] = truth(True)
        return truth(waiting)

    def _step(self, step: Step) -> Contract:
        def run(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
            fails = both(machine.call.fails(self.fallible), self._chosen(machine, step))
            if step.takes:
                machine.take(step.takes, no(fails))
            if step.notes is not None:
                step.notes(machine, arguments)
            if step.makes:
                bad = errno(machine, step.error) if step.by_pointer else 0
                return unless(machine, fails, step.makes, bad)
            if step.says:
                return truth(no(fails))
            return Value(or_error(machine, fails, step.error, 0), True)

        return run

    def _chosen(self, machine: Interpreter, step: Step) -> Truth:
        """Return whether this step is the one that fails, if one does.

        The model's row has one error, or any; then a step with one of its own fails with that
        alone, and the last one that may have any fails for all others.
        """
        there = [one for one in self.steps if not one.late or machine.program.mentions(*one.late)]
        if step not in there:
            return False
        free = [one for one in there if one.error == ANY]
        rest = free[-1] if free else there[0]
        chosen = {
            index: both(
                machine.call.request.target.nproc == index,
                not free or _may_be(machine, one.error),
            )
            for index, one in enumerate(there)
            if one is not rest
        }
        return no(either(*chosen.values())) if step is rest else chosen[there.index(step)]

    def _is_wanted(self, outcome: Outcome) -> Truth:
        return self.wanted(outcome.call)

    def _is_new(self, machine: Interpreter, done: CallResult) -> Truth:
        if done.value.unknown:
            raise UnreadField(done.value.unknown)
        return word_of(done.value) == machine.program.handle(self.new)

    def _is_old(self, machine: Interpreter, done: CallResult) -> Truth:
        """Return whether it yields the old one."""
        old = machine.initial(f"current->nsproxy->{self.old}")
        return equal(done.value, old)

    def _leads(self, name: str, to: str) -> Callable[[Interpreter, CallResult], Truth]:
        def read(machine: Interpreter, done: CallResult) -> Truth:
            held = machine.field(self.new, name)
            if held.unknown:
                raise UnreadField(held.unknown)
            return both(self._is_new(machine, done), equal(held, pointer(machine, to)))

        return read


def _may_be(machine: Interpreter, error: str) -> Truth:
    """Return whether an error is that which chance chooses."""
    return error == ANY or machine.call.chance.errno == int(Errno[error])


def pointer(machine: Interpreter, to: str) -> Value:
    """Return a pointer that is not NULL."""
    return Value(machine.program.handle(to), False, to)


def unless(machine: Interpreter, fails: Truth, to: str, bad: Word = 0) -> Value:
    """Return a pointer that is NULL, or another that is ``bad``, where a step fails."""
    return Value(when_word(64, fails, bad, machine.program.handle(to)), False, to)


def leading(to: str) -> Contract:
    """Return a contract that yields a pointer."""
    return lambda machine, _node, _arguments: pointer(machine, to)


def _reference(target: Target) -> str:
    return f"{REFERENCE} on {target if target == OWNER else OLD}"


def refers(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """get_user_ns() and the like: one reference, and the pointer itself."""
    machine.take(_reference(arguments[0].target))
    return arguments[0]


def _unrefers(machine: Interpreter, _node: SyntaxNode, arguments: list[Value]) -> Value:
    """put_user_ns(): the reference on the owner is given back."""
    machine.give(_reference(arguments[0].target))
    return number(0)


def nothing(_machine: Interpreter, _node: SyntaxNode, _arguments: list[Value]) -> Value:
    """What touches nothing here."""
    return number(0)


def given(what: dict[str, tuple[str, ...]], at: int = 0) -> Contract:
    """Return a contract that gives back what belongs to what one of its arguments leads to."""

    def run(machine: Interpreter, node: SyntaxNode, arguments: list[Value]) -> Value:
        target = arguments[at].target
        if not isinstance(target, str) or target not in what:
            return unknown(node.plain)
        for resource in what[target]:
            machine.give(resource)
        return number(0)

    return run


_COMMON: dict[str, Contract] = {
    "current_euid": leading(EUID),
    "get_user_ns": refers,
    "put_user_ns": _unrefers,
    "ns_free_inum": gives(INUM),
    "ns_common_free": gives(INUM),
    "kref_init": nothing,
}
