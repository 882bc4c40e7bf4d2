"""How kernel/pid.c:alloc_pid is read: level by level, for each level that the child may have.

The namespaces round the child's own are told by how many levels up they are, as the elements of
set_tid are.  Of the fourth element and those beyond the model knows that one of them may be
refused: where chance has it so, that one is out of range, or not permitted, or in use, or
idr_alloc() finds no memory for it.

Taken for granted are that pid_max is the same in every namespace (7.2.13 gives each its own), that
the first pid of a namespace without an init is 1, that idr_alloc_cyclic() fails for want of a
number alone, and that pidfs_add_pid() (7.2.13) does not fail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from model import words
from model.algebra import Truth, at_most, both, either, is_one_of, no, when_word
from model.call import Call, Situation
from model.entries import CREATORS
from model.rules import pid
from model.state import Fallible
from model.words import Errno
from source import values
from source.interpreter import CallResult, Contract, Interpreter
from source.program import Program
from source.readings.reading import Aspect, FunctionReading
from source.readings.rows import by_rows
from source.statements import Runner
from source.syntax import SyntaxNode
from source.values import Value, bits, fact, number, truth, truth_of, unknown, word_of

LEVELS = words.MAX_PID_NS_LEVEL + 1
KNOWN = 3
"""Elements of set_tid of which the model knows what is asked for."""

_UP = re.compile(r"its pid_ns (\d+) up")
_MEMORY, _NAMESPACE = "its memory", "reference on its pid_ns"
_CHOSEN, _SEEN = "done:it has the pids asked for", "done:it is found at each level"
_OUTER = (Errno.EINVAL, Errno.EPERM, Errno.EEXIST, Errno.ENOMEM)
"""With what an element beyond the third can be refused."""


def _up(element: int) -> str:
    return f"its pid_ns {element} up"


def _element(value: Value, rest: str = "") -> int | None:
    """Return how many levels up the namespace is that a pointer leads to (or into)."""
    found = _UP.match(value.target) if isinstance(value.target, str) else None
    whole = found is not None and value.target == f"{found.group()}{rest}"
    return int(found.group(1)) if found is not None and whole else None


def _fails_with(call: Call, element: int, error: Errno) -> Truth:
    refused = both(element == KNOWN, call.fails(Fallible.OUTER_SET_TID))
    return both(refused, call.chance.errno == int(error))


def _tid(call: Call, element: int) -> Value:
    """Return what is asked for: beyond the third element 1, or 0 where it is to be out of range."""
    if element < KNOWN:
        return fact(pid.tid_of(call, element), signed=True)
    return Value(when_word(64, _fails_with(call, element, Errno.EINVAL), 0, 1), True)


def _taken(call: Call, element: int) -> Truth:
    if element < KNOWN:
        return pid.is_taken(call, element)
    return _fails_with(call, element, Errno.EEXIST)


def _exhausted(call: Call, element: int, level: int) -> Truth:
    """Return whether no number is free in a namespace: in the first for certain if all are taken.

    Where chance has it so, in whichever it names of those in which none is chosen.
    """
    at_, size = call.request.target.nproc, call.args.set_tid_size
    free = [both(at_ == n, no(values.less(number(n), Value(size, False)))) for n in range(level)]
    by_chance = free[element] if element < level else no(either(*free))
    everywhere = pid.every_pid_is_taken(call) if element == level else False
    return either(both(call.fails(Fallible.PIDS_EXHAUSTED), by_chance), everywhere)


@dataclass(frozen=True)
class _Level:
    """The contracts of a run at one level of the child's namespace."""

    level: int

    def begin(self, machine: Interpreter) -> list[Value]:
        """Set up the namespaces, and what is asked for; return the arguments."""
        state, call = machine.state, machine.call
        bit = machine.program.constants["PIDNS_ADDING"] or 0
        state["pid_max"] = pid_max = fact(call.system.pid_max, signed=True)
        for one in range(self.level + 1):
            ns = _up(one)
            state[f"{ns}->level"] = number(self.level - one, signed=False)
            state[f"{ns}->parent"] = _pointer(machine, _up(one + 1))
            state[f"{ns}->user_ns"] = _pointer(machine, f"the owner of {ns}")
            state[f"{ns}->pid_max"] = pid_max
            state[f"{ns}->child_reaper"] = truth(pid.has_init(call, one) if one < KNOWN else True)
            gone = both(one == 0, pid.namespace_is_dead(call))
            state[f"{ns}->pid_allocated"] = Value(when_word(64, gone, 1, bit | 1), False)
            state[f"set_tid->[{one}]"] = _tid(call, one)
        size = Value(call.args.set_tid_size, False)
        return [_pointer(machine, _up(0)), _pointer(machine, "set_tid"), size]

    def end(self, machine: Interpreter) -> None:
        """Note whether the pids are those that are asked for, and whether each is found."""
        call, state = machine.call, machine.state
        chosen = [
            either(
                no(values.less(number(one), Value(call.args.set_tid_size, False))),
                values.equal(self._number(machine, one), _tid(call, one)),
            )
            for one in range(self.level + 1)
        ]
        seen = [truth_of(machine.load(f"done:{one}")) for one in range(self.level + 1)]
        state[_CHOSEN], state[_SEEN] = truth(both(*chosen)), truth(both(*seen))

    def _number(self, machine: Interpreter, element: int) -> Value:
        held = machine.load(f"pid->numbers[{self.level - element}]->nr")
        return number(0) if held.unknown else held

    def contracts(self) -> dict[str, Contract]:
        return {
            "kmem_cache_alloc": self._allocates,
            "kmem_cache_free": self._frees,
            "get_pid_ns": self._refers,
            "put_pid_ns": self._unrefers,
            "checkpoint_restore_ns_capable": self._permits,
            "idr_alloc": self._takes_that,
            "idr_alloc_cyclic": self._takes_any,
            "idr_remove": self._gives_back,
            "idr_replace": self._shows,
            "pidfs_add_pid": lambda _machine, _node, _arguments: number(0),
        }

    def _allocates(self, machine: Interpreter, _node: SyntaxNode, _given: list[Value]) -> Value:
        fails = machine.call.fails(Fallible.ALLOC_PID)
        machine.take(_MEMORY, no(fails))
        return Value(when_word(64, fails, 0, machine.program.handle("pid")), False, "pid")

    def _frees(self, machine: Interpreter, node: SyntaxNode, given: list[Value]) -> Value:
        if given[1].target != "pid":
            return unknown(node.plain)
        machine.give(_MEMORY)
        return number(0)

    def _refers(self, machine: Interpreter, node: SyntaxNode, given: list[Value]) -> Value:
        if _element(given[0]) != 0:
            return unknown(node.plain)
        machine.take(_NAMESPACE)
        return given[0]

    def _unrefers(self, machine: Interpreter, node: SyntaxNode, given: list[Value]) -> Value:
        if _element(given[0]) != 0:
            return unknown(node.plain)
        machine.give(_NAMESPACE)
        return number(0)

    def _permits(self, machine: Interpreter, node: SyntaxNode, given: list[Value]) -> Value:
        """include/linux/capability.h, asked of the owner of one of the namespaces."""
        target = given[0].target
        owned = (
            Value(target=target.removeprefix("the owner of "))
            if isinstance(target, str)
            else given[0]
        )
        element = _element(owned)
        if element is None or owned.target == target:
            return unknown(node.plain)
        if element < KNOWN:
            return truth(pid.permitted(machine.call, element))
        return truth(no(_fails_with(machine.call, element, Errno.EPERM)))

    def _takes_that(self, machine: Interpreter, node: SyntaxNode, given: list[Value]) -> Value:
        """lib/idr.c: this number, or ENOSPC where it is in use."""
        element = _element(given[0], "->idr")
        if element is None or any(one.unknown for one in given[1:4]):
            return unknown(node.plain)
        call, asked = machine.call, _tid(machine.call, element)
        right = both(values.equal(given[2], asked), word_of(given[3]) == word_of(asked) + 1)
        no_memory = _fails_with(call, element, Errno.ENOMEM) if element >= KNOWN else False
        taken = either(_taken(call, element), no(right))
        fails = either(taken, no_memory)
        machine.take(_number_of(element), no(fails))
        error = when_word(64, no_memory, bits(-int(Errno.ENOMEM)), bits(-int(Errno.ENOSPC)))
        return Value(when_word(64, fails, error, bits(word_of(given[2]))), True)

    def _takes_any(self, machine: Interpreter, node: SyntaxNode, given: list[Value]) -> Value:
        """lib/idr.c: the next free number, or ENOSPC."""
        element = _element(given[0], "->idr")
        if element is None or given[3].unknown:
            return unknown(node.plain)
        call = machine.call
        narrow = no(values.equal(given[3], fact(call.system.pid_max, signed=True)))
        fails = either(_exhausted(call, element, self.level), narrow)
        machine.take(_number_of(element), no(fails))
        first = no(pid.has_init(call, element)) if element < KNOWN else False
        made = when_word(64, first, 1, 100)
        return Value(when_word(64, fails, bits(-int(Errno.ENOSPC)), made), True)

    def _gives_back(self, machine: Interpreter, node: SyntaxNode, given: list[Value]) -> Value:
        element = _element(given[0], "->idr")
        if element is None:
            return unknown(node.plain)
        machine.give(_number_of(element))
        return number(0)

    def _shows(self, machine: Interpreter, node: SyntaxNode, given: list[Value]) -> Value:
        """lib/idr.c: from here on the number leads to the pid."""
        element = _element(given[0], "->idr")
        if element is None or given[1].target != "pid":
            return unknown(node.plain)
        machine.state[f"done:{element}"] = truth(True)
        return number(0)


def _number_of(element: int) -> str:
    return f"its number {element} levels up"


def _pointer(machine: Interpreter, to: str) -> Value:
    return Value(machine.program.handle(to), False, to)


@dataclass(frozen=True)
class _ByLevel(FunctionReading):
    """Runs alloc_pid() at one level of the child's namespace: one call's own, or a given one."""

    level: int | None = None

    @property
    def parts(self) -> tuple[FunctionReading, ...]:
        """Return a reading for each level."""
        if self.level is not None:
            return ()
        return tuple(replace(self, level=level) for level in range(LEVELS))

    def holds_for(self, start: Situation) -> Truth:
        """Return whether it is run on a call: one that is refused further out as can be."""
        outer = start.chance.fails == int(Fallible.OUTER_SET_TID)
        can = is_one_of(start.chance.errno, tuple(int(error) for error in _OUTER))
        few = at_most(start.request.set_tid_size, words.MAX_PID_NS_LEVEL)
        return both(super().holds_for(start), few, either(no(outer), can))

    def run(
        self, program: Program, call: Call, *, assuming: bool = False, ordered: bool = False
    ) -> tuple[Interpreter, CallResult]:
        """Run it; in which order numbers are given back is not kept.

        What comes of it is trusted where the child's namespace is of that level, and has a pid.
        """
        own = pid.child_level(call)
        level = self.level if self.level is not None else own if isinstance(own, int) else 0
        contracts = _Level(level)
        machine = Runner(program, call, stops=contracts.contracts())
        machine.assuming = assuming
        function = program.function(self.function)
        assert function is not None
        done = machine.run(function, contracts.begin(machine))
        contracts.end(machine)
        machine.trusted = both(machine.trusted, pid.gets_a_pid(call), own == level)
        return machine, done


def _done(what: str) -> Aspect:
    return Aspect(
        what.removeprefix("done:"),
        lambda machine, _done: either(
            no(pid.gets_a_pid(machine.call)), truth_of(machine.load(what))
        ),
        lambda _outcome: True,
    )


NEW_PID = _ByLevel(
    "alloc_pid",
    "alloc_pid",
    CREATORS,
    lambda _machine: [],
    by_rows("alloc_pid"),
    (_done(_CHOSEN), _done(_SEEN)),
)
"""The reading of alloc_pid()."""
