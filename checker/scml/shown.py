"""What SCML can see of a call: its arguments as strace shows them.

A flag word is seen bit by bit and a signal by its name; of an address and of a number that is not
a flag word only whether they are zero.  Arguments that the flags do not ask for are not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import TypeAlias

from checker.calls.kernel_words import SIGNALS as NAMED_SIGNALS
from model import words
from model.algebra import Truth, Word, both, either, has, has_any, is_one_of, no
from model.call import Situation
from model.entries import visible
from model.request import Entry, Request
from model.words import Flag

FLAGS = {f"CLONE_{flag.name}": int(flag) for flag in Flag}
SIGNALS = {
    **NAMED_SIGNALS,
    "SIGRTMIN": 32,
    **{f"SIGRT_{number}": 32 + number for number in range(1, 33)},
}
"""Signals as strace names them; what is beyond them it shows as a number."""
NULL = "NULL"
DESCRIPTOR = "a descriptor"

_LOW = {name: bit for name, bit in FLAGS.items() if bit < 2**32}
_NAMES = {
    Entry.CLONE: {name: bit for name, bit in _LOW.items() if bit > words.CSIGNAL},
    Entry.CLONE3: FLAGS,
    Entry.UNSHARE: {
        **{name: bit for name, bit in _LOW.items() if bit != words.UNSHARE_EMPTY_MNTNS},
        "UNSHARE_EMPTY_MNTNS": words.UNSHARE_EMPTY_MNTNS,
    },
    Entry.SETNS: _LOW,
}
ALL = 2**64 - 1


def flags_of(entry: Entry) -> dict[str, int]:
    """Return the bits that have a name in the flag word of a system call."""
    return _NAMES.get(entry, {})


def named_bits(entry: Entry) -> int:
    """Return all bits that have a name in the flag word of a system call."""
    return reduce(or_, flags_of(entry).values(), 0)


def without_a_name(signal: Word) -> Truth:
    """Return whether a signal's number is beyond those that have names."""
    return no(is_one_of(signal, (0, *SIGNALS.values())))


def signals_in_flags(entry: Entry) -> int:
    """Return the bits of the flag word in which a signal's number stands: those of clone()."""
    return words.CSIGNAL if entry is Entry.CLONE else 0


@dataclass(frozen=True, slots=True)
class Bits:
    """A flag word and the names of its bits; ``signal`` is a signal's number beside them."""

    word: Word
    names: dict[str, int] = field(default_factory=dict)
    signal: Word | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """An address, ``NULL`` or a number."""

    word: Word


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    word: Word


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array of numbers at an address."""

    word: Word


@dataclass(frozen=True, slots=True)
class Fields:
    """A struct: its fields by name."""

    fields: dict[str, Argument]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Something of which the model has no fact."""

    what: str


@dataclass(frozen=True, slots=True)
class Argument:
    """What stands there, and whether anything does."""

    value: Shown
    there: Truth = True


Shown: TypeAlias = "Bits | Address | Number | Numbers | Fields | Hidden"


def arguments(start: Situation, entry: Entry) -> list[Argument]:
    """Return the arguments of a system call in the order in which strace shows them.

    Of clone() the function and its argument, which strace leaves out, are in their old places.
    """
    request = start.request
    if entry is Entry.CLONE3:
        return [Argument(Fields(_clone_args(request))), Argument(Number(request.usize))]
    if entry is Entry.CLONE:
        return _clone(request)
    if entry is Entry.UNSHARE:
        return [Argument(Bits(request.flags, flags_of(entry)))]
    if entry is Entry.SETNS:
        kind = Bits(request.flags & (2**32 - 1), flags_of(entry))
        return [Argument(Hidden(DESCRIPTOR)), Argument(kind)]
    return []


def _clone(request: Request) -> list[Argument]:
    flags = request.flags
    bits = flags & (ALL - words.CSIGNAL)
    word = Bits(bits, flags_of(Entry.CLONE), flags & words.CSIGNAL)
    return [
        Argument(Hidden("fn")),
        Argument(Address(request.stack)),
        Argument(word),
        Argument(Hidden("arg")),
        Argument(Address(request.parent_tid), has_any(flags, words.PARENT_SETTID | words.PIDFD)),
        Argument(Hidden("tls"), has(flags, words.SETTLS)),
        Argument(Address(request.child_tid), has_any(flags, _CHILD_TID)),
    ]


_CHILD_TID = words.CHILD_SETTID | words.CHILD_CLEARTID


def _clone_args(request: Request) -> dict[str, Argument]:
    """Return the fields of struct clone_args; those that the size leaves out are zero."""
    flags = request.flags
    set_tid, size, cgroup = (seen(request, path) for path in AT_THE_END)
    asked = either(set_tid != 0, size != 0)
    return {
        "flags": Argument(Bits(flags, FLAGS)),
        "pidfd": Argument(Address(request.pidfd), has(flags, words.PIDFD)),
        "child_tid": Argument(Address(request.child_tid), has_any(flags, _CHILD_TID)),
        "parent_tid": Argument(Address(request.parent_tid), has(flags, words.PARENT_SETTID)),
        "exit_signal": Argument(Bits(0, {}, request.exit_signal)),
        "stack": Argument(Address(request.stack)),
        "stack_size": Argument(Number(request.stack_size)),
        "tls": Argument(Hidden("tls"), has(flags, words.SETTLS)),
        "set_tid": Argument(Numbers(set_tid), asked),
        "set_tid_size": Argument(Number(size), asked),
        "cgroup": Argument(Number(cgroup), either(has(flags, words.INTO_CGROUP), cgroup != 0)),
    }


SEEN_WHOLE = ("request.flags", "request.exit_signal")
"""Facts of which everything is seen."""

SEEN_IF_ZERO = {
    "request.pidfd": 0x10000, "request.child_tid": 0x10000, "request.parent_tid": 0x10000,
    "request.stack": 0x10000, "request.stack_size": 0x10000, "request.usize": 88,
    "request.set_tid": 0x10000, "request.set_tid_size": 1, "request.cgroup": 3,
}
"""Facts of which is seen whether they are zero, with what stands for those that are not."""

AT_THE_END = {"request.set_tid": 64, "request.set_tid_size": 72, "request.cgroup": 80}
"""Those that the size of the struct may leave out, with their place in it."""


def seen(request: Request, path: str) -> Word:
    """Return what is seen of an argument; of clone3() what the size leaves out is zero."""
    word: Word = getattr(request, path.removeprefix("request."))
    return visible(word, request.usize, AT_THE_END[path]) if path in AT_THE_END else word


def seen_alike(one: Request, other: Request) -> Truth:
    """Return whether SCML sees no difference between the arguments of two calls of one entry."""
    whole = (seen(one, path) == seen(other, path) for path in SEEN_WHOLE)
    zero = (_alike(seen(one, path), seen(other, path)) for path in SEEN_IF_ZERO)
    return both(*whole, *zero)


def _alike(one: Word, other: Word) -> Truth:
    return either(both(one == 0, other == 0), both(one != 0, other != 0))
