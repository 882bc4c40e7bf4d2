"""What can succeed on a kernel, as tightly as flag patterns can say it.

A flag pattern accepts every part of what it names, so that patterns can be told by the largest
sets of flags with which a call can succeed: nothing that succeeds is outside all of them, which
the solver proves, and no pattern could name fewer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.scml.shown import (
    ALL,
    SIGNALS,
    flags_of,
    named_bits,
    seen,
    signals_in_flags,
    without_a_name,
)
from checker.smallest.cost import Values
from checker.why.opened import Opened
from model.algebra import Truth, Word, both, has_any, no
from model.call import Situation
from model.kernel import Kernel
from model.records import build
from model.request import Entry, Request

SIGNAL, UNNAMED, STACK_SIZE = "a signal", "a bit without a name", "a stack size"


@dataclass(frozen=True, slots=True)
class Tight:
    """A largest set: flags, signals beside them, whether a stack and numbers may stand there."""

    flags: tuple[str, ...]
    signals: tuple[str, ...]
    numbers: bool
    """Bits without a name, or signals without one."""
    stack: bool
    sized: bool


def tightest(kernel: Kernel, entry: Entry) -> list[Tight]:
    """Return the largest sets, the largest first; of fork(), vfork() one that is empty.

    Raises :class:`~checker.why.opened.Undecided` where the solver does not know.
    """
    search = _Search(kernel, entry)
    stacks = (False, True) if entry is Entry.CLONE3 else (None,)
    found = [one for stack in stacks for one in search.largest(stack)]
    return sorted(found, key=lambda one: (one.stack, -len(one.flags), one.flags))


class _Search:
    def __init__(self, kernel: Kernel, entry: Entry) -> None:
        self._opened = Opened(kernel, {"request.entry": int(entry)})
        self._entry = entry
        self._signals = signals_in_flags(entry)
        bits = {name: bit & ~self._signals for name, bit in flags_of(entry).items()}
        if entry in (Entry.CLONE, Entry.CLONE3, Entry.UNSHARE):
            bits[UNNAMED] = ALL - named_bits(entry) - self._signals
        self._bits = bits

    def _atoms(self, request: Request) -> dict[str, Truth]:
        """Return what a call may have or not: that a pattern accepts it accepts its lack."""
        found = {name: has_any(request.flags, bits) for name, bits in self._bits.items()}
        if self._entry in (Entry.CLONE, Entry.CLONE3):
            found[SIGNAL] = self._signal(request) != 0
        if self._entry is Entry.CLONE3:
            found[STACK_SIZE] = seen(request, "request.stack_size") != 0
        return found

    def _signal(self, request: Request) -> Word:
        signal: Word = request.exit_signal
        return request.flags & self._signals if self._signals else signal

    def largest(self, stack: bool | None) -> Iterator[Tight]:
        """Yield the largest sets of calls with a stack, without one, or of all."""
        request = self._opened.start.request
        base = both(self._opened.outcome.ok, _has_stack(request, stack))
        known: list[frozenset[str]] = []
        while (found := self._ask(base, self._outside(known))) is not None:
            grown = self._grown(base, found)
            known.append(grown)
            yield self._told(base, grown, bool(stack))

    def _outside(self, known: list[frozenset[str]]) -> Truth:
        """Return that a call has something that each known set lacks."""
        atoms = self._atoms(self._opened.start.request)
        return both(*(
            no(both(*(no(truth) for name, truth in atoms.items() if name not in one)))
            for one in known
        ))

    def _grown(self, base: Truth, found: frozenset[str]) -> frozenset[str]:
        for name in self._atoms(self._opened.start.request):
            if name not in found:
                found = self._ask(base, self._with(found | {name})) or found
        return found

    def _with(self, names: frozenset[str]) -> Truth:
        atoms = self._atoms(self._opened.start.request)
        return both(*(truth for name, truth in atoms.items() if name in names))

    def _ask(self, *truths: Truth) -> frozenset[str] | None:
        answer = self._opened.asked(self._opened.constraint(both(*truths)))
        return None if answer.values is None else self._of(answer.values)

    def _of(self, values: Values) -> frozenset[str]:
        atoms = self._atoms(build(Situation, values).request)
        return frozenset(name for name, truth in atoms.items() if truth is True)

    def _told(self, base: Truth, names: frozenset[str], stack: bool) -> Tight:
        signal = self._signal(self._opened.start.request)
        whole = both(base, self._with(names))

        def can_be(truth: Truth) -> bool:
            return self._ask(whole, truth) is not None

        some = SIGNAL in names
        signals = [name for name, number in SIGNALS.items() if some and can_be(signal == number)]
        beyond = some and can_be(without_a_name(signal))
        flags = tuple(name for name in flags_of(self._entry) if name in names)
        numbers = beyond or UNNAMED in names
        return Tight(flags, tuple(signals), numbers, stack, STACK_SIZE in names)


def _has_stack(request: Request, stack: bool | None) -> Truth:
    if stack is None:
        return True
    return no(request.stack == 0) if stack else request.stack == 0
