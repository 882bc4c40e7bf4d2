"""What a reading of a function is: on which calls it is run, and what is compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from model.algebra import Truth, both, either, no
from model.call import Call, Situation
from model.entries import from_one_of
from model.patch import ALWAYS, Patches
from model.request import Entry
from source.interpreter import CallResult, Contract, Interpreter
from source.program import Program
from source.statements import Runner
from source.values import Value

Arguments = Callable[[Interpreter], list[Value]]


Model = Callable[[Call], Any]


@dataclass(frozen=True)
class Aspect:
    """One thing that C and model are compared in: how each side tells it, and when it counts."""

    name: str
    c: Callable[[Interpreter, CallResult], Any]
    model: Callable[[Any], Any]
    signed: bool = False
    always: bool = False
    """Compared on failed calls too."""


@dataclass(frozen=True)
class FunctionReading:
    """A function, the calls on which it is run, and the model's answer."""

    name: str
    function: str
    entries: tuple[Entry, ...]
    arguments: Arguments
    model: Model
    aspects: tuple[Aspect, ...] = ()
    stops: dict[str, Contract] = field(default_factory=dict)
    balanced: bool = True
    """Whether failed runs must have given everything back."""
    keeps: bool = False
    """Whether what failed runs keep is compared with the model's ladders too."""
    needs: Patches = ALWAYS
    """The patches that brought the function; without them the tree need not have it."""
    subject: str = "create"
    returned: Callable[[Interpreter, Value], Value] | None = None
    """What the function's own caller makes of what it returns, where that is not the errno."""

    @property
    def parts(self) -> tuple[FunctionReading, ...]:
        """Return the readings of which each compares some of the calls, if not all are at once."""
        return ()

    def holds_for(self, start: Situation) -> Truth:
        """Return whether the function is run on a call."""
        return both(
            from_one_of(start.request, self.entries), registers_fit(start), no_thread_mark(start)
        )

    def run(
        self, program: Program, call: Call, *, assuming: bool = False, ordered: bool = False
    ) -> tuple[Interpreter, CallResult]:
        """Run the function on a call.

        With ``assuming``, what cannot be read yields 0 and touches nothing: to see what stands
        behind it, never to prove anything.  With ``ordered`` it is kept in which order things
        are taken and given back.
        """
        machine = Runner(program, call, stops=self.stops)
        machine.assuming, machine.ordered = assuming, ordered
        function = program.function(self.function)
        assert function is not None
        done = machine.run(function, self.arguments(machine))
        if self.returned is not None:
            done.value = self.returned(machine, done.value)
        return machine, done


def registers_fit(start: Situation) -> Truth:
    """On a 32-bit machine an argument that comes in a register has 32 bits."""
    small = start.system.long_is_32_bit
    by_register = from_one_of(
        start.request, tuple(entry for entry in Entry if entry is not Entry.CLONE3)
    )
    fits = (start.request.flags & ~0xFFFFFFFF & (2**64 - 1)) == 0
    return either(no(both(small, by_register)), fits)


def no_thread_mark(start: Situation) -> Truth:
    """No caller of copy_process() in the kernel hands it a negative exit signal.

    In ``p->exit_signal`` that would mark a thread; clone3 refuses it, clone cannot say it.
    """
    own = from_one_of(start.request, (Entry.COPY_PROCESS, Entry.CLONE3))
    return either(no(own), (start.request.exit_signal & 0xFFFFFFFF80000000) == 0)
